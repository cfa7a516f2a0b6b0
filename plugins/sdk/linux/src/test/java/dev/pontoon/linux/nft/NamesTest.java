package dev.pontoon.linux.nft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @Test
    void subnetsBecomeReadableNames() {
        assertThat(Names.fit("masq_10.22.0.0/24")).isEqualTo("masq_10.22.0.0/24");
        assertThat(Names.fit("masq_fd00:22::/64")).isEqualTo("masq_fd00-22--/64");
        assertThat(Names.fit("net é\"")).isEqualTo("net---");
        assertThatThrownBy(() -> Names.fit("10.22.0.0/24")).hasMessageContaining("10.22");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "9lives", "a b", "a:b", "a\"b", "é", "-a"})
    void whatNftCannotReadIsNotMade(String name) {
        assertThatThrownBy(() -> Verdict.jump(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "'");
    }

    @Test
    void namesEndAt255Bytes() {
        assertThat(Verdict.jump("a".repeat(255)).chain()).hasSize(255);
        assertThatThrownBy(() -> Verdict.jump("a".repeat(256))).hasMessageContaining("256 bytes");
    }
}
