package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Ethernet;
import dev.pontoon.linux.uapi.Netlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/**
 * Tells the neighbours of a link which hardware address an IP address now has, so that they do not
 * go on sending to the container that had it before.
 *
 * <p>The link must be up, and its frames must already be let through (a bridge port must be
 * forwarding), else the announcement is lost without a sign. A link that is down fails with
 * ENETDOWN.
 */
public final class Announcement {
    private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
    // ff02::1, all nodes, and the multicast MAC that RFC 2464 derives from it
    private static final byte[] ALL_NODES = {
        (byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
    };
    private static final byte[] ALL_NODES_MAC = {0x33, 0x33, 0, 0, 0, 1};

    private static final int ADVERTISEMENT_LENGTH = 32;
    private static final int NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int OVERRIDE = 0x20000000;
    private static final int TARGET_LINK_LAYER_ADDRESS = 2;
    // Receivers drop an advertisement with any other: it must not have crossed a router.
    private static final int HOP_LIMIT = 255;

    private Announcement() {}

    /**
     * Announces an IPv4 address with a broadcast ARP request for itself. RFC 5227, section 3,
     * prefers the request over the reply: hosts that update their table do so for both, and some
     * ignore replies that they did not ask for.
     *
     * @param link the index of the link in {@code namespace}
     */
    public static void gratuitousArp(
            NetworkNamespace namespace, int link, byte[] mac, byte[] address) {
        byte[] frame = arpFrame(mac, address);
        send(namespace, link, Ethernet.ETH_P_ARP, BROADCAST, frame, address);
    }

    /**
     * Announces an IPv6 address with an unsolicited neighbour advertisement to all nodes (RFC 4861,
     * section 7.2.6). Its override flag makes neighbours replace what they have; it does not claim
     * to be a router.
     *
     * @param link the index of the link in {@code namespace}
     */
    public static void unsolicitedNeighbourAdvertisement(
            NetworkNamespace namespace, int link, byte[] mac, byte[] address) {
        byte[] frame = advertisementFrame(mac, address);
        send(namespace, link, Ethernet.ETH_P_IPV6, ALL_NODES_MAC, frame, address);
    }

    private static void send(
            NetworkNamespace namespace,
            int link,
            int protocol,
            byte[] receiver,
            byte[] frame,
            byte[] address) {
        try (Descriptor socket = openInside(namespace)) {
            Libc.send(socket, frame, frame.length, linkAddress(link, protocol, receiver));
        } catch (KernelException e) {
            throw e.retold("announce " + IpText.format(address) + " on link " + link);
        }
    }

    private static Descriptor openInside(NetworkNamespace namespace) {
        // Protocol 0: the socket sends only, and the kernel queues nothing for it.
        return namespace.inside(
                new Supplier<Descriptor>() {
                    @Override
                    public Descriptor get() {
                        return Libc.socket(
                                Netlink.AF_PACKET, Netlink.SOCK_RAW | Netlink.SOCK_CLOEXEC, 0);
                    }
                });
    }

    /** struct sockaddr_ll of packet(7). */
    private static byte[] linkAddress(int link, int protocol, byte[] receiver) {
        ByteBuffer address = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
        address.putShort((short) Netlink.AF_PACKET);
        address.put((byte) (protocol >> 8)).put((byte) protocol);
        address.putInt(link);
        address.putShort((short) 0).put((byte) 0).put((byte) receiver.length).put(receiver);
        return address.array();
    }

    static byte[] arpFrame(byte[] mac, byte[] address) {
        ByteBuffer frame = ethernet(BROADCAST, mac, Ethernet.ETH_P_ARP, 28);
        frame.putShort((short) Ethernet.ARPHRD_ETHER).putShort((short) Ethernet.ETH_P_IP);
        frame.put((byte) mac.length).put((byte) address.length);
        frame.putShort((short) Ethernet.ARPOP_REQUEST);
        frame.put(mac).put(address);
        frame.put(new byte[mac.length]).put(address);
        return frame.array();
    }

    static byte[] advertisementFrame(byte[] mac, byte[] address) {
        ByteBuffer frame =
                ethernet(ALL_NODES_MAC, mac, Ethernet.ETH_P_IPV6, 40 + ADVERTISEMENT_LENGTH);
        frame.putInt(6 << 28).putShort((short) ADVERTISEMENT_LENGTH);
        frame.put((byte) Ethernet.IPPROTO_ICMPV6).put((byte) HOP_LIMIT);
        frame.put(address).put(ALL_NODES);
        byte[] message = advertisement(mac, address);
        return frame.put(message).array();
    }

    private static byte[] advertisement(byte[] mac, byte[] address) {
        ByteBuffer message = ByteBuffer.allocate(ADVERTISEMENT_LENGTH);
        message.put((byte) NEIGHBOUR_ADVERTISEMENT).put((byte) 0).putShort((short) 0);
        message.putInt(OVERRIDE).put(address);
        // The option's length counts units of eight bytes.
        message.put((byte) TARGET_LINK_LAYER_ADDRESS).put((byte) 1).put(mac);
        message.putShort(2, checksum(address, ALL_NODES, message.array()));
        return message.array();
    }

    /**
     * The checksum of RFC 4443, section 2.3: over the addresses, length, protocol and the message
     * itself.
     */
    private static short checksum(byte[] from, byte[] to, byte[] message) {
        int sum = words(from) + words(to) + message.length + Ethernet.IPPROTO_ICMPV6;
        sum += words(message);
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (short) ~sum;
    }

    private static int words(byte[] bytes) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            sum += (bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff;
        }
        return sum;
    }

    private static ByteBuffer ethernet(byte[] to, byte[] from, int type, int payloadLength) {
        if (from.length != Ethernet.ETH_ALEN) {
            throw new IllegalArgumentException("not a MAC address: " + MacAddress.format(from));
        }
        return ByteBuffer.allocate(14 + payloadLength).put(to).put(from).putShort((short) type);
    }
}
