package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Ethernet;

/** Ethernet addresses as text and as the six bytes the kernel wants. */
public final class MacAddress {
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private MacAddress() {}

    /**
     * Reads {@code 0a:58:0a:00:00:01}, {@code 0a-58-0a-00-00-01} or {@code 0a58.0a00.0001}, in
     * either case. Throws {@link IllegalArgumentException} for anything else, longer hardware
     * addresses included.
     */
    public static byte[] parse(String text) {
        return switch (text.length()) {
            case 17 -> parse(text, 2, text.charAt(2) == '-' ? '-' : ':');
            case 14 -> parse(text, 4, '.');
            default -> throw invalid(text);
        };
    }

    private static byte[] parse(String text, int groupDigits, char separator) {
        byte[] mac = new byte[Ethernet.ETH_ALEN];
        int nibble = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (i % (groupDigits + 1) == groupDigits) {
                if (c != separator) {
                    throw invalid(text);
                }
                continue;
            }
            mac[nibble / 2] = (byte) (mac[nibble / 2] << 4 | digit(c, text));
            nibble++;
        }
        return mac;
    }

    private static int digit(char c, String text) {
        // Character.digit would accept the digits of every script.
        int digit = c < 128 ? Character.digit(c, 16) : -1;
        if (digit < 0) {
            throw invalid(text);
        }
        return digit;
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("invalid MAC address \"" + text + "\"");
    }

    /**
     * The bytes in lower-case hexadecimal with colons, as {@code ip link} prints them; any length.
     */
    public static String format(byte[] mac) {
        StringBuilder text = new StringBuilder(mac.length * 3);
        for (byte each : mac) {
            if (text.length() > 0) {
                text.append(':');
            }
            text.append(DIGITS[each >> 4 & 0xf]).append(DIGITS[each & 0xf]);
        }
        return text.toString();
    }

    /** Whether an interface can have this address: six bytes, not a group's, not all zero. */
    public static boolean isUnicast(byte[] mac) {
        if (mac.length != Ethernet.ETH_ALEN || (mac[0] & 1) != 0) {
            return false;
        }
        for (byte each : mac) {
            if (each != 0) {
                return true;
            }
        }
        return false;
    }
}
