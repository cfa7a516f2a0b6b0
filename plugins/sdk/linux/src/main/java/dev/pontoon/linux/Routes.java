package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The routes of a namespace. See rtnetlink(7).
 *
 * <p>The surprising fact: the kernel has several words for "add". IPv4 tells routes to one
 * destination apart by metric alone; IPv6 joins routes with the same destination and metric into
 * one multipath route, unless it is told not to.
 */
public final class Routes {
    private final NetlinkSocket socket;
    private final Dispatcher dispatcher;

    /** The routes of the namespace the socket was opened in. */
    public Routes(NetlinkSocket route) {
        this(route, new Immediately(route));
    }

    Routes(NetlinkSocket socket, Dispatcher dispatcher) {
        this.socket = socket;
        this.dispatcher = dispatcher;
    }

    /**
     * Adds a route. Throws with EEXIST if there is one with this destination and metric in the
     * table.
     */
    public void add(Route route) {
        send(RtNetlink.RTM_NEWROUTE, Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL, "add", route);
    }

    /**
     * Adds a route whether or not others have its destination and metric: for IPv4 before those, so
     * that it wins; for IPv6 as one more way of a multipath route. A route equal in everything is
     * refused with EEXIST.
     */
    public void prepend(Route route) {
        send(RtNetlink.RTM_NEWROUTE, Netlink.NLM_F_CREATE, "add", route);
    }

    /** As {@link #prepend}, but after those that are there. */
    public void append(Route route) {
        send(RtNetlink.RTM_NEWROUTE, Netlink.NLM_F_CREATE | Netlink.NLM_F_APPEND, "add", route);
    }

    /** Puts the route in the place of one with this destination and metric, or adds it. */
    public void replace(Route route) {
        send(RtNetlink.RTM_NEWROUTE, Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE, "set", route);
    }

    /**
     * Deletes the first route that agrees in destination, table and type, and in gateway, link,
     * metric, source and MTU as far as they are given; who made it and its scope do not matter.
     * Throws with ESRCH if there is none.
     */
    public void delete(Route route) {
        String operation = "delete route " + route;
        NetlinkRequest request = new NetlinkRequest(RtNetlink.RTM_DELROUTE, 0, operation);
        int anyScope = route.family() == Netlink.AF_INET ? RtNetlink.RT_SCOPE_NOWHERE : 0;
        RouteMessage.write(request, route, RtNetlink.RTPROT_UNSPEC, anyScope);
        dispatcher.send(request, route.link());
    }

    private void send(int type, int flags, String verb, Route route) {
        NetlinkRequest request = new NetlinkRequest(type, flags, verb + " route " + route);
        RouteMessage.write(request, route, route.protocol(), route.scope());
        dispatcher.send(request, route.link());
    }

    /**
     * The way that the host's packets take to an address, as the kernel decides it now; of type
     * RTN_LOCAL for an address of the host itself. Empty if there is no way.
     */
    public Optional<Route> find(byte... address) {
        String operation = "find route to " + IpText.format(address);
        NetlinkRequest request =
                new NetlinkRequest(RtNetlink.RTM_GETROUTE, 0, operation)
                        .header((byte) Family.of(address), (byte) (address.length * 8))
                        .header((byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0)
                        .headerInt(0)
                        .put(RtNetlink.RTA_DST, address);
        try {
            return socket.get(request).map(RouteMessage::read);
        } catch (KernelException e) {
            boolean noWay =
                    e.is(Errno.ENETUNREACH)
                            || e.is(Errno.EHOSTUNREACH)
                            || e.is(Errno.EACCES)
                            || e.is(Errno.EINVAL);
            if (noWay) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * The routes of a family (AF_INET, AF_INET6) in one table, or in all for table 0: the kernel's
     * own local and broadcast routes as well. Empty if there is no such table.
     */
    public List<Route> list(int family, int table) {
        NetlinkRequest request =
                new NetlinkRequest(RtNetlink.RTM_GETROUTE, 0, "list routes of table " + table)
                        .header((byte) family, (byte) 0, (byte) 0, (byte) 0)
                        .header((byte) 0, (byte) 0, (byte) 0, (byte) 0)
                        .headerInt(0);
        if (table != RtNetlink.RT_TABLE_UNSPEC) {
            request.putInt(RtNetlink.RTA_TABLE, table);
        }
        try {
            return read(request, table);
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                return List.of();
            }
            throw e;
        }
    }

    private List<Route> read(NetlinkRequest request, int table) {
        List<Route> routes = new ArrayList<>();
        for (NetlinkMessage message : socket.dump(request)) {
            if (!RouteMessage.isIp(message)) {
                continue;
            }
            Route route = RouteMessage.read(message);
            // Kernels before 4.20 know no filter.
            if (table == RtNetlink.RT_TABLE_UNSPEC || route.table() == table) {
                routes.add(route);
            }
        }
        return routes;
    }
}
