package dev.pontoon.linux.nft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueTest {
    @Test
    void concatenatedPartsStartAtRegisters() {
        // From: nft add element inet t m { tcp . 192.0.2.1 . 8080 }
        Value key =
                Value.concat(Value.protocol(6), NftHost.address(192, 0, 2, 1), Value.port(8080));

        assertThat(HexFormat.of().formatHex(key.bytes())).isEqualTo("06000000c00002011f900000");
        assertThat(key).hasToString("protocol 6 . 192.0.2.1 . 8080");
    }

    @Test
    void namesFillSixteenBytes() {
        Value name = Value.interfaceName("veth1");

        assertThat(HexFormat.of().formatHex(name.bytes()))
                .isEqualTo("7665746831" + "00".repeat(11));
    }

    @ParameterizedTest
    @CsvSource({"0,00000000", "1,80000000", "8,ff000000", "20,fffff000", "32,ffffffff"})
    void prefixMaskKeepsTheFirstBits(int bits, String mask) {
        assertThat(HexFormat.of().formatHex(Value.prefixMask(4, bits).bytes())).isEqualTo(mask);
    }

    @Test
    void equalBytesAreEqualValues() {
        Value read = Value.of((byte) 10, (byte) 0, (byte) 0, (byte) 1);

        assertThat(NftHost.address(10, 0, 0, 1)).isEqualTo(read).hasSameHashCodeAs(read);
        assertThat(NftHost.address(10, 0, 0, 2)).isNotEqualTo(read);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> Value.address(new byte[5])).hasMessageContaining("5 bytes");
        assertThatThrownBy(() -> Value.mac(new byte[4])).hasMessageContaining("4 bytes");
        assertThatThrownBy(() -> Value.port(65536)).hasMessageContaining("65536");
        assertThatThrownBy(() -> Value.interfaceName("")).hasMessageContaining("''");
        assertThatThrownBy(() -> Value.interfaceName("a234567890123456"))
                .hasMessageContaining("a234567890123456");
    }
}
