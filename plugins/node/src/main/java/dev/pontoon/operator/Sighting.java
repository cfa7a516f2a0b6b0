package dev.pontoon.operator;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NotANamespaceException;
import dev.pontoon.linux.Route;
import dev.pontoon.linux.Routes;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel says of an attachment, now.
 *
 * @param state whether it is as it is written down
 * @param reason why it is not; empty if it is
 * @param link the container's interface; null if it could not be seen
 * @param addresses those of the interface, but the kernel's own link-local ones
 * @param routes those over the interface, as text: {@code default via 10.22.0.1}
 */
record Sighting(
        State state,
        String reason,
        @Nullable Link link,
        List<Cidr> addresses,
        List<String> routes) {
    /** How the kernel's truth and what is written down go together. */
    enum State {
        ATTACHED("attached"),
        /** The namespace is gone, and with it whoever was attached. */
        GONE("gone"),
        /** Its path leads nowhere from here, but the namespace lives: the host's end is there. */
        UNREACHABLE("unreachable"),
        /** The namespace is there, but not all of what is written down. */
        CHANGED("changed"),
        /** An ADD was ended before its end. */
        UNFINISHED("unfinished"),
        /** A call is working on it at this moment. */
        BUSY("busy"),
        /** Nobody wrote down which namespace it is. */
        UNKNOWN("unknown");

        private final String word;

        State(String word) {
            this.word = word;
        }

        /** As people and JSON are told it. */
        String word() {
            return word;
        }
    }

    Sighting {
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
    }

    private static Sighting without(State state, String reason) {
        return new Sighting(state, reason, null, List.of(), List.of());
    }

    /**
     * Looks at the container's namespace, which takes root.
     *
     * <p>Whether a namespace is gone the path alone does not tell: in another mount namespace it
     * leads nowhere. But the kernel takes the host's end of a veth pair away with the namespace.
     */
    static Sighting of(KnownAttachment known, Links host) {
        Sighting sighting = byPath(known);
        if (sighting.state != State.GONE || !known.hasHostEnd(host)) {
            return sighting;
        }
        return without(
                State.UNREACHABLE, sighting.reason + ", but the host's end of its wire is there");
    }

    private static Sighting byPath(KnownAttachment known) {
        if (known.busy()) {
            return without(State.BUSY, "a call is working on it");
        }
        String path = known.netns();
        if (path.isEmpty()) {
            return known.isFinished()
                    ? without(State.UNKNOWN, "its namespace was not written down")
                    : without(State.UNFINISHED, "its ADD did not come to its end");
        }
        try (NetworkNamespace netns = NetworkNamespace.open(path)) {
            return inside(known, netns);
        } catch (NotANamespaceException e) {
            return without(State.GONE, "no namespace at " + path);
        } catch (KernelException e) {
            return without(State.UNKNOWN, String.valueOf(e.getMessage()));
        }
    }

    private static Sighting inside(KnownAttachment known, NetworkNamespace netns) {
        boolean another =
                known.entryWithNetns().isPresent() && !known.entryWithNetns().get().isOf(netns);
        if (another || netns.isCurrent()) {
            String whose = netns.isCurrent() ? "the host's own" : "another";
            return without(State.GONE, netns.path() + " leads to " + whose + " namespace by now");
        }
        try (NetlinkSocket route = netns.routeSocket()) {
            return inside(known, route);
        }
    }

    private static Sighting inside(KnownAttachment known, NetlinkSocket route) {
        String ifname = known.attachment().ifname();
        Optional<Link> found = new Links(route).find(ifname);
        if (found.isEmpty()) {
            return without(State.CHANGED, ifname + " is missing in the container");
        }
        Link link = found.get();
        List<Cidr> addresses = addresses(route, link);
        String missing = missing(known.addresses(), addresses);
        State state = missing.isEmpty() ? State.ATTACHED : State.CHANGED;
        String reason = missing.isEmpty() ? "" : missing + " is missing on " + ifname;
        if (!known.isFinished()) {
            state = State.UNFINISHED;
            reason = "its ADD did not come to its end";
        }
        return new Sighting(state, reason, link, addresses, routes(route, link));
    }

    private static List<Cidr> addresses(NetlinkSocket route, Link link) {
        List<Cidr> addresses = new ArrayList<>();
        for (Address each : new Addresses(route).list(link.index())) {
            if (each.scope() != RtNetlink.RT_SCOPE_LINK) {
                addresses.add(new Cidr(Ip.of(each.address()), each.prefixLength()));
            }
        }
        return addresses;
    }

    private static String missing(List<Cidr> written, List<Cidr> there) {
        List<String> missing = new ArrayList<>();
        for (Cidr each : written) {
            if (!there.contains(each)) {
                missing.add(each.toString());
            }
        }
        return String.join(", ", missing);
    }

    /** Those that somebody asked for: the kernel makes others of the addresses. */
    private static List<String> routes(NetlinkSocket socket, Link link) {
        List<String> routes = new ArrayList<>();
        for (int family : new int[] {Netlink.AF_INET, Netlink.AF_INET6}) {
            for (Route each : new Routes(socket).list(family, RtNetlink.RT_TABLE_MAIN)) {
                if (each.over(link.index()) && each.protocol() != RtNetlink.RTPROT_KERNEL) {
                    routes.add(text(each));
                }
            }
        }
        return routes;
    }

    private static String text(Route route) {
        String to =
                route.isDefault()
                        ? "default"
                        : new Cidr(Ip.of(route.destination()), route.prefixLength()).toString();
        byte[] gateway = route.gateway();
        return gateway == null ? to : to + " via " + Ip.of(gateway);
    }
}
