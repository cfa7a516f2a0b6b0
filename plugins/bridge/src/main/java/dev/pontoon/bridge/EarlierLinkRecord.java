package dev.pontoon.bridge;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.Route;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a ledger entry says of a port that an earlier plugin of the chain made: by which numbers to
 * know the links again, how they were before, and what was added to the one inside.
 *
 * <p>The host's MAC is not among it: an older Pontoon that finds the entry would take the link for
 * one of its own and delete it.
 */
record EarlierLinkRecord(BridgeRecord record) {
    private static final String HOST_INDEX = "earlierHostIndex";
    private static final String HOST_WAS_UP = "earlierHostWasUp";
    private static final String INSIDE_INDEX = "earlierInsideIndex";
    private static final String INSIDE_WAS_UP = "earlierInsideWasUp";
    private static final String ADDRESSES_ADDED = "addressesAdded";
    private static final String ROUTES_ADDED = "routesAdded";
    private static final String NONE = "-";

    /** What the entry says of such a port; empty if the port is a veth pair of our own. */
    static Optional<EarlierLinkRecord> of(BridgeRecord record) {
        return record.entry().fact(HOST_INDEX).isPresent()
                ? Optional.of(new EarlierLinkRecord(record))
                : Optional.empty();
    }

    /** Whether the link of the host that an entry tells of is there, whoever made it. */
    static boolean isAlive(BridgeRecord record, Links links) {
        Optional<EarlierLinkRecord> given = of(record);
        if (given.isEmpty()) {
            return record.common().isAlive(links);
        }
        Optional<Link> link = links.find(record.hostVeth());
        return link.isPresent() && given.get().isHost(link.get()) && link.get().master() != 0;
    }

    static EarlierLinkRecord begun(BridgeRecord record, EarlierLink port) {
        EarlierLinkRecord begun =
                new EarlierLinkRecord(
                                new BridgeRecord(
                                        record.common()
                                                .withForeignLink(
                                                        port.hostName(), port.containerMac())
                                                .entry()))
                        .with(HOST_INDEX, Integer.toString(port.host().index()))
                        .with(HOST_WAS_UP, Boolean.toString(port.host().up()));
        Link inside = port.inside();
        return inside == null
                ? begun
                : begun.with(INSIDE_INDEX, Integer.toString(inside.index()))
                        .with(INSIDE_WAS_UP, Boolean.toString(inside.up()));
    }

    /** The same with what is about to be added to the container's interface. */
    EarlierLinkRecord adding(List<Cidr> addresses, List<Route> routes) {
        List<String> cidrs = new ArrayList<>();
        for (Cidr each : addresses) {
            cidrs.add(each.toString());
        }
        List<String> lines = new ArrayList<>();
        for (Route each : routes) {
            lines.add(text(each));
        }
        return with(ADDRESSES_ADDED, String.join(" ", cidrs))
                .with(ROUTES_ADDED, String.join(" ", lines));
    }

    private static String text(Route route) {
        byte[] gateway = route.gateway();
        return String.join(
                ",",
                new Cidr(Ip.of(route.destination()), route.prefixLength()).toString(),
                gateway == null ? NONE : Ip.of(gateway).toString(),
                Integer.toString(route.table()),
                Integer.toString(route.metric()));
    }

    private EarlierLinkRecord with(String name, String value) {
        return new EarlierLinkRecord(new BridgeRecord(record.entry().with(name, value)));
    }

    /** Whether it is the host's link: the name may be another one's by now. */
    boolean isHost(Link link) {
        return link.index() == number(HOST_INDEX) && link.name().equals(record.hostVeth());
    }

    boolean hostWasUp() {
        return flag(HOST_WAS_UP);
    }

    /** Whether the previous result listed an interface inside the container. */
    boolean reachesContainer() {
        return record.entry().fact(INSIDE_INDEX).isPresent();
    }

    /** Whether it is the container's interface. */
    boolean isInside(Link link) {
        return link.index() == number(INSIDE_INDEX);
    }

    /** Whether this ADD set the container's interface up, or was about to. */
    boolean wasSetUp() {
        return record.entry().fact(ADDRESSES_ADDED).isPresent() && !flag(INSIDE_WAS_UP);
    }

    /** Whether it is the container's namespace: a path may lead to another one by now. */
    boolean isOf(NetworkNamespace netns) {
        return record.common().isOf(netns);
    }

    List<Cidr> addressesAdded() {
        List<Cidr> addresses = new ArrayList<>();
        for (String text : words(ADDRESSES_ADDED)) {
            Cidr.parse(text).ifPresent(addresses::add);
        }
        return addresses;
    }

    /** The routes that were added, over that link. */
    List<Route> routesAdded(int link) {
        List<Route> routes = new ArrayList<>();
        for (String text : words(ROUTES_ADDED)) {
            route(text.split(","), link).ifPresent(routes::add);
        }
        return routes;
    }

    private static Optional<Route> route(String[] parts, int link) {
        Optional<Cidr> to = parts.length == 4 ? Cidr.parse(parts[0]) : Optional.empty();
        if (to.isEmpty()) {
            return Optional.empty();
        }
        byte[] gateway = Ip.parse(parts[1]).map(Ip::bytes).orElse(null);
        return Optional.of(
                Route.to(to.get().address().bytes(), to.get().prefixLength(), link)
                        .gateway(gateway)
                        .table(Integer.parseInt(parts[2]))
                        .metric(Integer.parseInt(parts[3]))
                        .build());
    }

    private String[] words(String name) {
        String text = record.entry().fact(name).orElse("");
        return text.isEmpty() ? new String[0] : text.split(" ");
    }

    private int number(String name) {
        return Integer.parseInt(record.entry().fact(name).orElse("0"));
    }

    private boolean flag(String name) {
        return record.entry().fact(name).orElse("").equals("true");
    }
}
