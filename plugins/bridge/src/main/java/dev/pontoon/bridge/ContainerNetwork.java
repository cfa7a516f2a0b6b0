package dev.pontoon.bridge;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Announcement;
import dev.pontoon.linux.Batch;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.Routes;
import dev.pontoon.linux.Sysctl;
import dev.pontoon.linux.uapi.IfAddr;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Addresses and routes inside the container. */
final class ContainerNetwork {
    private static final long DETECTION_LIMIT_NANOS = 10_000_000_000L;
    private static final long DETECTION_PAUSE_NANOS = 20_000_000;

    private final NetworkNamespace netns;
    private final NetlinkSocket socket;
    private final Link link;
    private final Log log;

    ContainerNetwork(NetworkNamespace netns, NetlinkSocket socket, Link link, Log log) {
        this.netns = netns;
        this.socket = socket;
        this.link = link;
        this.log = log;
    }

    /** Sets the interface up with the addresses and routes of an IPAM result. */
    void configure(AddResult addresses, boolean enableDad) {
        if (has(addresses.ips(), false)) {
            netns.inside(() -> writeIpv6Settings(enableDad));
        }
        Batch batch = new Batch(socket);
        if (has(addresses.ips(), true)) {
            // Announces the address again whenever the interface comes back up.
            batch.links().setArpNotify(link.index());
        }
        for (IpConfig ip : addresses.ips()) {
            int flags = ip.address().isV4() || enableDad ? 0 : IfAddr.IFA_F_NODAD;
            batch.addresses()
                    .add(
                            link.index(),
                            ip.address().address().bytes(),
                            ip.address().prefixLength(),
                            flags);
        }
        batch.links().setUp(link.index());
        batch.execute();
        addRoutes(addresses);
    }

    /** Sets the interface up without addresses. */
    void setUp() {
        new Links(socket).setUp(link.index());
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

    /** The addresses among these that the interface does not have yet. */
    List<Cidr> missing(List<IpConfig> ips) {
        List<Address> present = new Addresses(socket).list(link.index());
        List<Cidr> missing = new ArrayList<>();
        for (IpConfig ip : ips) {
            byte[] wanted = ip.address().address().bytes();
            int prefixLength = ip.address().prefixLength();
            if (!isAmong(present, wanted, prefixLength)) {
                missing.add(ip.address());
            }
        }
        return missing;
    }

    private static boolean isAmong(List<Address> present, byte[] wanted, int prefixLength) {
        for (Address each : present) {
            if (each.is(wanted, prefixLength)) {
                return true;
            }
        }
        return false;
    }

    /** The routes of an IPAM result that the container does not have yet. */
    List<dev.pontoon.linux.Route> missingRoutes(AddResult addresses) {
        Routes routes = new Routes(socket);
        List<dev.pontoon.linux.Route> missing = new ArrayList<>();
        for (Route route : addresses.routes()) {
            dev.pontoon.linux.Route wanted = kernelRoute(route, gatewayOf(route, addresses.ips()));
            if (!isAmong(routes.list(wanted.family(), wanted.table()), wanted)) {
                missing.add(wanted);
            }
        }
        return missing;
    }

    private static boolean isAmong(
            List<dev.pontoon.linux.Route> present, dev.pontoon.linux.Route wanted) {
        for (dev.pontoon.linux.Route each : present) {
            if (isSame(each, wanted)) {
                return true;
            }
        }
        return false;
    }

    /** The kernel gives IPv6 routes a metric where none was asked for. */
    private static boolean isSame(dev.pontoon.linux.Route present, dev.pontoon.linux.Route wanted) {
        byte[] gateway = wanted.gateway();
        return present.leadsTo(wanted.destination(), wanted.prefixLength())
                && present.over(wanted.link())
                && (gateway == null ? present.gateway() == null : present.via(gateway))
                && (wanted.metric() == 0 || wanted.metric() == present.metric());
    }

    private void addRoutes(AddResult addresses) {
        Routes routes = new Routes(socket);
        for (Route route : addresses.routes()) {
            try {
                routes.prepend(kernelRoute(route, gatewayOf(route, addresses.ips())));
            } catch (KernelException e) {
                // This very route is there already, from another network of the container.
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

    /**
     * Waits until the kernel has found that nobody else has the IPv6 addresses. Throws code 104 if
     * somebody has one, 100 if it takes longer than ten seconds.
     */
    void awaitDetection(List<IpConfig> ips, StopSignal stop) {
        if (!has(ips, false)) {
            return;
        }
        long end = System.nanoTime() + DETECTION_LIMIT_NANOS;
        while (isTentative(ips)) {
            stop.check();
            if (System.nanoTime() > end) {
                throw new CniException(
                        ErrorCode.KERNEL,
                        "wait for duplicate address detection on "
                                + link.name()
                                + ": it takes longer than ten seconds",
                        "see `ip -6 address show dev " + link.name() + "` in the container");
            }
            LockSupport.parkNanos(DETECTION_PAUSE_NANOS);
        }
    }

    private boolean isTentative(List<IpConfig> ips) {
        boolean tentative = false;
        for (Address each : new Addresses(socket).list(link.index())) {
            if (each.duplicate() && isOf(ips, each)) {
                throw new CniException(
                        ErrorCode.NO_ADDRESS,
                        "use "
                                + Ip.of(each.address())
                                + " on "
                                + link.name()
                                + ": another host of the network has this address",
                        "take it from there, or give out another one");
            }
            // The link-local one as well: the container finds its neighbours with it.
            tentative |= each.tentative() && !each.duplicate();
        }
        return tentative;
    }

    private static boolean isOf(List<IpConfig> ips, Address address) {
        for (IpConfig ip : ips) {
            if (address.is(ip.address().address().bytes())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Tells the network who has the addresses now, so that nobody goes on sending to their last
     * holder.
     *
     * @param now the interface as it is now
     */
    void announce(Link now, List<IpConfig> ips) {
        for (IpConfig ip : ips) {
            byte[] address = ip.address().address().bytes();
            if (ip.address().isV4()) {
                Announcement.gratuitousArp(netns, socket, now, link.mac(), address);
            } else {
                Announcement.unsolicitedNeighbourAdvertisement(
                        netns, link.index(), link.mac(), address);
            }
        }
    }
}
