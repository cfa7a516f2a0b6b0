package dev.pontoon.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;

/** Messages the kernel once sent; the first line of each file says what made it send them. */
final class Captured {
    private Captured() {}

    static NetlinkMessage message(String name) {
        Assumptions.assumeTrue(
                ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN,
                "needs: a little-endian machine (netlink is in the machine's byte order)");
        byte[] bytes = HexFormat.of().parseHex(text(name));
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        byte[] payload = new byte[in.getInt(0) - NetlinkRequest.HEADER_LENGTH];
        in.get(NetlinkRequest.HEADER_LENGTH, payload);
        return new NetlinkMessage(
                in.getShort(4) & 0xffff, in.getShort(6) & 0xffff, in.getInt(8), payload);
    }

    private static String text(String name) {
        String file = "/netlink/" + name + ".hex";
        try (BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(
                                Objects.requireNonNull(
                                        Captured.class.getResourceAsStream(file), file),
                                StandardCharsets.UTF_8))) {
            return in.lines().filter(line -> !line.startsWith("#")).collect(Collectors.joining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
