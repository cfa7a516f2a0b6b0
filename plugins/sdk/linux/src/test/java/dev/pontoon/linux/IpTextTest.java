package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpTextTest {
    @ParameterizedTest
    @CsvSource({
        "10.1.200.255, 10.1.200.255",
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "FD00:0:0:0:0:0:0:AB, fd00::ab",
        "fe80:0:0:0:1:2:3:0, fe80::1:2:3:0",
        "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::",
        "0:0:1:2:3:4:5:6, ::1:2:3:4:5:6",
    })
    void addressesReadAsRfc5952Says(String address, String text) {
        assertThat(IpText.format(Inside.ip(address))).isEqualTo(text);
    }

    @Test
    void aBrokenAddressStillHasAText() {
        assertThat(IpText.format(new byte[3], 24)).isEqualTo("(3 bytes)/24");
    }
}
