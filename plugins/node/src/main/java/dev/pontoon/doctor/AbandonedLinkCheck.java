package dev.pontoon.doctor;

import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Ports of the networks' bridges that lead to no container: the other end is on this host, in no
 * use, and no ledger knows it.
 */
final class AbandonedLinkCheck implements Check {
    @Override
    public String name() {
        return "abandoned-links";
    }

    @Override
    public String subject() {
        return "ports of bridges that lead nowhere";
    }

    @Override
    public List<Finding> look(Node node) {
        Links links = node.links();
        Set<String> known = new HashSet<>();
        node.living().forEach(each -> known.add(each.hostVeth()));
        node.dead().forEach(each -> known.add(each.hostVeth()));
        Set<String> bridges = new HashSet<>();
        node.networks().forEach(each -> bridges.add(each.bridge()));
        List<Finding> findings = new ArrayList<>();
        for (String bridge : bridges) {
            Optional<Link> found = links.find(bridge).filter(Link::isBridge);
            for (Link port : found.map(each -> links.ports(each.index())).orElse(List.of())) {
                if (port.isVeth()
                        && !known.contains(port.name())
                        && leadsNowhere(node, links, port)) {
                    findings.add(finding(bridge, port));
                }
            }
        }
        return findings;
    }

    private static boolean leadsNowhere(Node node, Links links, Link port) {
        if (port.peerNamespaceId() >= 0) {
            return false;
        }
        Optional<Link> peer = links.find(port.peer());
        return peer.isPresent()
                && peer.get().master() == 0
                && !peer.get().up()
                && new Addresses(node.host().route()).list(peer.get().index()).isEmpty();
    }

    private static Finding finding(String bridge, Link port) {
        return new Finding(
                Severity.ADVICE,
                "link " + port.name(),
                "is a port of " + bridge + ", and its other end is in no container",
                "it is left of an ADD that was killed, and stays until the next boot",
                Mend.by("ip link del " + Shell.word(port.name())));
    }
}
