package dev.pontoon.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BusMessageTest {
    // A method return by the specification: reply serial 2, destination ":1.5", "b", true.
    private static final String TRUE =
            "6c020101 04000000 03000000 1f000000"
                    + "05017500 02000000 06017300 04000000 3a312e35 00000000"
                    + "08016700 01620000 01000000";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Test
    void callIsLaidOutAsTheSpecificationSays() {
        byte[] call = BusMessage.call(7, "a.b", "/a", "a.b.c", "Do", "x", "yz");
        assertThat(BusMessage.length(Arrays.copyOf(call, BusMessage.HEAD))).isEqualTo(call.length);
        assertThat(HexFormat.of().formatHex(call))
                .startsWith("6c010001" + "0f000000" + "07000000")
                // Two texts: each its length, its bytes and a zero, at a multiple of four.
                .endsWith("01000000" + "78000000" + "02000000" + "797a00");
        assertThat(call.length % 8).isEqualTo(7);
    }

    @Test
    void answerIsRead() {
        byte[] whole = bytes(TRUE);
        int length = BusMessage.length(Arrays.copyOf(whole, BusMessage.HEAD));
        BusMessage answer = BusMessage.read(Arrays.copyOf(whole, length));
        assertThat(answer.answers(2)).isTrue();
        assertThat(answer.answers(3)).isFalse();
        assertThat(answer.isError()).isFalse();
        assertThat(answer.flag()).isTrue();
    }

    @Test
    void ownCallCanBeReadBack() {
        BusMessage read = BusMessage.read(BusMessage.call(1, "a.b", "/a", "a.b", "Do", "text"));
        assertThat(read.text()).isEqualTo("text");
        assertThat(read.answers(1)).isFalse();
    }

    @Test
    void messageOfAbsurdLengthIsRefused() {
        byte[] head = bytes("6c020101 ffffff7f 03000000 25000000");
        assertThatThrownBy(() -> BusMessage.length(head))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | /run/dbus/system_bus_socket",
                "unix:path=/run/x | /run/x",
                "tcp:host=h;unix:guid=1,path=/run/y%20z | /run/y z",
                "unix:abstract=/x | /run/dbus/system_bus_socket"
            })
    void socketIsTheFirstPath(String addresses, String path) {
        assertThat(SystemBus.socketPath(addresses)).isEqualTo(path);
    }
}
