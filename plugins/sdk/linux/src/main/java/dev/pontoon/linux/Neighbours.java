package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Neighbour;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a namespace believes about the hardware addresses of its neighbours (ARP, neighbour
 * discovery).
 */
public final class Neighbours {
    // struct ndmsg: u8 family, 3 bytes of padding, int link, u16 state, u8 flags, u8 type
    private static final int HEADER_LENGTH = 12;

    private final NetlinkSocket socket;
    private final Dispatcher dispatcher;

    /**
     * One entry of the table.
     *
     * @param link the index of the link the neighbour is on
     * @param address its IP address, 4 or 16 bytes in network order; not to be changed
     * @param mac its hardware address, empty while it is not known; not to be changed
     * @param state NUD_… bits
     */
    @SuppressWarnings("ArrayRecordComponent") // equals and hashCode below look inside
    public record Entry(int link, byte[] address, byte[] mac, int state) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Entry that
                    && link == that.link
                    && state == that.state
                    && Arrays.equals(address, that.address)
                    && Arrays.equals(mac, that.mac);
        }

        @Override
        public int hashCode() {
            return 31 * link + Arrays.hashCode(address);
        }
    }

    /** The neighbours of the namespace the socket was opened in. */
    public Neighbours(NetlinkSocket route) {
        this(route, new Immediately(route));
    }

    Neighbours(NetlinkSocket socket, Dispatcher dispatcher) {
        this.socket = socket;
        this.dispatcher = dispatcher;
    }

    /** The entries of a family (AF_INET, AF_INET6) on one link. */
    public List<Entry> list(int link, int family) {
        NetlinkRequest request =
                new NetlinkRequest(RtNetlink.RTM_GETNEIGH, 0, "list neighbours on link " + link);
        header(request, family, 0, 0).putInt(Neighbour.NDA_IFINDEX, link);
        List<Entry> entries = new ArrayList<>();
        for (NetlinkMessage message : socket.dump(request)) {
            if (message.headerInt(4) == link) {
                entries.add(read(message));
            }
        }
        return entries;
    }

    private static Entry read(NetlinkMessage message) {
        Attributes all = message.attributes(HEADER_LENGTH);
        return new Entry(
                message.headerInt(4),
                all.bytes(Neighbour.NDA_DST).orElse(new byte[0]),
                all.bytes(Neighbour.NDA_LLADDR).orElse(new byte[0]),
                message.headerInt(8) & 0xffff);
    }

    /** Enters what is known, whether or not there is an entry: {@code state} is a NUD_… number. */
    public void replace(int link, byte[] address, byte[] mac, int state) {
        NetlinkRequest request =
                new NetlinkRequest(
                        RtNetlink.RTM_NEWNEIGH,
                        Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE,
                        "set neighbour " + IpText.format(address) + " on link " + link);
        header(request, Family.of(address), link, state)
                .put(Neighbour.NDA_DST, address)
                .put(Neighbour.NDA_LLADDR, mac);
        dispatcher.send(request, link);
    }

    /** Deletes an entry if it is there; whether it was. */
    public boolean deleteIfPresent(int link, byte[] address) {
        NetlinkRequest request =
                new NetlinkRequest(
                        RtNetlink.RTM_DELNEIGH,
                        0,
                        "delete neighbour " + IpText.format(address) + " on link " + link);
        header(request, Family.of(address), link, 0).put(Neighbour.NDA_DST, address);
        try {
            return socket.executeIfPresent(request);
        } catch (KernelException e) {
            throw Immediately.withName(socket, e, link);
        }
    }

    /**
     * Has the kernel ask the link who has this address, once. Nothing is remembered, and nobody
     * waits for the answer.
     */
    void solicit(int link, byte[] address) {
        String operation = "ask for neighbour " + IpText.format(address) + " on link " + link;
        byte use = (byte) Neighbour.NTF_USE;
        NetlinkRequest ask =
                new NetlinkRequest(RtNetlink.RTM_NEWNEIGH, Netlink.NLM_F_CREATE, operation);
        header(ask, Family.of(address), link, 0, use).put(Neighbour.NDA_DST, address);
        // Without the entry there is nothing the kernel would ask for a second and third time.
        NetlinkRequest forget = new NetlinkRequest(RtNetlink.RTM_DELNEIGH, 0, operation);
        header(forget, Family.of(address), link, 0, 0).put(Neighbour.NDA_DST, address);
        try {
            socket.executeAll(List.of(ask, forget));
        } catch (KernelException e) {
            throw Immediately.withName(socket, e, link);
        }
    }

    private static NetlinkRequest header(NetlinkRequest request, int family, int link, int state) {
        return header(request, family, link, state, 0);
    }

    private static NetlinkRequest header(
            NetlinkRequest request, int family, int link, int state, int flags) {
        // The state's u16 and the two bytes after it as one int would depend on the byte order.
        byte low = (byte) state;
        byte high = (byte) (state >> 8);
        boolean little = java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;
        return request.header((byte) family, (byte) 0, (byte) 0, (byte) 0)
                .headerInt(link)
                .header(little ? low : high, little ? high : low, (byte) flags, (byte) 0);
    }
}
