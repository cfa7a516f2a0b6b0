package dev.pontoon.bridge;

import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.Route;
import java.util.ArrayList;
import java.util.List;

/** What an IPAM plugin gave, completed by what the bridge's configuration adds to it. */
final class AddressPlan {
    private AddressPlan() {}

    /**
     * The addresses on the container's interface, with gateways and default routes where the bridge
     * is to be the gateway. Throws code 7 for an address whose subnet has no other one for it.
     */
    static AddResult of(AddResult given, BridgeConfig config) {
        List<IpConfig> ips = new ArrayList<>();
        for (IpConfig ip : given.ips()) {
            IpConfig complete = config.isGateway() ? withGateway(ip) : ip;
            ips.add(complete.on(BridgePlugin.CONTAINER_INDEX));
        }
        List<Route> routes = new ArrayList<>(given.routes());
        if (config.isDefaultGateway()) {
            addDefaultRoute(ips, routes, true);
            addDefaultRoute(ips, routes, false);
        }
        return new AddResult(List.of(), ips, routes, given.dns());
    }

    /** Where IPAM names no gateway it is the first address of the subnet. */
    private static IpConfig withGateway(IpConfig ip) {
        if (ip.gateway() != null) {
            return ip;
        }
        Cidr address = ip.address();
        Ip gateway = firstOf(address);
        if (!address.contains(gateway) || gateway.equals(address.address())) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "find a gateway for "
                            + address
                            + ": the first address of its subnet is not free for it",
                    "name a gateway in ipam, or give out other addresses");
        }
        return ip.via(gateway);
    }

    /** A subnet of two addresses has no network address (RFC 3021): there it is the other one. */
    private static Ip firstOf(Cidr address) {
        Ip network = address.network().address();
        boolean isPair = address.prefixLength() == address.address().bits() - 1;
        Ip first = network.next();
        return isPair && first.equals(address.address()) ? network : first;
    }

    private static void addDefaultRoute(List<IpConfig> ips, List<Route> routes, boolean v4) {
        for (Route route : routes) {
            if (route.isDefault() && route.destination().isV4() == v4 && isInMainTable(route)) {
                return;
            }
        }
        for (IpConfig ip : ips) {
            Ip gateway = ip.gateway();
            if (gateway != null && ip.address().isV4() == v4) {
                routes.add(Route.defaultVia(gateway));
                return;
            }
        }
    }

    /** The kernel takes table 0 for the main one. */
    private static boolean isInMainTable(Route route) {
        Integer table = route.table();
        return table == null
                || table == RtNetlink.RT_TABLE_UNSPEC
                || table == RtNetlink.RT_TABLE_MAIN;
    }
}
