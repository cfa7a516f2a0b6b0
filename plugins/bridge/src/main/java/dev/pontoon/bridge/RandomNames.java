package dev.pontoon.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Names and hardware addresses that nobody else has, from the kernel's random numbers. */
final class RandomNames {
    private static final Path SOURCE = Path.of("/dev/urandom");
    private static final String DIGITS = "0123456789abcdef";

    private RandomNames() {}

    /** {@code veth} and eight hexadecimal digits, as tools expect of a host's end. */
    static String veth() {
        StringBuilder name = new StringBuilder("veth");
        for (byte each : bytes(4)) {
            name.append(DIGITS.charAt(each >> 4 & 0xf)).append(DIGITS.charAt(each & 0xf));
        }
        return name.toString();
    }

    /** A unicast address marked as locally administered (IEEE 802, bit 1 of the first byte). */
    static byte[] mac() {
        byte[] mac = bytes(6);
        mac[0] = (byte) (mac[0] & 0xfc | 0x02);
        return mac;
    }

    private static byte[] bytes(int count) {
        try (InputStream in = Files.newInputStream(SOURCE)) {
            return in.readNBytes(count);
        } catch (IOException e) {
            throw new IllegalStateException("read " + SOURCE + ": " + e.getMessage(), e);
        }
    }
}
