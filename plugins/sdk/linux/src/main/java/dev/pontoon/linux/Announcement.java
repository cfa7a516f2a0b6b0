package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Ethernet;
import dev.pontoon.linux.uapi.Ipv6;
import dev.pontoon.linux.uapi.Netlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Tells the neighbours of a link which hardware address an IP address now has, so that they do not
 * go on sending to the container that had it before.
 *
 * <p>The link must be up, and its frames must already be let through (a bridge port must be
 * forwarding), else the announcement is lost without a sign.
 *
 * <p>The surprising fact: closing a packet socket waits for all processors to forget it, some 16
 * ms. So the usual announcement has the kernel itself speak, and only what it would not say goes
 * through such a socket.
 */
public final class Announcement {
    private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
    // ff02::1
    private static final byte[] ALL_NODES = {
        (byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
    };

    private static final int NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int OVERRIDE = 0x20000000;
    private static final int TARGET_LINK_LAYER_ADDRESS = 2;
    // Receivers drop an advertisement with any other: it must not have crossed a router.
    private static final int HOP_LIMIT = 255;
    private static final int TYPE = Netlink.SOCK_RAW | Netlink.SOCK_CLOEXEC;

    private Announcement() {}

    /**
     * Announces an IPv4 address as {@link #gratuitousArp(NetworkNamespace, NetlinkSocket, Link,
     * Iterable, byte[], byte[])}, and finds out what that wants to know. Throws {@link
     * KernelException} with ENODEV if there is no such link, ENETDOWN if it is down.
     */
    public static void gratuitousArp(
            NetworkNamespace namespace, int link, byte[] mac, byte[] address) {
        try (NetlinkSocket route = namespace.routeSocket()) {
            Link found =
                    new Links(route)
                            .find(link)
                            .orElseThrow(() -> failure(address, "link " + link, Errno.ENODEV));
            if (!found.up()) {
                throw failure(address, found.name(), Errno.ENETDOWN);
            }
            List<Address> present = new Addresses(route).list(link);
            gratuitousArp(namespace, route, found, present, mac, address);
        }
    }

    /**
     * Announces an IPv4 address with a broadcast ARP request for itself. RFC 5227, section 3,
     * prefers the request over the reply: hosts that update their table do so for both, and some
     * ignore replies that they did not ask for.
     *
     * <p>Takes 16 ms if the address is not the first one of its subnet on the link, or {@code mac}
     * is not the link's own, and well below one otherwise.
     *
     * @param route a socket of {@code namespace}
     * @param link a link of {@code namespace}, with the MAC that it has now
     * @param present the link's addresses, in the order in which it got them
     */
    public static void gratuitousArp(
            NetworkNamespace namespace,
            NetlinkSocket route,
            Link link,
            Iterable<Address> present,
            byte[] mac,
            byte[] address) {
        boolean kernelSpeaks = Arrays.equals(mac, link.mac()) && asksInTheNameOf(present, address);
        if (kernelSpeaks) {
            new Neighbours(route).solicit(link.index(), address);
        } else {
            sendArp(namespace, link.index(), mac, address);
        }
    }

    private static KernelException failure(byte[] address, String link, int errno) {
        return new KernelException("announce " + IpText.format(address) + " on " + link, errno);
    }

    /**
     * Whether the kernel, asking who has this address, says that the address itself is asking: it
     * takes the first primary address of the subnet.
     */
    static boolean asksInTheNameOf(Iterable<Address> addresses, byte[] address) {
        for (Address each : addresses) {
            if (each.address().length == 4 && !each.secondary() && each.contains(address)) {
                return each.is(address);
            }
        }
        return false;
    }

    private static void sendArp(NetworkNamespace namespace, int link, byte[] mac, byte[] address) {
        byte[] frame = arpFrame(mac, address);
        // Protocol 0: the socket sends only, and the kernel queues nothing for it.
        try (Descriptor socket = namespace.socket(Netlink.AF_PACKET, TYPE, 0)) {
            Libc.send(socket, frame, frame.length, linkAddress(link));
        } catch (KernelException e) {
            throw e.retold("announce " + IpText.format(address) + " on link " + link);
        }
    }

    /** struct sockaddr_ll of packet(7): everybody on the link. */
    private static byte[] linkAddress(int link) {
        ByteBuffer address = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
        address.putShort((short) Netlink.AF_PACKET);
        address.order(ByteOrder.BIG_ENDIAN).putShort((short) Ethernet.ETH_P_ARP);
        address.order(ByteOrder.nativeOrder()).putInt(link);
        address.putShort((short) 0).put((byte) 0).put((byte) BROADCAST.length).put(BROADCAST);
        return address.array();
    }

    private static byte[] arpFrame(byte[] mac, byte[] address) {
        if (mac.length != Ethernet.ETH_ALEN || address.length != 4) {
            throw new IllegalArgumentException(
                    "announce " + IpText.format(address) + " at " + MacAddress.format(mac));
        }
        ByteBuffer frame = ByteBuffer.allocate(42);
        frame.put(BROADCAST).put(mac).putShort((short) Ethernet.ETH_P_ARP);
        frame.putShort((short) Ethernet.ARPHRD_ETHER).putShort((short) Ethernet.ETH_P_IP);
        frame.put((byte) mac.length).put((byte) address.length);
        frame.putShort((short) Ethernet.ARPOP_REQUEST);
        frame.put(mac).put(address);
        frame.put(new byte[mac.length]).put(address);
        return frame.array();
    }

    /**
     * Announces an IPv6 address with an unsolicited neighbour advertisement to all nodes (RFC 4861,
     * section 7.2.6). Its override flag makes neighbours replace what they have; it does not claim
     * to be a router.
     *
     * <p>Throws {@link KernelException} with EADDRNOTAVAIL if no link has the address, or duplicate
     * address detection is not yet done with it: nobody may speak for such an address.
     *
     * @param link the index of the link in {@code namespace}
     */
    public static void unsolicitedNeighbourAdvertisement(
            NetworkNamespace namespace, int link, byte[] mac, byte[] address) {
        byte[] message = advertisement(mac, address);
        int protocol = Ipv6.IPPROTO_ICMPV6;
        // The kernel fills in the checksum of every ICMPv6 message.
        try (Descriptor socket = namespace.socket(Netlink.AF_INET6, TYPE, protocol)) {
            Libc.setOption(socket, Ipv6.IPPROTO_IPV6, Ipv6.IPV6_MULTICAST_HOPS, HOP_LIMIT);
            Libc.setOption(socket, Ipv6.IPPROTO_IPV6, Ipv6.IPV6_MULTICAST_LOOP, 0);
            Libc.bind(socket, socketAddress(address, link));
            Libc.send(socket, message, message.length, socketAddress(ALL_NODES, link));
        } catch (KernelException e) {
            throw e.retold("announce " + IpText.format(address) + " on link " + link);
        }
    }

    /** struct sockaddr_in6 of ipv6(7). */
    private static byte[] socketAddress(byte[] address, int link) {
        ByteBuffer socketAddress = ByteBuffer.allocate(28).order(ByteOrder.nativeOrder());
        socketAddress.putShort((short) Netlink.AF_INET6).putShort((short) 0).putInt(0);
        return socketAddress.put(address).putInt(link).array();
    }

    private static byte[] advertisement(byte[] mac, byte[] address) {
        if (mac.length != Ethernet.ETH_ALEN || address.length != 16) {
            throw new IllegalArgumentException(
                    "announce " + IpText.format(address) + " at " + MacAddress.format(mac));
        }
        ByteBuffer message = ByteBuffer.allocate(32);
        message.put((byte) NEIGHBOUR_ADVERTISEMENT).put((byte) 0).putShort((short) 0);
        message.putInt(OVERRIDE).put(address);
        // The option's length counts units of eight bytes.
        message.put((byte) TARGET_LINK_LAYER_ADDRESS).put((byte) 1).put(mac);
        return message.array();
    }
}
