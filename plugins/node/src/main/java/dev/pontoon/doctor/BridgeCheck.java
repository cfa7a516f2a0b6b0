package dev.pontoon.doctor;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Link;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Bridges that containers are on: there, up, with the gateways' addresses. */
final class BridgeCheck implements Check {
    @Override
    public String name() {
        return "bridges";
    }

    @Override
    public String subject() {
        return "the bridges that containers are on, and their addresses";
    }

    @Override
    public List<Finding> look(Node node) {
        List<Finding> findings = new ArrayList<>();
        Set<String> bridges = new LinkedHashSet<>();
        node.living().forEach(each -> bridges.add(each.bridge()));
        bridges.remove("");
        for (String bridge : bridges) {
            findings.addAll(of(node, bridge));
        }
        return findings;
    }

    private static List<Finding> of(Node node, String bridge) {
        Optional<Link> link = node.links().find(bridge).filter(Link::isBridge);
        if (link.isEmpty()) {
            return List.of(gone(node, bridge));
        }
        List<Finding> findings = new ArrayList<>();
        if (!link.get().up()) {
            findings.add(
                    new Finding(
                            Severity.BROKEN,
                            "bridge " + bridge,
                            "is down",
                            containers(node, bridge) + " reach nobody",
                            Mend.by("ip link set " + bridge + " up")));
        }
        List<Address> present = new Addresses(node.host().route()).list(link.get().index());
        for (Network network : node.networks()) {
            if (network.bridge().equals(bridge) && network.isGateway() && !network.isOnVlan()) {
                for (Subnet subnet : network.subnets()) {
                    gateway(node, bridge, network, subnet, present).ifPresent(findings::add);
                }
            }
        }
        return findings;
    }

    private static Optional<Finding> gateway(
            Node node, String bridge, Network network, Subnet subnet, List<Address> present) {
        boolean isThere = present.stream().anyMatch(each -> each.is(subnet.gateway().bytes()));
        boolean isUsed =
                node.living(network).stream()
                        .flatMap(each -> each.addresses().stream())
                        .anyMatch(each -> subnet.network().contains(each.address()));
        if (isThere || !isUsed) {
            return Optional.empty();
        }
        List<String> commands = new ArrayList<>();
        boolean lacksIpv6 =
                !subnet.isV4()
                        && node.sysctl("net", "ipv6", "conf", bridge, "disable_ipv6")
                                .orElse("0")
                                .equals("1");
        if (lacksIpv6) {
            commands.add("sysctl -w net.ipv6.conf." + bridge.replace('.', '/') + ".disable_ipv6=0");
        }
        commands.add(
                "ip addr add "
                        + subnet.gatewayAddress()
                        + " dev "
                        + bridge
                        + (subnet.isV4() ? "" : " nodad"));
        return Optional.of(
                new Finding(
                        Severity.BROKEN,
                        "bridge " + bridge,
                        "does not have the address "
                                + subnet.gatewayAddress()
                                + (lacksIpv6 ? ", for IPv6 is switched off on it" : ""),
                        "it is the gateway of network \""
                                + network.name()
                                + "\": its containers reach nothing but each other",
                        Mend.by(commands)));
    }

    private static Finding gone(Node node, String bridge) {
        return new Finding(
                Severity.BROKEN,
                "bridge " + bridge,
                "is gone",
                containers(node, bridge) + " reach nobody",
                Mend.by(Home.command() + " repair")
                        .knowing("or start them anew: the next ADD makes the bridge"));
    }

    private static String containers(Node node, String bridge) {
        return Text.several(
                node.living().stream()
                        .filter(each -> each.bridge().equals(bridge))
                        .map(each -> each.attachment().containerId())
                        .toList());
    }
}
