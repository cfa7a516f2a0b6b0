package dev.pontoon.doctor;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.Route;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Routes of the host that lead a network's addresses elsewhere. */
final class RouteCheck implements Check {
    @Override
    public String name() {
        return "routes";
    }

    @Override
    public String subject() {
        return "the subnets of the networks beside the host's routes";
    }

    @Override
    public List<Finding> look(Node node) {
        List<Finding> findings = new ArrayList<>();
        Set<Integer> own = linksOfNetworks(node);
        for (int family : new int[] {Netlink.AF_INET, Netlink.AF_INET6}) {
            for (Route route : node.routes().list(family, RtNetlink.RT_TABLE_MAIN)) {
                if (!route.isDefault()
                        && !own.contains(route.link())
                        && !isMulticastOrLocal(route)
                        && !isToOneContainer(node, route)) {
                    findings.addAll(about(node, route));
                }
            }
        }
        return findings;
    }

    /** Bridges of networks and what leads to containers: routes over these are meant so. */
    private static Set<Integer> linksOfNetworks(Node node) {
        Set<String> names = new HashSet<>();
        node.networks().forEach(each -> names.add(each.bridge()));
        node.living().forEach(each -> names.add(each.bridge()));
        node.living().forEach(each -> names.add(each.hostVeth()));
        Set<Integer> indexes = new HashSet<>();
        for (Link link : node.links().list()) {
            if (names.contains(link.name())) {
                indexes.add(link.index());
            }
        }
        return indexes;
    }

    /** As ptp makes it: whom the reference plugin attached is not in the ledger. */
    private static boolean isToOneContainer(Node node, Route route) {
        return route.gateway() == null
                && route.prefixLength() == route.destination().length * Byte.SIZE
                && node.links()
                        .find(route.link())
                        .filter(link -> link.isVeth() && link.peerNamespaceId() >= 0)
                        .isPresent();
    }

    private static boolean isMulticastOrLocal(Route route) {
        byte first = route.destination()[0];
        boolean linkLocal = first == (byte) 0xfe && (route.destination()[1] & 0xc0) == 0x80;
        return linkLocal
                || first == (byte) 0xff
                || (route.family() == Netlink.AF_INET && (first & 0xf0) == 0xe0);
    }

    private static List<Finding> about(Node node, Route route) {
        Cidr destination = new Cidr(Ip.of(route.destination()), route.prefixLength());
        List<Finding> findings = new ArrayList<>();
        for (Network network : node.networks()) {
            for (Subnet subnet : network.subnets()) {
                if (network.isRouted() && subnet.network().overlaps(destination)) {
                    finding(node, network, subnet, route, destination).ifPresent(findings::add);
                }
            }
        }
        return findings;
    }

    private static Optional<Finding> finding(
            Node node, Network network, Subnet subnet, Route route, Cidr destination) {
        String way = describe(node, route, destination);
        if (destination.prefixLength() >= subnet.network().prefixLength()) {
            return Optional.of(
                    new Finding(
                            Severity.BROKEN,
                            "network \"" + network.name() + "\" in " + network.file(),
                            "its subnet "
                                    + subnet.text()
                                    + " overlaps with the host's route "
                                    + way,
                            "what is sent to its containers with addresses in "
                                    + destination
                                    + " may go there instead",
                            SubnetCheck.renumber(node, network, subnet)));
        }
        // A wider route loses against the bridge's own, and is no harm unless hosts are there.
        boolean isLan = route.gateway() == null && route.type() == RtNetlink.RTN_UNICAST;
        return isLan
                ? Optional.of(
                        new Finding(
                                Severity.WILL_BREAK,
                                "network \"" + network.name() + "\" in " + network.file(),
                                "its subnet "
                                        + subnet.text()
                                        + " is a part of the network behind "
                                        + way,
                                "machines there with such addresses are not reached from this node or its containers",
                                SubnetCheck.renumber(node, network, subnet)))
                : Optional.empty();
    }

    private static String describe(Node node, Route route, Cidr destination) {
        StringBuilder text = new StringBuilder(destination.toString());
        if (route.gateway() != null) {
            text.append(" via ").append(Ip.of(route.gateway()));
        }
        node.links().find(route.link()).ifPresent(link -> text.append(" dev ").append(link.name()));
        return text.toString();
    }
}
