package dev.pontoon.ptp;

import dev.pontoon.attachment.ContainerNetwork;
import dev.pontoon.linux.Batch;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.Route;
import dev.pontoon.linux.uapi.IfAddr;
import dev.pontoon.plugin.Log;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The container's end: its addresses, the way to its gateway, and the routes that IPAM asked for.
 */
final class ContainerEnd {
    private final NetlinkSocket socket;
    private final Link link;
    private final ContainerNetwork network;

    ContainerEnd(NetworkNamespace netns, NetlinkSocket socket, Link link, Log log) {
        this.socket = socket;
        this.link = link;
        this.network = new ContainerNetwork(netns, socket, link, log);
    }

    /** Sets the interface up; its addresses can be used as soon as this returns. */
    void configure(AddResult addresses) {
        // The kernel would take the subnet to be on the link; Linux 4.18 was the first to be told
        // otherwise for IPv4.
        network.setUp(addresses.ips(), false, IfAddr.IFA_F_NOPREFIXROUTE);
        addWaysToGateways(addresses.ips());
        network.addRoutes(reachable(network.routesOf(addresses), addresses.ips()));
    }

    /** Behind those of another interface in the same subnet, whose packets go on as they went. */
    private void addWaysToGateways(List<IpConfig> ips) {
        Batch batch = new Batch(socket);
        for (ContainerRoute route : ContainerRoute.allOf(ips)) {
            batch.routes().append(route.over(link.index()));
        }
        batch.execute();
    }

    /**
     * A next hop that is in the subnet and not its gateway is looked for on the link, though no
     * route says that it is there: a host that answers for others may answer for it.
     */
    static List<Route> reachable(List<Route> routes, List<IpConfig> ips) {
        List<Route> reachable = new ArrayList<>();
        for (Route route : routes) {
            byte[] hop = route.gateway();
            boolean isNeighbour = hop != null && isNeighbour(Ip.of(hop), ips);
            reachable.add(isNeighbour ? onLink(route) : route);
        }
        return reachable;
    }

    private static boolean isNeighbour(Ip hop, List<IpConfig> ips) {
        if (AddressPlan.gateways(ips).contains(hop)) {
            return false;
        }
        for (Cidr address : AddressPlan.cidrs(ips)) {
            if (address.contains(hop)) {
                return true;
            }
        }
        return false;
    }

    private static Route onLink(Route route) {
        return Route.to(route.destination(), route.prefixLength(), route.link())
                .gateway(route.gateway())
                .metric(route.metric())
                .table(route.table())
                .scope(route.scope())
                .mtu(route.mtu())
                .advmss(route.advmss())
                .onLink()
                .build();
    }
}
