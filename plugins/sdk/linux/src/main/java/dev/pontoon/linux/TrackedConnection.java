package dev.pontoon.linux;

import dev.pontoon.linux.uapi.NfConntrack;

/**
 * A connection that the kernel remembers. Addresses have 4 or 16 bytes in network order and are not
 * to be changed.
 *
 * @param protocol of transport: 6, 17, 132
 * @param source who sent the first packet
 * @param sourcePort from which port
 * @param destination to whom, before any translation
 * @param destinationPort to which port
 * @param answering who is expected to answer: the destination, or what it was translated to
 * @param answeringPort from which port
 * @param id the kernel's number for it
 * @param zone the conntrack zone it is in, 0 by default
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TrackedConnection(
        int protocol,
        byte[] source,
        int sourcePort,
        byte[] destination,
        int destinationPort,
        byte[] answering,
        int answeringPort,
        int id,
        int zone) {

    static TrackedConnection read(Attributes connection) {
        Attributes original = connection.nested(NfConntrack.CTA_TUPLE_ORIG);
        Attributes reply = connection.nested(NfConntrack.CTA_TUPLE_REPLY);
        Attributes originalPorts = original.nested(NfConntrack.CTA_TUPLE_PROTO);
        return new TrackedConnection(
                originalPorts.integer(NfConntrack.CTA_PROTO_NUM).orElse(0),
                address(original, NfConntrack.CTA_IP_V4_SRC, NfConntrack.CTA_IP_V6_SRC),
                originalPorts.networkInteger(NfConntrack.CTA_PROTO_SRC_PORT).orElse(0),
                address(original, NfConntrack.CTA_IP_V4_DST, NfConntrack.CTA_IP_V6_DST),
                originalPorts.networkInteger(NfConntrack.CTA_PROTO_DST_PORT).orElse(0),
                address(reply, NfConntrack.CTA_IP_V4_SRC, NfConntrack.CTA_IP_V6_SRC),
                reply.nested(NfConntrack.CTA_TUPLE_PROTO)
                        .networkInteger(NfConntrack.CTA_PROTO_SRC_PORT)
                        .orElse(0),
                connection.networkInteger(NfConntrack.CTA_ID).orElse(0),
                connection.networkInteger(NfConntrack.CTA_ZONE).orElse(0));
    }

    private static byte[] address(Attributes tuple, int v4, int v6) {
        Attributes ip = tuple.nested(NfConntrack.CTA_TUPLE_IP);
        return ip.bytes(v4).or(() -> ip.bytes(v6)).orElse(new byte[0]);
    }

    @Override
    public String toString() {
        return "connection from "
                + IpText.format(source)
                + " port "
                + sourcePort
                + " to "
                + IpText.format(destination)
                + " port "
                + destinationPort;
    }
}
