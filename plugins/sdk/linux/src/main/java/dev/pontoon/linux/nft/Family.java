package dev.pontoon.linux.nft;

import java.util.Optional;

/** The packets a table sees: NFPROTO_* of {@code linux/netfilter.h}. */
public enum Family {
    /** IPv4 and IPv6 together. */
    INET(1, "inet"),
    IPV4(2, "ip"),
    ARP(3, "arp"),
    NETDEV(5, "netdev"),
    BRIDGE(7, "bridge"),
    IPV6(10, "ip6");

    private final int number;
    private final String word;

    Family(int number, String word) {
        this.number = number;
        this.word = word;
    }

    static Optional<Family> of(int number) {
        for (Family each : values()) {
            if (each.number == number) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    int number() {
        return number;
    }

    /** The word {@code nft} has for it: inet, ip, ip6, arp, netdev, bridge. */
    @Override
    public String toString() {
        return word;
    }
}
