package dev.pontoon.linux;

import dev.pontoon.linux.uapi.IfAddr;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The IP addresses of a namespace's links. See rtnetlink(7). */
public final class Addresses {
    private final NetlinkSocket socket;
    private final Dispatcher dispatcher;

    /** The addresses of the namespace the socket was opened in. */
    public Addresses(NetlinkSocket route) {
        this(route, new Immediately(route));
    }

    Addresses(NetlinkSocket socket, Dispatcher dispatcher) {
        this.socket = socket;
        this.dispatcher = dispatcher;
    }

    /**
     * Adds an address. IPv4 gets its broadcast address where the prefix has room for one (shorter
     * than 31). Throws {@link KernelException} with EEXIST if the link has it already.
     *
     * @param link the link's index
     * @param address 4 or 16 bytes in network order
     * @param prefixLength in bits
     * @param flags IFA_F_… bits, such as {@link IfAddr#IFA_F_NODAD} to skip duplicate address
     *     detection
     */
    public void add(int link, byte[] address, int prefixLength, int flags) {
        int create = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        NetlinkRequest request =
                request(RtNetlink.RTM_NEWADDR, create, "add", link, address, prefixLength);
        if (address.length == 4 && prefixLength < 31) {
            request.put(IfAddr.IFA_BROADCAST, broadcast(address, prefixLength));
        }
        if (flags != 0) {
            request.putInt(IfAddr.IFA_FLAGS, flags);
        }
        dispatcher.send(request, link);
    }

    /**
     * Deletes an address. Throws {@link KernelException} with EADDRNOTAVAIL if the link does not
     * have it.
     */
    public void delete(int link, byte[] address, int prefixLength) {
        dispatcher.send(
                request(RtNetlink.RTM_DELADDR, 0, "delete", link, address, prefixLength), link);
    }

    private static NetlinkRequest request(
            int type, int flags, String verb, int link, byte[] address, int prefixLength) {
        int family = Family.of(address, prefixLength);
        if (link <= 0) {
            throw new IllegalArgumentException("not the index of a link: " + link);
        }
        String what = " address " + IpText.format(address, prefixLength);
        String operation = verb + what + (verb.equals("add") ? " to link " : " from link ") + link;
        return new NetlinkRequest(type, flags, operation)
                .header((byte) family, (byte) prefixLength, (byte) 0, (byte) 0)
                .headerInt(link)
                .put(IfAddr.IFA_LOCAL, address)
                .put(IfAddr.IFA_ADDRESS, address);
    }

    private static byte[] broadcast(byte[] address, int prefixLength) {
        int bits = ByteBuffer.wrap(address).order(ByteOrder.BIG_ENDIAN).getInt();
        int host = prefixLength == 0 ? -1 : (1 << (32 - prefixLength)) - 1;
        return ByteBuffer.allocate(4).order(ByteOrder.BIG_ENDIAN).putInt(bits | host).array();
    }

    /** The addresses of one link, IPv4 before IPv6; empty if there is no such link. */
    public List<Address> list(int link) {
        List<Address> found = new ArrayList<>();
        try {
            for (Address each : dump("list addresses of link " + link, link)) {
                // Kernels before 4.20 know no filter.
                if (each.link() == link) {
                    found.add(each);
                }
            }
        } catch (KernelException e) {
            if (!e.is(Errno.ENODEV)) {
                throw Immediately.withName(socket, e, link);
            }
        }
        return found;
    }

    /** The addresses of all links. */
    public List<Address> list() {
        return dump("list addresses", 0);
    }

    private List<Address> dump(String operation, int link) {
        NetlinkRequest request =
                new NetlinkRequest(RtNetlink.RTM_GETADDR, 0, operation)
                        .headerInt(0)
                        .headerInt(link);
        List<Address> addresses = new ArrayList<>();
        for (NetlinkMessage message : socket.dump(request)) {
            int family = message.headerByte(0);
            if (family == Netlink.AF_INET || family == Netlink.AF_INET6) {
                addresses.add(Address.read(message));
            }
        }
        return addresses;
    }
}
