package dev.pontoon.linux;

import dev.pontoon.linux.uapi.IfFlags;
import dev.pontoon.linux.uapi.IfLink;
import dev.pontoon.linux.uapi.Veth;
import org.jspecify.annotations.Nullable;

/**
 * A link that is to be made. Everything not said is left to the kernel.
 *
 * <p>The whole description travels in one request: a veth pair whose near end has its name, MAC and
 * bridge and is up, and whose far end lies in another namespace, costs one system call.
 */
public final class NewLink {
    /** The kind of what is no link by itself. */
    private static final String PEER = "";

    private final String kind;
    private final String name;
    private final @Nullable NewLink peer;
    private byte @Nullable [] mac;
    private int mtu;
    private int master;
    private int txQueueLength = -1;
    private int group;
    private int namespaceFd = -1;
    private boolean up;
    private boolean vlanFiltering;
    private String alias = "";

    private NewLink(String kind, String name, @Nullable NewLink peer) {
        this.kind = kind;
        this.name = name;
        this.peer = peer;
    }

    /** A bridge. */
    public static NewLink bridge(String name) {
        return new NewLink("bridge", name, null);
    }

    /**
     * A veth pair; {@code peer}, from {@link #peer}, is its far end.
     *
     * <p>Either end has one queue for each direction, as many as the kernel has it use in any case.
     * Unless told, it makes one for each processor that the machine might get, takes them away
     * again (veth_init_queues in drivers/net/veth.c), and holds up every other change of links
     * while it waits for all processors to notice, once for each end.
     */
    public static NewLink veth(String name, NewLink peer) {
        if (peer.up) {
            throw new IllegalArgumentException(
                    "the far end " + peer.name + " of a veth pair cannot be made up");
        }
        return new NewLink("veth", name, peer);
    }

    /** The far end of a veth pair. The kernel cannot make it up (IFF_UP): set it up afterwards. */
    public static NewLink peer(String name) {
        return new NewLink(PEER, name, null);
    }

    /** A link of a kind that needs no parameters: dummy, ifb. */
    public static NewLink ofKind(LinkKind kind, String name) {
        return new NewLink(kind.name(), name, null);
    }

    /** Its hardware address, six bytes. */
    public NewLink mac(byte[] mac) {
        this.mac = mac.clone();
        return this;
    }

    /** Its MTU in bytes; 0 leaves it to the kernel. */
    public NewLink mtu(int mtu) {
        this.mtu = mtu;
        return this;
    }

    /** The index of the bridge it becomes a port of, in the namespace the link is made in. */
    public NewLink master(int master) {
        this.master = master;
        return this;
    }

    /** The length of its transmit queue in packets, 0 included. */
    public NewLink txQueueLength(int packets) {
        this.txQueueLength = packets;
        return this;
    }

    /** Its group. */
    public NewLink group(int group) {
        this.group = group;
        return this;
    }

    /** The open descriptor of the namespace it goes to. */
    public NewLink namespace(int fd) {
        this.namespaceFd = fd;
        return this;
    }

    /**
     * A free text of at most 255 bytes. The kernel takes it in a second request, which follows by
     * itself.
     */
    public NewLink alias(String alias) {
        this.alias = alias;
        return this;
    }

    /** Up from the start. */
    public NewLink up() {
        this.up = true;
        return this;
    }

    /** For a bridge: looks at VLAN tags. */
    public NewLink vlanFiltering() {
        this.vlanFiltering = true;
        return this;
    }

    String name() {
        return name;
    }

    String aliasText() {
        return alias;
    }

    /** What it is, for messages: "bridge cni0", "veth pair veth0 and eth0". */
    String describe() {
        return peer == null ? kind + " " + name : "veth pair " + name + " and " + peer.name;
    }

    /** Writes the family header and the attributes. */
    void write(NetlinkRequest request) {
        writeEnd(request);
        request.begin(IfLink.IFLA_LINKINFO).put(IfLink.IFLA_INFO_KIND, kind);
        if (peer != null) {
            request.begin(IfLink.IFLA_INFO_DATA).begin(Veth.VETH_INFO_PEER);
            peer.writeEnd(request);
            request.end().end();
        } else if (vlanFiltering) {
            request.begin(IfLink.IFLA_INFO_DATA).putByte(IfLink.IFLA_BR_VLAN_FILTERING, 1).end();
        }
        request.end();
    }

    private boolean isVethEnd() {
        return kind.equals("veth") || kind.equals(PEER);
    }

    private void writeEnd(NetlinkRequest request) {
        int flags = up ? IfFlags.IFF_UP : 0;
        request.headerInt(0).headerInt(0).headerInt(flags).headerInt(flags);
        request.put(IfLink.IFLA_IFNAME, name);
        if (isVethEnd()) {
            request.putInt(IfLink.IFLA_NUM_TX_QUEUES, 1).putInt(IfLink.IFLA_NUM_RX_QUEUES, 1);
        }
        if (mac != null) {
            request.put(IfLink.IFLA_ADDRESS, mac);
        }
        if (mtu != 0) {
            request.putInt(IfLink.IFLA_MTU, mtu);
        }
        if (master != 0) {
            request.putInt(IfLink.IFLA_MASTER, master);
        }
        if (txQueueLength >= 0) {
            request.putInt(IfLink.IFLA_TXQLEN, txQueueLength);
        }
        if (group != 0) {
            request.putInt(IfLink.IFLA_GROUP, group);
        }
        if (namespaceFd >= 0) {
            request.putInt(IfLink.IFLA_NET_NS_FD, namespaceFd);
        }
    }
}
