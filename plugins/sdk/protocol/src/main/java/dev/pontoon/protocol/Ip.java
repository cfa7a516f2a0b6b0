package dev.pontoon.protocol;

import java.util.Arrays;
import java.util.Optional;

/**
 * An IPv4 or IPv6 address, without zone and without prefix length. An IPv4-mapped IPv6 address is
 * the IPv4 address it stands for, as everywhere in CNI.
 *
 * <p>Addresses are ordered as numbers, IPv4 before IPv6. The text is canonical (RFC 5952).
 */
public final class Ip implements Comparable<Ip> {
    private static final int GROUPS = 8;

    private final byte[] bytes;

    private Ip(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The address of 4 or 16 bytes in network order. */
    public static Ip of(byte... bytes) {
        if (bytes.length != 4 && bytes.length != 16) {
            throw new IllegalArgumentException(bytes.length + " bytes are no IP address");
        }
        return new Ip(isMapped(bytes) ? Arrays.copyOfRange(bytes, 12, 16) : bytes.clone());
    }

    /** Reads a text; empty if it is no address: no leading zeros, no zone, four parts in IPv4. */
    public static Optional<Ip> parse(String text) {
        byte[] bytes = IpReader.read(text);
        return bytes == null ? Optional.empty() : Optional.of(of(bytes));
    }

    private static boolean isMapped(byte[] bytes) {
        if (bytes.length != 16 || bytes[10] != -1 || bytes[11] != -1) {
            return false;
        }
        for (int i = 0; i < 10; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** 4 or 16 bytes in network order; the caller's own copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Whether this is an IPv4 address. */
    public boolean isV4() {
        return bytes.length == 4;
    }

    /** 32 or 128. */
    public int bits() {
        return bytes.length * 8;
    }

    /** Whether all bits are zero. */
    public boolean isUnspecified() {
        for (byte each : bytes) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether it is in 127.0.0.0/8, or ::1. */
    public boolean isLoopback() {
        if (isV4()) {
            return bytes[0] == 127;
        }
        byte[] loopback = new byte[16];
        loopback[15] = 1;
        return Arrays.equals(bytes, loopback);
    }

    /** The address that is one higher; the highest is followed by the lowest. */
    public Ip next() {
        return step(1);
    }

    /** The address that is one lower; the lowest is preceded by the highest. */
    public Ip previous() {
        return step(-1);
    }

    private Ip step(int by) {
        byte[] stepped = bytes.clone();
        byte turned = (byte) (by > 0 ? 0 : 0xff);
        for (int i = stepped.length - 1; i >= 0; i--) {
            stepped[i] += (byte) by;
            if (stepped[i] != turned) {
                break;
            }
        }
        return new Ip(stepped);
    }

    /** The address with all bits behind {@code prefixLength} set to zero. */
    public Ip masked(int prefixLength) {
        return withHostBits(prefixLength, false);
    }

    /** The address with all bits behind {@code prefixLength} set to one. */
    public Ip highest(int prefixLength) {
        return withHostBits(prefixLength, true);
    }

    private Ip withHostBits(int prefixLength, boolean ones) {
        byte[] changed = bytes.clone();
        for (int i = 0; i < changed.length; i++) {
            int networkBits = Math.clamp(prefixLength - i * 8L, 0, 8);
            int hostMask = 0xff >>> networkBits;
            changed[i] = (byte) (ones ? changed[i] | hostMask : changed[i] & ~hostMask);
        }
        return new Ip(changed);
    }

    @Override
    public int compareTo(Ip other) {
        return bytes.length != other.bytes.length
                ? Integer.compare(bytes.length, other.bytes.length)
                : Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ip ip && Arrays.equals(bytes, ip.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        if (!isV4()) {
            return groups();
        }
        return (bytes[0] & 0xff)
                + "."
                + (bytes[1] & 0xff)
                + "."
                + (bytes[2] & 0xff)
                + "."
                + (bytes[3] & 0xff);
    }

    private String groups() {
        int gap = longestGap();
        int behindGap = gap + zerosFrom(gap);
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < GROUPS; i++) {
            if (i == gap) {
                text.append("::");
                i = behindGap - 1;
                continue;
            }
            if (i > 0 && i != behindGap) {
                text.append(':');
            }
            text.append(Integer.toHexString(group(i)));
        }
        return text.toString();
    }

    /** The first group of the longest run of two or more zero groups; 8 if there is none. */
    private int longestGap() {
        int longest = GROUPS;
        int length = 1;
        for (int i = 0; i < GROUPS; i++) {
            if (zerosFrom(i) > length) {
                longest = i;
                length = zerosFrom(i);
            }
        }
        return longest;
    }

    private int zerosFrom(int first) {
        int end = first;
        while (end < GROUPS && group(end) == 0) {
            end++;
        }
        return end - first;
    }

    private int group(int index) {
        return (bytes[2 * index] & 0xff) << 8 | bytes[2 * index + 1] & 0xff;
    }
}
