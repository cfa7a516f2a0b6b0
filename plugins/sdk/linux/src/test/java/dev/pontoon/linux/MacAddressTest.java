package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0a:58:CB:00:71:ff",
                "0a-58-cb-00-71-FF",
                "0a58.cb00.71ff",
                "0A:58:cb:00:71:FF"
            })
    void theFormsGoKnowsAreRead(String text) {
        assertThat(MacAddress.format(MacAddress.parse(text))).isEqualTo("0a:58:cb:00:71:ff");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "zz",
                "0a:58:cb:00:71",
                "0a:58:cb:00:71:f",
                "0a:58:cb:00:71-ff",
                "0a-58:cb-00-71-ff",
                "0a:58:cb:00:71:fg",
                "0a:58:cb:00:71:\u0661\u0661",
                "0a58:cb00:71ff",
                "0a58.cb00-71ff",
                "0a58cb0071ff",
                "02:00:5e:10:00:00:00:01",
                " 0a:58:cb:00:71:ff",
            })
    void othersAreRefusedWithTheirText(String text) {
        assertThatThrownBy(() -> MacAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("invalid MAC address \"" + text + "\"");
    }

    @Test
    void groupsAndZeroAreNoAddressOfAnInterface() {
        assertThat(MacAddress.isUnicast(MacAddress.parse("0a:58:00:00:00:01"))).isTrue();
        assertThat(MacAddress.isUnicast(MacAddress.parse("01:00:5e:00:00:01"))).isFalse();
        assertThat(MacAddress.isUnicast(MacAddress.parse("ff:ff:ff:ff:ff:ff"))).isFalse();
        assertThat(MacAddress.isUnicast(new byte[6])).isFalse();
        assertThat(MacAddress.isUnicast(new byte[] {2, 0, 0, 0, 1})).isFalse();
    }
}
