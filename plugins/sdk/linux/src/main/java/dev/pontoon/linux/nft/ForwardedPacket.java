package dev.pontoon.linux.nft;

/**
 * A packet that the host would forward, as far as it is known beforehand. Its mark is zero, which
 * is what a container's packets have until somebody sets one.
 *
 * @param source 4 or 16 bytes in network order, or none if it may be any; not to be changed
 * @param destination the same for where it goes
 * @param in the name of the link it comes from; empty if it may be any
 * @param out the name of the link it leaves by; empty if it may be any
 * @param state its connection's state: one bit of {@link Conntrack}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ForwardedPacket(
        byte[] source, byte[] destination, String in, String out, int state) {}
