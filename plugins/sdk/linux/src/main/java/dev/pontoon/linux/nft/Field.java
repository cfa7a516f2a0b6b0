package dev.pontoon.linux.nft;

import dev.pontoon.linux.uapi.NfTables;

/** What a rule can look at in a packet, its connection, or the routing table. */
public enum Field {
    /** EtherType, two bytes in network order. */
    PROTOCOL(Source.META, NfTables.NFT_META_PROTOCOL, 2),
    /** Address family of the packet: 2 IPv4, 10 IPv6. */
    NETWORK_PROTOCOL(Source.META, NfTables.NFT_META_NFPROTO, 1),
    /** Transport protocol, behind any IPv6 extension headers. */
    TRANSPORT_PROTOCOL(Source.META, NfTables.NFT_META_L4PROTO, 1),
    /** The packet's mark, in the machine's order. */
    MARK(Source.META, NfTables.NFT_META_MARK, 4),
    /** Interface the packet came in by; in the family bridge, the bridge's port. */
    INPUT_INTERFACE(Source.META, NfTables.NFT_META_IIFNAME, 16),
    /** Interface the packet leaves by; known from forwarding on. */
    OUTPUT_INTERFACE(Source.META, NfTables.NFT_META_OIFNAME, 16),

    /** Only where the packet has an Ethernet header: in the family bridge always. */
    ETHER_SOURCE(Source.LINK_HEADER, 6, 6),
    ETHER_DESTINATION(Source.LINK_HEADER, 0, 6),
    IPV4_SOURCE(Source.NETWORK_HEADER, 12, 4),
    IPV4_DESTINATION(Source.NETWORK_HEADER, 16, 4),
    IPV6_SOURCE(Source.NETWORK_HEADER, 8, 16),
    IPV6_DESTINATION(Source.NETWORK_HEADER, 24, 16),
    /**
     * TCP, UDP, SCTP and DCCP have it at the same place; match or look up the protocol along with
     * it.
     */
    SOURCE_PORT(Source.TRANSPORT_HEADER, 0, 2),
    DESTINATION_PORT(Source.TRANSPORT_HEADER, 2, 2),

    /** Bits of {@link Conntrack}. */
    CT_STATE(Source.CONNECTION, NfTables.NFT_CT_STATE, 4),
    /** Bits of {@link Conntrack}. */
    CT_STATUS(Source.CONNECTION, NfTables.NFT_CT_STATUS, 4),
    CT_MARK(Source.CONNECTION, NfTables.NFT_CT_MARK, 4),

    /**
     * What the destination is to this host (RTN_* of {@code linux/rtnetlink.h}, in the machine's
     * order).
     */
    DESTINATION_TYPE(Source.ROUTING, NfTables.NFT_FIB_RESULT_ADDRTYPE, 4);

    enum Source {
        META,
        LINK_HEADER,
        NETWORK_HEADER,
        TRANSPORT_HEADER,
        CONNECTION,
        ROUTING
    }

    private final Source source;
    private final int position;
    private final int length;

    Field(Source source, int position, int length) {
        this.source = source;
        this.position = position;
        this.length = length;
    }

    Source source() {
        return source;
    }

    /** The key of a meta, conntrack or routing field; the offset in a header. */
    int position() {
        return position;
    }

    /** Length in bytes. */
    int length() {
        return length;
    }

    boolean isIpv4() {
        return this == IPV4_SOURCE || this == IPV4_DESTINATION;
    }

    boolean isIpv6() {
        return this == IPV6_SOURCE || this == IPV6_DESTINATION;
    }
}
