package dev.pontoon.protocol;

import java.util.Optional;

/**
 * An address with the length of its network's prefix, as in {@code 10.1.2.3/24}. Host bits are
 * kept: it may name an interface's address as well as a network.
 *
 * @param address the address
 * @param prefixLength 0 to 32 or 0 to 128
 */
public record Cidr(Ip address, int prefixLength) {
    public Cidr {
        if (prefixLength < 0 || prefixLength > address.bits()) {
            throw new IllegalArgumentException(address + " with prefix length " + prefixLength);
        }
    }

    /**
     * Reads {@code address/length}; empty if the text is not of that form, or the address is an
     * IPv4-mapped IPv6 address.
     */
    public static Optional<Cidr> parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return Optional.empty();
        }
        Optional<Ip> address = Ip.parse(text.substring(0, slash));
        int length = length(text, slash + 1);
        if (address.isEmpty() || length < 0 || length > address.get().bits()) {
            return Optional.empty();
        }
        // The prefix length of an IPv4-mapped address counts from the front of 128 bits, and the
        // address has turned into one of 32.
        if (address.get().isV4() && text.indexOf(':') >= 0) {
            return Optional.empty();
        }
        return Optional.of(new Cidr(address.get(), length));
    }

    private static int length(String text, int from) {
        int digits = text.length() - from;
        if (digits < 1 || digits > 3 || (digits > 1 && text.charAt(from) == '0')) {
            return -1;
        }
        int length = 0;
        for (int i = from; i < text.length(); i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            length = length * 10 + digit - '0';
        }
        return length;
    }

    /** The network: the same prefix, host bits zero. */
    public Cidr network() {
        return new Cidr(address.masked(prefixLength), prefixLength);
    }

    /** The highest address of the network. */
    public Ip last() {
        return address.highest(prefixLength);
    }

    /** Whether the address lies in the network. */
    public boolean contains(Ip other) {
        return other.bits() == address.bits()
                && other.masked(prefixLength).equals(address.masked(prefixLength));
    }

    /** Whether the two networks have an address in common. */
    public boolean overlaps(Cidr other) {
        return contains(other.address.masked(other.prefixLength))
                || other.contains(address.masked(prefixLength));
    }

    /** Whether it is an IPv4 network. */
    public boolean isV4() {
        return address.isV4();
    }

    // Spelled out: what a record gets by itself is made at run time, and costs a cold start 8 ms.
    @Override
    public boolean equals(Object other) {
        return other instanceof Cidr that
                && prefixLength == that.prefixLength
                && address.equals(that.address);
    }

    @Override
    public int hashCode() {
        return 31 * address.hashCode() + prefixLength;
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
