package dev.pontoon.doctor;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.protocol.ConfigObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Containers that send longer packets than the way out, or a neighbour's link, takes. */
final class MtuCheck implements Check {
    /** What a link has of which nobody says anything. */
    private static final int USUAL = 1500;

    @Override
    public String name() {
        return "mtu";
    }

    @Override
    public String subject() {
        return "how long packets may be on the way out";
    }

    @Override
    public List<Finding> look(Node node) {
        List<Finding> findings = new ArrayList<>();
        Optional<Link> uplink = node.uplink();
        if (uplink.isPresent()) {
            for (Network network : node.networks()) {
                ofNetwork(node, network, uplink.get()).ifPresent(findings::add);
            }
        }
        if (findings.isEmpty()) {
            findings.addAll(betweenPorts(node));
        }
        return findings;
    }

    private static Optional<Finding> ofNetwork(Node node, Network network, Link uplink) {
        if (!network.isRouted()) {
            return Optional.empty();
        }
        int limit = uplink.mtu();
        int configured = network.mtu() == 0 ? USUAL : network.mtu();
        List<String> commands = new ArrayList<>();
        if (configured > limit) {
            commands.add(configure(network, limit));
        }
        Links links = node.links();
        for (AttachedContainer container : node.living(network)) {
            links.find(container.hostVeth())
                    .filter(link -> link.mtu() > limit)
                    .ifPresent(_ -> commands.addAll(shorten(container, limit)));
        }
        return commands.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Finding(
                                Severity.WILL_BREAK,
                                "network \"" + network.name() + "\" in " + network.file(),
                                (configured > limit
                                                ? "gives containers an MTU of " + configured
                                                : "has containers with a larger MTU")
                                        + ", and "
                                        + uplink.name()
                                        + " takes "
                                        + limit,
                                "large transfers hang or crawl where ICMP messages are lost on the way, though"
                                        + " ping and small requests work",
                                Mend.by(commands)));
    }

    private static String configure(Network network, int limit) {
        String main = network.plugin("bridge").isPresent() ? "bridge" : "ptp";
        ConfigObject plugin = network.plugin(main).orElseThrow();
        String wanted = "\"mtu\": " + limit;
        return plugin.integer("mtu", 0) == 0
                ? Shell.edit("\"type\" *: *\"" + main + "\"", "&, " + wanted, network.file())
                : Shell.edit("\"mtu\" *: *[0-9]*", wanted, network.file());
    }

    /** Both ends of the link to a container. */
    private static List<String> shorten(AttachedContainer container, int mtu) {
        return List.of(
                "nsenter --net="
                        + Shell.word(container.netns())
                        + " ip link set "
                        + Shell.word(container.attachment().ifname())
                        + " mtu "
                        + mtu,
                "ip link set " + container.hostVeth() + " mtu " + mtu);
    }

    /** A bridge does not split packets: what is too long for the other port is gone. */
    private static List<Finding> betweenPorts(Node node) {
        Map<String, Integer> shortest = new HashMap<>();
        Map<AttachedContainer, Integer> lengths = new HashMap<>();
        Links links = node.links();
        for (AttachedContainer container : node.living()) {
            Optional<Link> port = links.find(container.hostVeth());
            if (port.isPresent() && !container.bridge().isEmpty()) {
                lengths.put(container, port.get().mtu());
                shortest.merge(container.bridge(), port.get().mtu(), Math::min);
            }
        }
        List<Finding> findings = new ArrayList<>();
        for (AttachedContainer container : node.living()) {
            int length = lengths.getOrDefault(container, 0);
            int limit = shortest.getOrDefault(container.bridge(), length);
            if (length > limit) {
                findings.add(
                        new Finding(
                                Severity.BROKEN,
                                "link " + container.hostVeth(),
                                "has an MTU of "
                                        + length
                                        + ", and another port of "
                                        + container.bridge()
                                        + " "
                                        + limit
                                        + "; it leads to "
                                        + container,
                                "longer packets to containers on that port are dropped without a word",
                                Mend.by(shorten(container, limit))));
            }
        }
        return findings;
    }
}
