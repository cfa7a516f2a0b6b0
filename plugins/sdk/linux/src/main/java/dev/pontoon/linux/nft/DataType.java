package dev.pontoon.linux.nft;

/**
 * The types of keys and data that {@code nft} knows. The kernel only stores the number; {@code nft}
 * needs it (and the byte order) to print an element as an address, a port or a name.
 */
public enum DataType {
    IPV4_ADDRESS(7, 4, false),
    IPV6_ADDRESS(8, 16, false),
    ETHER_ADDRESS(9, 6, false),
    INET_PROTOCOL(12, 1, false),
    INET_SERVICE(13, 2, false),
    MARK(19, 4, true),
    INTERFACE_NAME(41, 16, true);

    // enum byteorder of nft: invalid 0, host 1, big endian 2.
    private static final int HOST_ORDER = 1;
    private static final int NETWORK_ORDER = 2;

    private final int number;
    private final int length;
    private final boolean inHostOrder;

    DataType(int number, int length, boolean inHostOrder) {
        this.number = number;
        this.length = length;
        this.inHostOrder = inHostOrder;
    }

    int number() {
        return number;
    }

    /** Length in bytes. */
    int length() {
        return length;
    }

    /** Length in 32-bit registers. */
    int registers() {
        return (length + 3) / 4;
    }

    int byteOrder() {
        return inHostOrder ? HOST_ORDER : NETWORK_ORDER;
    }
}
