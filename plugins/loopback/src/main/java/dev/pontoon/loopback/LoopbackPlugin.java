package dev.pontoon.loopback;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Sets the container's {@code lo} up. It keeps nothing, so GC has nothing to remove. */
public final class LoopbackPlugin implements Plugin {
    private static final String LO = "lo";
    private static final String NO_MAC = "00:00:00:00:00:00";

    @Override
    public String name() {
        return "loopback";
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        Optional<AddResult> previous = request.config().prevResult();
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                NetlinkSocket socket = netns.routeSocket()) {
            Links links = new Links(socket);
            Link lo = require(links);
            requireOnlyLoopback(lo, socket);
            if (!lo.up()) {
                links.setUp(lo.index());
            }
            return previous.orElseGet(
                    () -> result(require(links), socket, request.environment().netns()));
        }
    }

    /** An address of the network on lo would become reachable by setting it up. */
    private static void requireOnlyLoopback(Link lo, NetlinkSocket socket) {
        for (Address address : new Addresses(socket).list(lo.index())) {
            Cidr cidr = new Cidr(Ip.of(address.address()), address.prefixLength());
            if (!cidr.address().isLoopback()) {
                throw new CniException(
                        ErrorCode.INVALID_NETNS,
                        "set up lo: it has the address "
                                + cidr
                                + ", which is not a loopback address",
                        "remove that address from lo in the container's namespace");
            }
        }
    }

    private static AddResult result(Link lo, NetlinkSocket socket, String netns) {
        List<IpConfig> ips = new ArrayList<>();
        for (boolean v4 : new boolean[] {true, false}) {
            first(new Addresses(socket).list(lo.index()), v4)
                    .ifPresent(cidr -> ips.add(new IpConfig(cidr, null, 0)));
        }
        NetworkInterface named = NetworkInterface.ofContainer(LO, NO_MAC, lo.mtu(), netns);
        return new AddResult(List.of(named), ips, List.of(), Dns.NONE);
    }

    private static Optional<Cidr> first(List<Address> addresses, boolean v4) {
        for (Address address : addresses) {
            Cidr cidr = new Cidr(Ip.of(address.address()), address.prefixLength());
            if (cidr.isV4() == v4) {
                return Optional.of(cidr);
            }
        }
        return Optional.empty();
    }

    @Override
    public void check(Request.Check request, Call call) {
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                NetlinkSocket socket = netns.routeSocket()) {
            if (!require(new Links(socket)).up()) {
                throw new CniException(
                        ErrorCode.CHECK_FAILED, "lo is down in " + request.environment().netns());
            }
        }
    }

    @Override
    public void del(Request.Del request, Call call) {
        try (NetworkNamespace netns =
                Sandbox.openIfAlive(request.environment(), call).orElse(null)) {
            if (netns != null) {
                setDown(netns);
            }
        }
    }

    /**
     * Where another link is up the namespace is in use, and the path may lead to another container
     * by now: its lo is not ours to set down, and nobody misses it in one that is about to go.
     */
    private static void setDown(NetworkNamespace netns) {
        try (NetlinkSocket socket = netns.routeSocket()) {
            Links links = new Links(socket);
            for (Link each : links.list()) {
                if (each.up() && !each.name().equals(LO)) {
                    return;
                }
            }
            Optional<Link> lo = links.find(LO);
            if (lo.isPresent() && lo.get().up()) {
                links.setDown(lo.get().index());
            }
        }
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        // There is nothing outside the namespaces, and those are the runtime's.
    }

    @Override
    public void status(Request.Status request, Call call) {
        // Every namespace has a lo.
    }

    private static Link require(Links links) {
        return links.find(LO)
                .orElseThrow(() -> new KernelException("find lo in the container", Errno.ENODEV));
    }
}
