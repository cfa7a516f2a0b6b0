package dev.pontoon.attachment;

import dev.pontoon.linux.Batch;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.Routes;
import dev.pontoon.linux.Sysctl;
import dev.pontoon.linux.uapi.IfAddr;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.plugin.Log;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.Route;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses and routes of an interface inside the container. */
public final class ContainerNetwork {
    private final NetworkNamespace netns;
    private final NetlinkSocket socket;
    private final Link link;
    private final Log log;

    /**
     * @param netns the container's namespace
     * @param socket a socket into it
     * @param link the interface
     * @param log where it is told what the container goes without
     */
    public ContainerNetwork(NetworkNamespace netns, NetlinkSocket socket, Link link, Log log) {
        this.netns = netns;
        this.socket = socket;
        this.link = link;
        this.log = log;
    }

    /**
     * Sets the interface up with addresses. Unless duplicates are to be looked for, IPv6 addresses
     * can be used as soon as this returns.
     *
     * @param enableDad whether the kernel looks for duplicates of IPv6 addresses before they are
     *     used
     * @param addressFlags IFA_F_… bits that every address gets
     */
    public void setUp(List<IpConfig> ips, boolean enableDad, int addressFlags) {
        if (has(ips, false)) {
            netns.inside(() -> writeIpv6Settings(enableDad));
        }
        Batch batch = new Batch(socket);
        if (has(ips, true)) {
            // Announces the address again whenever the interface comes back up.
            batch.links().setArpNotify(link.index());
        }
        for (IpConfig ip : ips) {
            int detection = ip.address().isV4() || enableDad ? 0 : IfAddr.IFA_F_NODAD;
            batch.addresses()
                    .add(
                            link.index(),
                            ip.address().address().bytes(),
                            ip.address().prefixLength(),
                            detection | addressFlags);
        }
        batch.links().setUp(link.index());
        batch.execute();
    }

    private void writeIpv6Settings(boolean enableDad) {
        Sysctl.ensure("0", "net", "ipv6", "conf", "lo", "disable_ipv6");
        Sysctl.ensure("0", "net", "ipv6", "conf", link.name(), "disable_ipv6");
        prefer("1", "net", "ipv6", "conf", link.name(), "keep_addr_on_down");
        if (enableDad) {
            prefer("1", "net", "ipv6", "conf", link.name(), "enhanced_dad");
        }
        // Also for the link-local address, which the kernel adds by itself.
        prefer(enableDad ? "1" : "0", "net", "ipv6", "conf", link.name(), "accept_dad");
    }

    /** The container works without it, so a read-only /proc/sys is no reason to fail. */
    private void prefer(String value, String... path) {
        try {
            Sysctl.ensure(value, path);
        } catch (KernelException e) {
            if (!(e.is(Errno.EROFS) || e.is(Errno.EACCES) || e.is(Errno.EPERM))) {
                throw e;
            }
            log.line("the container works without it: " + e.getMessage());
        }
    }

    private static boolean has(List<IpConfig> ips, boolean v4) {
        for (IpConfig ip : ips) {
            if (ip.address().isV4() == v4) {
                return true;
            }
        }
        return false;
    }

    /** The routes of an IPAM result as the kernel is to have them, over this interface. */
    public List<dev.pontoon.linux.Route> routesOf(AddResult addresses) {
        List<dev.pontoon.linux.Route> routes = new ArrayList<>();
        for (Route route : addresses.routes()) {
            routes.add(kernelRoute(route, gatewayOf(route, addresses.ips())));
        }
        return routes;
    }

    /**
     * Adds routes in this order, each before others to the same destination. One that is there
     * already, from another network of the container, is passed over.
     */
    public void addRoutes(List<dev.pontoon.linux.Route> wanted) {
        Routes routes = new Routes(socket);
        for (dev.pontoon.linux.Route route : wanted) {
            try {
                routes.prepend(route);
            } catch (KernelException e) {
                if (!e.is(Errno.EEXIST)) {
                    throw e;
                }
            }
        }
    }

    /**
     * A route without a gateway takes that of its family, unless it is meant to end on the link.
     */
    private static @Nullable Ip gatewayOf(Route route, List<IpConfig> ips) {
        if (route.gateway() != null) {
            return route.gateway();
        }
        Integer scope = route.scope();
        if (scope != null && scope != RtNetlink.RT_SCOPE_UNIVERSE) {
            return null;
        }
        for (IpConfig ip : ips) {
            if (ip.gateway() != null && ip.address().isV4() == route.destination().isV4()) {
                return ip.gateway();
            }
        }
        return null;
    }

    private dev.pontoon.linux.Route kernelRoute(Route route, @Nullable Ip gateway) {
        dev.pontoon.linux.Route.Builder built =
                dev.pontoon.linux.Route.to(
                                route.destination().address().bytes(),
                                route.destination().prefixLength(),
                                link.index())
                        .gateway(gateway == null ? null : gateway.bytes())
                        .metric(route.priority())
                        .mtu(route.mtu())
                        .advmss(route.advmss());
        Integer table = route.table();
        if (table != null) {
            built.table(table);
        }
        Integer scope = route.scope();
        if (scope != null) {
            built.scope(scope);
        }
        return built.build();
    }
}
