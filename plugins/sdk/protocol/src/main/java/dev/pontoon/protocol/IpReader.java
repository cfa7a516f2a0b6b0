package dev.pontoon.protocol;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text of an address (RFC 4291, section 2.2) as strictly as Go does: no leading zeros in
 * the parts of IPv4, at most four digits in a group of IPv6, no zone.
 *
 * <p>Why not a library: to start the one there is takes longer than to read all addresses of a
 * call.
 */
final class IpReader {
    private static final int LENGTH = 16;
    private static final int NOT_SEEN = -1;

    private final String text;
    private final byte[] bytes = new byte[LENGTH];
    private int filled;
    private int gap = NOT_SEEN;

    private IpReader(String text) {
        this.text = text;
    }

    /** The 4 or 16 bytes of the address; null if the text is none. */
    static byte @Nullable [] read(String text) {
        IpReader reader = new IpReader(text);
        if (text.indexOf(':') < 0) {
            return reader.four(0) ? Arrays.copyOf(reader.bytes, 4) : null;
        }
        return reader.sixteen() ? reader.bytes : null;
    }

    /** Whether the rest of the text is an IPv4 address; it becomes the next four bytes. */
    private boolean four(int from) {
        int at = from;
        for (int part = 0; part < 4; part++) {
            int end = part == 3 ? text.length() : text.indexOf('.', at);
            int value = end < 0 ? -1 : decimal(at, end);
            if (value < 0) {
                return false;
            }
            bytes[filled++] = (byte) value;
            at = end + 1;
        }
        return true;
    }

    private int decimal(int from, int to) {
        int digits = to - from;
        if (digits < 1 || digits > 3 || digits > 1 && text.charAt(from) == '0') {
            return -1;
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            value = value * 10 + digit - '0';
        }
        return value > 255 ? -1 : value;
    }

    private boolean sixteen() {
        int at = 0;
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        }
        while (at < text.length()) {
            int colon = text.indexOf(':', at);
            int end = colon < 0 ? text.length() : colon;
            if (colon < 0 && text.indexOf('.', at) >= 0) {
                return filled <= LENGTH - 4 && four(at) && isWhole();
            }
            if (filled == LENGTH || !group(at, end)) {
                return false;
            }
            at = end + 1;
            if (end < text.length()) {
                // A colon is followed by a group, or by the one other colon that makes a gap.
                if (at == text.length()) {
                    return false;
                }
                if (text.charAt(at) == ':') {
                    if (gap != NOT_SEEN) {
                        return false;
                    }
                    gap = filled;
                    at++;
                }
            }
        }
        return isWhole();
    }

    private boolean group(int from, int to) {
        if (to - from < 1 || to - from > 4) {
            return false;
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = hexadecimal(text.charAt(i));
            if (digit < 0) {
                return false;
            }
            value = value << 4 | digit;
        }
        bytes[filled++] = (byte) (value >> 8);
        bytes[filled++] = (byte) value;
        return true;
    }

    private static int hexadecimal(char character) {
        // Character.digit knows the digits of other scripts as well.
        return character < 0x80 ? Character.digit(character, 16) : -1;
    }

    /** Fills the gap with zeros. A gap that stands for nothing is none. */
    private boolean isWhole() {
        if (gap == NOT_SEEN) {
            return filled == LENGTH;
        }
        if (filled == LENGTH) {
            return false;
        }
        int behind = filled - gap;
        System.arraycopy(bytes, gap, bytes, LENGTH - behind, behind);
        Arrays.fill(bytes, gap, LENGTH - behind, (byte) 0);
        return true;
    }
}
