package dev.pontoon.attachment;

import dev.pontoon.linux.RandomBytes;

/** Names and hardware addresses that nobody else has, from the kernel's random numbers. */
public final class RandomNames {
    private static final String DIGITS = "0123456789abcdef";
    private static final int VETH_BYTES = 4;
    private static final int MAC_BYTES = 6;

    private RandomNames() {}

    /** For a pair of links: the host's name and MAC, and a MAC for the container. */
    static VethPair pair() {
        byte[] random = RandomBytes.take(VETH_BYTES + 2 * MAC_BYTES);
        return new VethPair(
                veth(random), mac(random, VETH_BYTES), mac(random, VETH_BYTES + MAC_BYTES));
    }

    /** A hardware address. */
    public static byte[] mac() {
        return mac(RandomBytes.take(MAC_BYTES), 0);
    }

    /** {@code veth} and eight hexadecimal digits, as tools expect of a host's end. */
    private static String veth(byte[] random) {
        StringBuilder name = new StringBuilder("veth");
        for (int i = 0; i < VETH_BYTES; i++) {
            name.append(DIGITS.charAt(random[i] >> 4 & 0xf)).append(DIGITS.charAt(random[i] & 0xf));
        }
        return name.toString();
    }

    /** A unicast address marked as locally administered (IEEE 802, bit 1 of the first byte). */
    private static byte[] mac(byte[] random, int from) {
        byte[] mac = new byte[MAC_BYTES];
        System.arraycopy(random, from, mac, 0, MAC_BYTES);
        mac[0] = (byte) (mac[0] & 0xfc | 0x02);
        return mac;
    }
}
