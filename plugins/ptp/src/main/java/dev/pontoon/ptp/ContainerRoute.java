package dev.pontoon.ptp;

import dev.pontoon.linux.Route;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route by which the container finds its gateway, or by that the subnet of its address:
 *
 * <pre>
 *   10.1.2.1     dev eth0 scope link   src 10.1.2.2
 *   10.1.2.0/24  via 10.1.2.1 dev eth0 src 10.1.2.2
 * </pre>
 *
 * @param to the gateway or the subnet
 * @param gateway the next hop; null for the gateway itself
 * @param source the address to send from
 */
record ContainerRoute(Cidr to, @Nullable Ip gateway, Ip source) {
    /**
     * In the order in which the kernel takes them. Addresses that share a gateway or a subnet share
     * its route, which has the first one's source; an address without a subnet has none to reach.
     */
    static List<ContainerRoute> allOf(List<IpConfig> ips) {
        List<ContainerRoute> routes = new ArrayList<>();
        for (IpConfig ip : ips) {
            Ip gateway = ip.gateway();
            if (gateway != null) {
                Ip source = ip.address().address();
                Cidr subnet = ip.address().network();
                addUnlessReached(
                        routes, new ContainerRoute(AddressPlan.alone(gateway), null, source));
                if (subnet.prefixLength() < source.bits()) {
                    addUnlessReached(routes, new ContainerRoute(subnet, gateway, source));
                }
            }
        }
        return routes;
    }

    private static void addUnlessReached(List<ContainerRoute> routes, ContainerRoute wanted) {
        for (ContainerRoute each : routes) {
            if (each.to.equals(wanted.to)) {
                return;
            }
        }
        routes.add(wanted);
    }

    /** As the kernel takes it, over that link. */
    Route over(int link) {
        Route.Builder route =
                Route.to(to.address().bytes(), to.prefixLength(), link).source(source.bytes());
        return gateway == null
                ? route.scope(RtNetlink.RT_SCOPE_LINK).build()
                : route.gateway(gateway.bytes()).build();
    }
}
