package dev.pontoon.linux.nft;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes as they stand in the kernel's registers: the key or the data of an element, or what a rule
 * compares with. Two values are equal if their bytes are; the text is for messages only.
 */
public final class Value {
    private static final int INTERFACE_NAME_LENGTH = 16;

    private final byte[] bytes;
    private final String text;

    private Value(byte[] bytes, String text) {
        this.bytes = bytes;
        this.text = text;
    }

    /** An IPv4 or IPv6 address of 4 or 16 bytes in network order. */
    public static Value address(byte... address) {
        if (address.length != 4 && address.length != 16) {
            throw new IllegalArgumentException("address of " + address.length + " bytes");
        }
        return new Value(
                address.clone(), address.length == 4 ? dotted(address) : colons(address, 2));
    }

    /** An Ethernet address of 6 bytes. */
    public static Value mac(byte... address) {
        if (address.length != 6) {
            throw new IllegalArgumentException("Ethernet address of " + address.length + " bytes");
        }
        return new Value(address.clone(), colons(address, 1));
    }

    /** A transport protocol's number: 6 tcp, 17 udp, 132 sctp. */
    public static Value protocol(int number) {
        return new Value(new byte[] {(byte) number}, "protocol " + number);
    }

    /** A port, 0 to 65535. */
    public static Value port(int number) {
        if (number < 0 || number > 0xffff) {
            throw new IllegalArgumentException("port " + number);
        }
        return new Value(
                new byte[] {(byte) (number >> 8), (byte) number}, Integer.toString(number));
    }

    /** An int in the machine's order: a packet mark, bits of a connection's state. */
    public static Value hostInt(int value) {
        byte[] bytes = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
        return new Value(bytes, "0x" + Integer.toHexString(value));
    }

    /** An interface's name, 1 to 15 bytes. It is compared whole, never as a prefix. */
    public static Value interfaceName(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= INTERFACE_NAME_LENGTH) {
            throw new IllegalArgumentException("interface name '" + name + "'");
        }
        return new Value(Arrays.copyOf(bytes, INTERFACE_NAME_LENGTH), name);
    }

    /**
     * Several values as one: the key of a set over several types. Each starts at a register of its
     * own.
     */
    public static Value concat(Value... parts) {
        ByteBuffer all = ByteBuffer.allocate(parts.length * INTERFACE_NAME_LENGTH);
        StringBuilder text = new StringBuilder();
        for (Value part : parts) {
            all.put(part.bytes).position((all.position() + 3) & ~3);
            text.append(text.length() == 0 ? "" : " . ").append(part.text);
        }
        return new Value(Arrays.copyOf(all.array(), all.position()), text.toString());
    }

    /** Bytes whatever they mean. */
    public static Value of(byte... bytes) {
        return new Value(bytes.clone(), colons(bytes, 1));
    }

    /** A mask that keeps the first bits of {@code length} bytes. */
    static Value prefixMask(int length, int bits) {
        if (bits < 0 || bits > length * 8) {
            throw new IllegalArgumentException("prefix length " + bits);
        }
        byte[] mask = new byte[length];
        for (int i = 0; i < bits; i++) {
            mask[i / 8] |= (byte) (0x80 >> (i % 8));
        }
        return of(mask);
    }

    /** The value with the bits outside the mask cleared. */
    Value and(Value mask) {
        byte[] masked = bytes.clone();
        for (int i = 0; i < masked.length; i++) {
            masked[i] &= mask.bytes[i];
        }
        return of(masked);
    }

    /** A copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    int length() {
        return bytes.length;
    }

    /** How many 32-bit registers it fills. */
    int registers() {
        return (bytes.length + 3) / 4;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return text;
    }

    private static String dotted(byte[] address) {
        StringBuilder text = new StringBuilder();
        for (byte each : address) {
            text.append(text.length() == 0 ? "" : ".").append(each & 0xff);
        }
        return text.toString();
    }

    private static String colons(byte[] bytes, int group) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length; i++) {
            if (i > 0 && i % group == 0) {
                text.append(':');
            }
            text.append(Character.forDigit((bytes[i] >> 4) & 15, 16));
            text.append(Character.forDigit(bytes[i] & 15, 16));
        }
        return text.toString();
    }
}
