package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.NfConntrack;
import dev.pontoon.linux.uapi.NfNetlink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The connections that the kernel remembers in a namespace, and how each is translated. A rule that
 * translates is asked for a connection's first packet only; what it said then holds until the
 * connection is forgotten, which a UDP client that goes on sending puts off for ever.
 */
public final class ConnectionTracking {
    private static final int NFGENMSG_LENGTH = 4;

    // CTA_FILTER_F_CTA_PROTO_NUM and CTA_FILTER_F_CTA_PROTO_DST_PORT, which no header of user space
    // has.
    private static final int BY_PROTOCOL = 1 << 3;
    private static final int BY_DESTINATION_PORT = 1 << 5;

    private final NetlinkSocket socket;

    /** Of the namespace that the socket was opened in; as from {@link NetlinkSocket#netfilter}. */
    public ConnectionTracking(NetlinkSocket netfilter) {
        this.socket = netfilter;
    }

    /**
     * The connections of an IP version whose first packet went to a port.
     *
     * @param family AF_INET or AF_INET6
     * @param protocol of transport: 6, 17, 132
     * @param port as the sender sees it, before any translation
     */
    public List<TrackedConnection> to(int family, int protocol, int port) {
        NetlinkRequest request =
                request(
                        NfConntrack.IPCTNL_MSG_CT_GET,
                        family,
                        "list connections of protocol " + protocol + " to port " + port);
        request.begin(NfConntrack.CTA_TUPLE_ORIG).begin(NfConntrack.CTA_TUPLE_PROTO);
        request.putByte(NfConntrack.CTA_PROTO_NUM, protocol);
        request.put(NfConntrack.CTA_PROTO_DST_PORT, port(port)).end().end();
        request.begin(NfConntrack.CTA_FILTER);
        request.putInt(NfConntrack.CTA_FILTER_ORIG_FLAGS, BY_PROTOCOL | BY_DESTINATION_PORT).end();
        List<TrackedConnection> found = new ArrayList<>();
        for (NetlinkMessage message : socket.dump(request)) {
            TrackedConnection each = TrackedConnection.read(message.attributes(NFGENMSG_LENGTH));
            // Kernels before 5.8 know no filter and answer with everything.
            if (each.protocol() == protocol && each.destinationPort() == port) {
                found.add(each);
            }
        }
        return found;
    }

    /** Forgets a connection; whether it was still known. Its next packet is one of a new one. */
    public boolean forget(TrackedConnection connection) {
        int family = connection.destination().length == 4 ? Netlink.AF_INET : Netlink.AF_INET6;
        NetlinkRequest request =
                request(NfConntrack.IPCTNL_MSG_CT_DELETE, family, "forget " + connection);
        request.begin(NfConntrack.CTA_TUPLE_ORIG).begin(NfConntrack.CTA_TUPLE_IP);
        boolean v4 = family == Netlink.AF_INET;
        request.put(
                v4 ? NfConntrack.CTA_IP_V4_SRC : NfConntrack.CTA_IP_V6_SRC, connection.source());
        request.put(
                v4 ? NfConntrack.CTA_IP_V4_DST : NfConntrack.CTA_IP_V6_DST,
                connection.destination());
        request.end().begin(NfConntrack.CTA_TUPLE_PROTO);
        request.putByte(NfConntrack.CTA_PROTO_NUM, connection.protocol());
        request.put(NfConntrack.CTA_PROTO_SRC_PORT, port(connection.sourcePort()));
        request.put(NfConntrack.CTA_PROTO_DST_PORT, port(connection.destinationPort()));
        request.end().end();
        if (connection.zone() != 0) {
            request.put(NfConntrack.CTA_ZONE, port(connection.zone()));
        }
        request.putNetworkInt(NfConntrack.CTA_ID, connection.id());
        return socket.executeIfPresent(request);
    }

    private static byte[] port(int port) {
        return ByteBuffer.allocate(2).putShort((short) port).array();
    }

    private static NetlinkRequest request(int message, int family, String operation) {
        return new NetlinkRequest(NfNetlink.NFNL_SUBSYS_CTNETLINK << 8 | message, 0, operation)
                .header((byte) family, (byte) NfNetlink.NFNETLINK_V0, (byte) 0, (byte) 0);
    }
}
