package dev.pontoon.doctor;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Frames that a bridge switches and that pass the filters of IP or do not, as br_netfilter is there
 * or not: what kube-proxy needs, and what a container's own port cannot do without hairpin mode.
 */
final class BridgeFilterCheck implements Check {
    private static final String SETTING = "net.bridge.bridge-nf-call-iptables";

    @Override
    public String name() {
        return "bridge-filter";
    }

    @Override
    public String subject() {
        return "br_netfilter and what it does to bridges";
    }

    @Override
    public List<Finding> look(Node node) {
        boolean filters = isOn(node);
        if (filters) {
            return withoutHairpin(node);
        }
        boolean isUsed = node.living().stream().anyMatch(each -> !each.bridge().isEmpty());
        return isUsed && hasKubeProxy(node) ? List.of(unfiltered(node)) : List.of();
    }

    private static boolean isOn(Node node) {
        return node.sysctl("net", "bridge", "bridge-nf-call-iptables").orElse("0").equals("1");
    }

    /** In its iptables mode; in the others services do not depend on it. */
    private static boolean hasKubeProxy(Node node) {
        Optional<Nftables> nftables = node.nftables();
        return nftables.isPresent()
                && nftables.get().chain(new Table(Family.IPV4, "nat"), "KUBE-SERVICES").isPresent();
    }

    private static Finding unfiltered(Node node) {
        List<String> commands = new ArrayList<>();
        if (node.sysctl("net", "bridge", "bridge-nf-call-iptables").isEmpty()) {
            commands.add("modprobe br_netfilter");
        }
        commands.add("sysctl -w " + SETTING + "=1");
        return new Finding(
                Severity.BROKEN,
                SETTING,
                commands.size() > 1 ? "is missing: br_netfilter is not loaded" : "is 0",
                "kube-proxy cannot lead a pod to a service whose pod is on the same bridge: such connections"
                        + " time out",
                Mend.by(commands)
                        .knowing(
                                "for every boot: br_netfilter in /etc/modules-load.d, the setting in /etc/sysctl.d"));
    }

    private static List<Finding> withoutHairpin(Node node) {
        Map<String, List<AttachedContainer>> ofNetwork = new TreeMap<>();
        for (AttachedContainer container : node.living()) {
            Optional<Link> port = node.links().find(container.hostVeth());
            boolean hasPorts = container.of("portmap").isPresent() && !container.bridge().isEmpty();
            if (hasPorts && port.isPresent() && port.get().master() != 0 && !port.get().hairpin()) {
                ofNetwork
                        .computeIfAbsent(container.attachment().network(), _ -> new ArrayList<>())
                        .add(container);
            }
        }
        List<Finding> findings = new ArrayList<>();
        ofNetwork.forEach(
                (network, containers) -> findings.add(finding(node, network, containers)));
        return findings;
    }

    private static Finding finding(Node node, String network, List<AttachedContainer> containers) {
        List<String> links = containers.stream().map(AttachedContainer::hostVeth).toList();
        Mend mend =
                Mend.by(
                        links.stream()
                                .map(link ->
                                        "ip link set " + link + " type bridge_slave hairpin on")
                                .toList());
        return new Finding(
                Severity.ADVICE,
                "ports " + Text.several(links) + " of network \"" + network + "\"",
                "have host ports mapped to them and send no frames back (hairpin is off), and "
                        + SETTING
                        + " is 1",
                "a container does not reach itself by its own host port: so it is with "
                        + Text.several(
                                containers.stream()
                                        .map(each -> each.attachment().containerId())
                                        .toList()),
                node.network(network)
                        .map(each ->
                                mend.knowing(
                                        "for containers to come: \"hairpinMode\": true for bridge in "
                                                + each.file()))
                        .orElse(mend));
    }
}
