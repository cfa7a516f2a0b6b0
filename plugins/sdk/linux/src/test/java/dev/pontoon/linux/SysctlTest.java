package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SysctlTest {
    @Test
    void partsMayHoldDots() {
        assertThat(Sysctl.file("net", "ipv4", "conf", "eth0.5", "forwarding"))
                .isEqualTo("/proc/sys/net/ipv4/conf/eth0.5/forwarding");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "../../etc", "a\0b"})
    void partsThatLeadElsewhereAreRefused(String part) {
        assertThatThrownBy(() -> Sysctl.file("net", part, "x"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "1|1|true",
                "1|0|false",
                "4096\t16384\t4194304|4096 16384 4194304|true",
                " 1 2 |1  2|true",
                "12|1 2|false",
                "1 2|12|false",
                "1 2|1|false",
                "1|1 2|false",
                "1 1|11|false",
                "|''|true",
                "''|1|false",
                "ab c|a bc|false",
            })
    void valuesAreComparedWordByWord(String one, String other, boolean same) {
        String first = one == null ? "" : one;
        assertThat(Sysctl.sameWords(first, other)).isEqualTo(same);
        assertThat(Sysctl.sameWords(other, first)).isEqualTo(same);
    }
}
