package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Routes on the wire.
 *
 * <pre>
 *   struct rtmsg: u8 family, u8 destination prefix, u8 source prefix, u8 tos,
 *                 u8 table, u8 protocol, u8 scope, u8 type, u32 flags
 *   struct rtnexthop: u16 length, u8 flags, u8 hops, int link; attributes follow
 * </pre>
 */
final class RouteMessage {
    static final int HEADER_LENGTH = 12;
    private static final int NEXT_HOP_LENGTH = 8;

    private RouteMessage() {}

    static void write(NetlinkRequest request, Route route, int protocol, int scope) {
        request.header(
                (byte) route.family(),
                (byte) route.prefixLength(),
                (byte) 0,
                (byte) 0,
                // The byte is too small for many tables; RTA_TABLE counts.
                (byte) RtNetlink.RT_TABLE_UNSPEC,
                (byte) protocol,
                (byte) scope,
                (byte) route.type());
        request.headerInt(route.onLink() ? RtNetlink.RTNH_F_ONLINK : 0);
        request.putInt(RtNetlink.RTA_TABLE, route.table());
        if (!route.isDefault()) {
            request.put(RtNetlink.RTA_DST, route.destination());
        }
        if (route.gateway() != null) {
            writeGateway(request, route.family(), route.gateway());
        }
        if (route.source() != null) {
            request.put(RtNetlink.RTA_PREFSRC, route.source());
        }
        if (route.link() != 0) {
            request.putInt(RtNetlink.RTA_OIF, route.link());
        }
        if (route.metric() != 0) {
            request.putInt(RtNetlink.RTA_PRIORITY, route.metric());
        }
        writeNextHops(request, route);
        writeMetrics(request, route);
    }

    private static void writeGateway(NetlinkRequest request, int family, byte[] gateway) {
        int gatewayFamily = Family.of(gateway);
        if (gatewayFamily == family) {
            request.put(RtNetlink.RTA_GATEWAY, gateway);
            return;
        }
        // struct rtvia: u16 family, then the address
        byte[] via = new byte[2 + gateway.length];
        ByteBuffer.wrap(via)
                .order(ByteOrder.nativeOrder())
                .putShort((short) gatewayFamily)
                .put(gateway);
        request.put(RtNetlink.RTA_VIA, via);
    }

    private static void writeNextHops(NetlinkRequest request, Route route) {
        if (route.nextHops().isEmpty()) {
            return;
        }
        request.beginPlain(RtNetlink.RTA_MULTIPATH);
        for (Route.NextHop each : route.nextHops()) {
            NetlinkRequest attributes = new NetlinkRequest(0, 0, "next hop");
            if (each.gateway() != null) {
                writeGateway(attributes, route.family(), each.gateway());
            }
            byte[] message = attributes.toBytes(0, 0);
            byte[] start = new byte[NEXT_HOP_LENGTH];
            int length = NEXT_HOP_LENGTH + message.length - NetlinkRequest.HEADER_LENGTH;
            ByteBuffer.wrap(start)
                    .order(ByteOrder.nativeOrder())
                    .putShort(0, (short) length)
                    .putInt(4, each.link());
            request.header(start);
            request.header(
                    Arrays.copyOfRange(message, NetlinkRequest.HEADER_LENGTH, message.length));
        }
        request.end();
    }

    private static void writeMetrics(NetlinkRequest request, Route route) {
        if (route.mtu() == 0 && route.advmss() == 0) {
            return;
        }
        request.begin(RtNetlink.RTA_METRICS);
        if (route.mtu() != 0) {
            request.putInt(RtNetlink.RTAX_MTU, route.mtu());
        }
        if (route.advmss() != 0) {
            request.putInt(RtNetlink.RTAX_ADVMSS, route.advmss());
        }
        request.end();
    }

    /** Reads an RTM_NEWROUTE message of IPv4 or IPv6. */
    static Route read(NetlinkMessage message) {
        int family = message.headerByte(0);
        Attributes all = message.attributes(HEADER_LENGTH);
        Attributes metrics = all.nested(RtNetlink.RTA_METRICS);
        return new Route(
                all.bytes(RtNetlink.RTA_DST).orElse(new byte[Family.addressLength(family)]),
                message.headerByte(1),
                gateway(all),
                all.integer(RtNetlink.RTA_OIF).orElse(0),
                all.integer(RtNetlink.RTA_PRIORITY).orElse(0),
                all.integer(RtNetlink.RTA_TABLE).orElse(message.headerByte(4)),
                message.headerByte(6),
                message.headerByte(7),
                message.headerByte(5),
                metrics.integer(RtNetlink.RTAX_MTU).orElse(0),
                metrics.integer(RtNetlink.RTAX_ADVMSS).orElse(0),
                all.bytes(RtNetlink.RTA_PREFSRC).orElse(null),
                (message.headerInt(8) & RtNetlink.RTNH_F_ONLINK) != 0,
                nextHops(all.bytes(RtNetlink.RTA_MULTIPATH).orElse(null)));
    }

    private static byte @Nullable [] gateway(Attributes all) {
        byte[] gateway = all.bytes(RtNetlink.RTA_GATEWAY).orElse(null);
        if (gateway != null) {
            return gateway;
        }
        byte[] via = all.bytes(RtNetlink.RTA_VIA).orElse(null);
        return via == null ? null : Arrays.copyOfRange(via, 2, via.length);
    }

    private static List<Route.NextHop> nextHops(byte @Nullable [] multipath) {
        List<Route.NextHop> hops = new ArrayList<>();
        if (multipath == null) {
            return hops;
        }
        ByteBuffer in = ByteBuffer.wrap(multipath).order(ByteOrder.nativeOrder());
        int at = 0;
        while (at + NEXT_HOP_LENGTH <= multipath.length) {
            int length = in.getShort(at) & 0xffff;
            if (length < NEXT_HOP_LENGTH || at + length > multipath.length) {
                break;
            }
            Attributes hop = Attributes.read(multipath, at + NEXT_HOP_LENGTH, at + length);
            hops.add(new Route.NextHop(gateway(hop), in.getInt(at + 4)));
            at += (length + 3) & ~3;
        }
        return hops;
    }

    static boolean isIp(NetlinkMessage message) {
        int family = message.headerByte(0);
        return family == Netlink.AF_INET || family == Netlink.AF_INET6;
    }
}
