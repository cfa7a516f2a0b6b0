package dev.pontoon.linux;

/**
 * IP addresses of 4 or 16 bytes in network order as text, for messages; IPv6 in the form of RFC
 * 5952.
 */
final class IpText {
    private IpText() {}

    static String format(byte[] address, int prefixLength) {
        return format(address) + "/" + prefixLength;
    }

    static String format(byte[] address) {
        return switch (address.length) {
            case 4 -> formatFour(address);
            case 16 -> formatSixteen(address);
            default -> "(" + address.length + " bytes)";
        };
    }

    private static String formatFour(byte[] address) {
        return (address[0] & 0xff)
                + "."
                + (address[1] & 0xff)
                + "."
                + (address[2] & 0xff)
                + "."
                + (address[3] & 0xff);
    }

    private static String formatSixteen(byte[] address) {
        int gap = longestGap(address);
        int afterGap = gap + zeros(address, gap);
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == gap) {
                text.append("::");
                i = afterGap - 1;
                continue;
            }
            if (i > 0 && i != afterGap) {
                text.append(':');
            }
            text.append(Integer.toHexString(group(address, i)));
        }
        return text.toString();
    }

    /** The first group of the longest run of two or more zero groups; 8 if there is none. */
    private static int longestGap(byte[] address) {
        int best = 8;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int length = zeros(address, i);
            if (length > bestLength) {
                best = i;
                bestLength = length;
            }
        }
        return best;
    }

    private static int zeros(byte[] address, int from) {
        int i = from;
        while (i < 8 && group(address, i) == 0) {
            i++;
        }
        return i - from;
    }

    private static int group(byte[] address, int index) {
        return (address[index * 2] & 0xff) << 8 | (address[index * 2 + 1] & 0xff);
    }
}
