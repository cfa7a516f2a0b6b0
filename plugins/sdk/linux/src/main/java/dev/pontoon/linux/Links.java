package dev.pontoon.linux;

import dev.pontoon.linux.uapi.IfBridge;
import dev.pontoon.linux.uapi.IfFlags;
import dev.pontoon.linux.uapi.IfLink;
import dev.pontoon.linux.uapi.Ipv4;
import dev.pontoon.linux.uapi.NetNamespace;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The links (network interfaces) of a namespace. See rtnetlink(7).
 *
 * <p>Every change throws {@link KernelException} if the kernel refuses it; the message names the
 * link.
 */
public final class Links {
    // struct rtgenmsg: u8 family, and padding
    private static final int RTGENMSG_LENGTH = 4;

    private final NetlinkSocket socket;
    private final Dispatcher dispatcher;

    /** The links of the namespace the socket was opened in. */
    public Links(NetlinkSocket route) {
        this(route, new Immediately(route));
    }

    Links(NetlinkSocket socket, Dispatcher dispatcher) {
        this.socket = socket;
        this.dispatcher = dispatcher;
    }

    /** The link with this name; the kernel also knows a link by its alternative names. */
    public Optional<Link> find(String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length >= IfFlags.IFNAMSIZ) {
            return Optional.empty();
        }
        return get(query("find link " + name, 0).put(IfLink.IFLA_IFNAME, name));
    }

    /** The link with this index. */
    public Optional<Link> find(int index) {
        return index <= 0 ? Optional.empty() : get(query("find link " + index, index));
    }

    /** All links. */
    public List<Link> list() {
        return dump(query("list links", 0));
    }

    /** The ports of a bridge, or the members of a VRF. */
    public List<Link> ports(int bridgeIndex) {
        return dump(
                query("list ports of link " + bridgeIndex, 0)
                        .putInt(IfLink.IFLA_MASTER, bridgeIndex));
    }

    /**
     * The number by which this namespace knows another one, as in {@link Link#peerNamespaceId}; -1
     * if it knows it by none. The kernel gives the number when a link that leads there is first
     * read: read that first.
     */
    public int namespaceId(NetworkNamespace other) {
        NetlinkRequest request =
                new NetlinkRequest(RtNetlink.RTM_GETNSID, 0, "find namespace " + other.path())
                        .headerInt(0)
                        .putInt(NetNamespace.NETNSA_FD, other.fd());
        NetlinkMessage answer = socket.get(request).orElse(null);
        return answer == null
                ? -1
                : answer.attributes(RTGENMSG_LENGTH).integer(NetNamespace.NETNSA_NSID).orElse(-1);
    }

    /**
     * Whether the kernel can make links of this kind. Asks for one without a transmit queue, which
     * no kind can have, and looks at what it is refused for. Makes nothing; the kernel may load the
     * kind's module.
     */
    public boolean canMake(LinkKind kind) {
        NetlinkRequest request =
                new NetlinkRequest(
                        RtNetlink.RTM_NEWLINK,
                        Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL,
                        "ask whether there are links of kind " + kind.name());
        header(request, 0, 0, 0, 0)
                .putInt(IfLink.IFLA_NUM_TX_QUEUES, 0)
                .begin(IfLink.IFLA_LINKINFO)
                .put(IfLink.IFLA_INFO_KIND, kind.name())
                .end();
        try {
            socket.execute(request);
        } catch (KernelException e) {
            if (e.is(Errno.EINVAL) || e.is(Errno.EOPNOTSUPP)) {
                return e.is(Errno.EINVAL);
            }
            throw e;
        }
        throw new IllegalStateException("the kernel made a link without a transmit queue");
    }

    private NetlinkRequest query(String operation, int index) {
        return header(new NetlinkRequest(RtNetlink.RTM_GETLINK, 0, operation), 0, index, 0, 0)
                .putInt(IfLink.IFLA_EXT_MASK, RtNetlink.RTEXT_FILTER_SKIP_STATS);
    }

    private Optional<Link> get(NetlinkRequest request) {
        NetlinkMessage answer = socket.get(request).orElse(null);
        return answer == null ? Optional.empty() : Optional.of(Link.read(answer));
    }

    private List<Link> dump(NetlinkRequest request) {
        List<Link> links = new ArrayList<>();
        for (NetlinkMessage message : socket.dump(request)) {
            links.add(Link.read(message));
        }
        return links;
    }

    /**
     * Makes a link, or both ends of a veth pair. Throws with EEXIST if one of the names is taken. A
     * link whose alias the kernel did not accept is removed again before this throws.
     */
    public void add(NewLink link) {
        NetlinkRequest request =
                new NetlinkRequest(
                        RtNetlink.RTM_NEWLINK,
                        Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL,
                        "create " + link.describe());
        link.write(request);
        socket.execute(request);
        if (!link.aliasText().isEmpty()) {
            addAlias(link);
        }
    }

    private void addAlias(NewLink link) {
        NetlinkRequest request =
                change("set alias of " + link.name(), 0, 0, 0)
                        .put(IfLink.IFLA_IFNAME, link.name())
                        .put(IfLink.IFLA_IFALIAS, link.aliasText());
        try {
            socket.execute(request);
        } catch (RuntimeException e) {
            deleteByName(link.name());
            throw e;
        }
    }

    private void deleteByName(String name) {
        NetlinkRequest request =
                new NetlinkRequest(RtNetlink.RTM_DELLINK, 0, "delete link " + name);
        socket.execute(header(request, 0, 0, 0, 0).put(IfLink.IFLA_IFNAME, name));
    }

    /** Deletes a link; of a veth pair both ends go. */
    public void delete(Link link) {
        dispatcher.send(deletion(link.index()), link.index());
    }

    /** Deletes a link if it is there; whether it was. */
    public boolean deleteIfPresent(int index) {
        try {
            return socket.executeIfPresent(deletion(index));
        } catch (KernelException e) {
            throw Immediately.withName(socket, e, index);
        }
    }

    private static NetlinkRequest deletion(int index) {
        requireIndex(index);
        NetlinkRequest request =
                new NetlinkRequest(RtNetlink.RTM_DELLINK, 0, "delete link " + index);
        return header(request, 0, index, 0, 0);
    }

    /** Sets the link up. */
    public void setUp(int index) {
        send(change("set up link " + index, index, IfFlags.IFF_UP, IfFlags.IFF_UP), index);
    }

    /**
     * Sets the link down; the kernel then forgets its routes, and its IPv6 addresses unless told
     * otherwise.
     */
    public void setDown(int index) {
        send(change("set down link " + index, index, 0, IfFlags.IFF_UP), index);
    }

    /** Makes the link a port of a bridge, or a member of a VRF. */
    public void setMaster(int port, int bridge) {
        NetlinkRequest request = change("attach link " + port + " to bridge " + bridge, port, 0, 0);
        send(request.putInt(IfLink.IFLA_MASTER, bridge), port);
    }

    /** Takes the link out of its bridge or VRF; nothing happens if it is in none. */
    public void clearMaster(int port) {
        NetlinkRequest request = change("detach link " + port + " from its bridge", port, 0, 0);
        send(request.putInt(IfLink.IFLA_MASTER, 0), port);
    }

    /** Sets the hardware address. */
    public void setMac(int index, byte[] mac) {
        String operation = "set MAC " + MacAddress.format(mac) + " on link " + index;
        send(change(operation, index, 0, 0).put(IfLink.IFLA_ADDRESS, mac), index);
    }

    /** Sets the MTU in bytes. */
    public void setMtu(int index, int mtu) {
        NetlinkRequest request = change("set MTU " + mtu + " on link " + index, index, 0, 0);
        send(request.putInt(IfLink.IFLA_MTU, mtu), index);
    }

    /**
     * Has the kernel announce the link's IPv4 addresses whenever it comes up: {@code
     * net.ipv4.conf.LINK.arp_notify}, without the way through {@code /proc/sys}. Throws with
     * EAFNOSUPPORT if the link has no IPv4 (an MTU below 68).
     */
    public void setArpNotify(int index) {
        NetlinkRequest request = change("set arp_notify on link " + index, index, 0, 0);
        send(
                request.begin(IfLink.IFLA_AF_SPEC)
                        .begin(Netlink.AF_INET)
                        .begin(IfLink.IFLA_INET_CONF)
                        .putInt(Ipv4.IPV4_DEVCONF_ARP_NOTIFY, 1)
                        .end()
                        .end()
                        .end(),
                index);
    }

    /** Has the link take in every frame, or stop doing so. */
    public void setPromiscuous(int index, boolean on) {
        setFlag(index, IfFlags.IFF_PROMISC, on, "promiscuous mode");
    }

    /** Has the link take in every multicast frame, or stop doing so. */
    public void setAllMulticast(int index, boolean on) {
        setFlag(index, IfFlags.IFF_ALLMULTI, on, "all-multicast mode");
    }

    private void setFlag(int index, int flag, boolean on, String what) {
        String operation = "switch " + what + (on ? " on" : " off") + " for link " + index;
        send(change(operation, index, on ? flag : 0, flag), index);
    }

    /** Sets the length of the transmit queue in packets. */
    public void setTxQueueLength(int index, int packets) {
        String operation = "set transmit queue length " + packets + " on link " + index;
        send(change(operation, index, 0, 0).putInt(IfLink.IFLA_TXQLEN, packets), index);
    }

    /** Gives the link another name; kernels before 6.2 want it down for that. */
    public void rename(int index, String name) {
        NetlinkRequest request = change("rename link " + index + " to " + name, index, 0, 0);
        send(request.put(IfLink.IFLA_IFNAME, name), index);
    }

    /** Sets the link's free text, at most 255 bytes; an empty one removes it. */
    public void setAlias(int index, String alias) {
        NetlinkRequest request = change("set alias of link " + index, index, 0, 0);
        // A lone zero byte would be an alias of one character; only an attribute without payload
        // removes it.
        send(
                alias.isEmpty()
                        ? request.putFlag(IfLink.IFLA_IFALIAS)
                        : request.put(IfLink.IFLA_IFALIAS, alias),
                index);
    }

    /** Sets the link's group. */
    public void setGroup(int index, int group) {
        NetlinkRequest request = change("set group of link " + index, index, 0, 0);
        send(request.putInt(IfLink.IFLA_GROUP, group), index);
    }

    /**
     * Moves the link to the namespace behind an open descriptor. It comes down and loses its
     * addresses.
     */
    public void setNamespace(int index, int fd) {
        NetlinkRequest request = change("move link " + index + " to a namespace", index, 0, 0);
        send(request.putInt(IfLink.IFLA_NET_NS_FD, fd), index);
    }

    /** Whether a bridge port sends frames back where they came from. */
    public void setHairpin(int port, boolean on) {
        setPortFlag(port, IfLink.IFLA_BRPORT_MODE, on, "hairpin mode");
    }

    /** Whether a bridge port talks only to ports that are not isolated. */
    public void setIsolated(int port, boolean on) {
        setPortFlag(port, IfLink.IFLA_BRPORT_ISOLATED, on, "isolation");
    }

    private void setPortFlag(int port, int attribute, boolean on, String what) {
        String operation =
                "switch " + what + (on ? " on" : " off") + " for bridge port link " + port;
        NetlinkRequest request = bridgeRequest(RtNetlink.RTM_SETLINK, operation, port);
        send(request.begin(IfLink.IFLA_PROTINFO).putByte(attribute, on ? 1 : 0).end(), port);
    }

    /**
     * Whether a bridge looks at VLAN tags. Throws with EOPNOTSUPP if the kernel was built without
     * VLAN filtering for bridges.
     */
    public void setVlanFiltering(int bridge, boolean on) {
        String operation = "switch VLAN filtering" + (on ? " on" : " off") + " for link " + bridge;
        send(
                change(operation, bridge, 0, 0)
                        .begin(IfLink.IFLA_LINKINFO)
                        .put(IfLink.IFLA_INFO_KIND, "bridge")
                        .begin(IfLink.IFLA_INFO_DATA)
                        .putByte(IfLink.IFLA_BR_VLAN_FILTERING, on ? 1 : 0)
                        .end()
                        .end(),
                bridge);
    }

    /** The VLANs of a bridge port, in order; none if the kernel has no VLAN filtering. */
    public List<VlanRange> vlans(int port) {
        NetlinkRequest request =
                bridgeRequest(RtNetlink.RTM_GETLINK, "list VLANs of link " + port, 0)
                        .putInt(IfLink.IFLA_EXT_MASK, RtNetlink.RTEXT_FILTER_BRVLAN_COMPRESSED);
        for (NetlinkMessage message : socket.dump(request)) {
            if (message.headerInt(4) == port) {
                return VlanRanges.read(
                        message.attributes(Link.HEADER_LENGTH).nested(IfLink.IFLA_AF_SPEC));
            }
        }
        return List.of();
    }

    /** Adds VLANs to a bridge port. A port has one PVID: {@code pvid} needs {@code from == to}. */
    public void addVlan(int port, int from, int to, boolean pvid, boolean untagged) {
        int flags =
                (pvid ? IfBridge.BRIDGE_VLAN_INFO_PVID : 0)
                        | (untagged ? IfBridge.BRIDGE_VLAN_INFO_UNTAGGED : 0);
        changeVlans(RtNetlink.RTM_SETLINK, "add", port, from, to, flags);
    }

    /** Removes VLANs from a bridge port; those it does not have are passed over. */
    public void removeVlan(int port, int from, int to) {
        changeVlans(RtNetlink.RTM_DELLINK, "remove", port, from, to, 0);
    }

    private void changeVlans(int type, String verb, int port, int from, int to, int flags) {
        String what = from == to ? " VLAN " + from : " VLANs " + from + "-" + to;
        NetlinkRequest request = bridgeRequest(type, verb + what + " on link " + port, port);
        request.begin(IfLink.IFLA_AF_SPEC);
        VlanRanges.write(request, from, to, flags);
        send(request.end(), port);
    }

    private static NetlinkRequest bridgeRequest(int type, String operation, int index) {
        return header(new NetlinkRequest(type, 0, operation), Netlink.AF_BRIDGE, index, 0, 0);
    }

    private static NetlinkRequest change(String operation, int index, int flags, int mask) {
        return header(
                new NetlinkRequest(RtNetlink.RTM_NEWLINK, 0, operation), 0, index, flags, mask);
    }

    private void send(NetlinkRequest request, int index) {
        dispatcher.send(request, requireIndex(index));
    }

    /** Index 0 means "any link" to the kernel in places; it is never what a caller wants. */
    private static int requireIndex(int index) {
        if (index <= 0) {
            throw new IllegalArgumentException("not the index of a link: " + index);
        }
        return index;
    }

    private static NetlinkRequest header(
            NetlinkRequest request, int family, int index, int flags, int mask) {
        byte[] start = new byte[Link.HEADER_LENGTH];
        ByteBuffer.wrap(start)
                .order(ByteOrder.nativeOrder())
                .put(0, (byte) family)
                .putInt(4, index)
                .putInt(8, flags)
                .putInt(12, mask);
        return request.header(start);
    }
}
