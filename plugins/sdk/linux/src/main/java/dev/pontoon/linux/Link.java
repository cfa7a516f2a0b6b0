package dev.pontoon.linux;

import dev.pontoon.linux.uapi.IfFlags;
import dev.pontoon.linux.uapi.IfLink;

/**
 * A network interface as it was when the kernel was asked. Two pictures of one link are best
 * compared by {@link #index}, within one namespace.
 *
 * @param index its number in its namespace, from 1
 * @param name its name
 * @param kind what it is made of
 * @param mac its hardware address; empty for a link without one; not to be changed
 * @param mtu in bytes
 * @param flags IFF_… bits
 * @param operState RFC 2863 state, an IF_OPER_… number
 * @param master the index of the bridge or VRF it belongs to, 0 for none
 * @param peer the index of the link it is tied to (the other end of a veth pair, the parent of a
 *     VLAN), 0 for none; it counts in the namespace {@code peerNamespaceId} names
 * @param peerNamespaceId the kernel's number for the peer's namespace, -1 if that is this link's
 *     own
 * @param alias the free text of {@code ip link set alias}, empty for none
 * @param txQueueLength in packets
 * @param group the link's group, 0 by default
 * @param hairpin whether, as a bridge port, it sends frames back where they came from
 * @param isolated whether, as a bridge port, it talks only to ports that are not isolated
 * @param vlanFiltering whether, as a bridge, it looks at VLAN tags
 */
@SuppressWarnings("ArrayRecordComponent") // compared by index, never as a whole
public record Link(
        int index,
        String name,
        LinkKind kind,
        byte[] mac,
        int mtu,
        int flags,
        int operState,
        int master,
        int peer,
        int peerNamespaceId,
        String alias,
        int txQueueLength,
        int group,
        boolean hairpin,
        boolean isolated,
        boolean vlanFiltering) {
    // struct ifinfomsg: u8 family, u8 padding, u16 type, int index, unsigned flags, unsigned change
    static final int HEADER_LENGTH = 16;

    /** Reads an RTM_NEWLINK message. */
    static Link read(NetlinkMessage message) {
        Attributes all = message.attributes(HEADER_LENGTH);
        Attributes info = all.nested(IfLink.IFLA_LINKINFO);
        LinkKind kind = kind(info.text(IfLink.IFLA_INFO_KIND).orElse(""));
        boolean port = info.text(IfLink.IFLA_INFO_SLAVE_KIND).orElse("").equals("bridge");
        Attributes portData = info.nested(IfLink.IFLA_INFO_SLAVE_DATA);
        Attributes data = info.nested(IfLink.IFLA_INFO_DATA);
        return new Link(
                message.headerInt(4),
                all.text(IfLink.IFLA_IFNAME).orElse(""),
                kind,
                all.bytes(IfLink.IFLA_ADDRESS).orElse(new byte[0]),
                all.integer(IfLink.IFLA_MTU).orElse(0),
                message.headerInt(8),
                all.integer(IfLink.IFLA_OPERSTATE).orElse(IfFlags.IF_OPER_UNKNOWN),
                all.integer(IfLink.IFLA_MASTER).orElse(0),
                all.integer(IfLink.IFLA_LINK).orElse(0),
                all.integer(IfLink.IFLA_LINK_NETNSID).orElse(-1),
                all.text(IfLink.IFLA_IFALIAS).orElse(""),
                all.integer(IfLink.IFLA_TXQLEN).orElse(0),
                all.integer(IfLink.IFLA_GROUP).orElse(0),
                port && portData.integer(IfLink.IFLA_BRPORT_MODE).orElse(0) != 0,
                port && portData.integer(IfLink.IFLA_BRPORT_ISOLATED).orElse(0) != 0,
                kind.equals(LinkKind.BRIDGE)
                        && data.integer(IfLink.IFLA_BR_VLAN_FILTERING).orElse(0) != 0);
    }

    private static LinkKind kind(String name) {
        return switch (name) {
            case "" -> LinkKind.NONE;
            case "bridge" -> LinkKind.BRIDGE;
            case "veth" -> LinkKind.VETH;
            default -> new LinkKind(name);
        };
    }

    /** Whether it is a bridge. */
    public boolean isBridge() {
        return kind.equals(LinkKind.BRIDGE);
    }

    /** Whether it is an end of a veth pair. */
    public boolean isVeth() {
        return kind.equals(LinkKind.VETH);
    }

    /** Whether it is lo. */
    public boolean isLoopback() {
        return (flags & IfFlags.IFF_LOOPBACK) != 0;
    }

    /** Whether it has been set up; it may still lack a carrier. */
    public boolean up() {
        return (flags & IfFlags.IFF_UP) != 0;
    }

    /** Whether it is up and has a carrier. */
    public boolean running() {
        return (flags & IfFlags.IFF_RUNNING) != 0;
    }

    /**
     * Whether somebody asked it to take in every frame. Ports of a bridge do so unasked and are not
     * counted.
     */
    public boolean promiscuous() {
        return (flags & IfFlags.IFF_PROMISC) != 0;
    }

    /** Whether somebody asked it to take in every multicast frame. */
    public boolean allMulticast() {
        return (flags & IfFlags.IFF_ALLMULTI) != 0;
    }

    /** The hardware address as text in lower case with colons; empty if there is none. */
    public String macText() {
        return MacAddress.format(mac);
    }
}
