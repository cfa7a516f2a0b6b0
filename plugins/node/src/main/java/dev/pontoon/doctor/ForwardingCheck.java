package dev.pontoon.doctor;

import dev.pontoon.linux.Link;
import dev.pontoon.protocol.Cidr;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether the host forwards what containers send. Without containers it need not: an ADD switches
 * forwarding on.
 */
final class ForwardingCheck implements Check {
    @Override
    public String name() {
        return "forwarding";
    }

    @Override
    public String subject() {
        return "forwarding between links";
    }

    @Override
    public List<Finding> look(Node node) {
        List<Finding> findings = new ArrayList<>();
        for (boolean v4 : new boolean[] {true, false}) {
            List<Cidr> addresses = addresses(node, v4);
            if (!addresses.isEmpty()) {
                findings.addAll(ofVersion(node, v4, addresses));
            }
        }
        return findings;
    }

    /** Of containers whose packets the host is to forward. */
    private static List<Cidr> addresses(Node node, boolean v4) {
        List<Cidr> addresses = new ArrayList<>();
        for (AttachedContainer container : node.living()) {
            if (isRouted(node, container)) {
                container.addresses().stream()
                        .filter(each -> each.isV4() == v4)
                        .forEach(addresses::add);
            }
        }
        return addresses;
    }

    private static boolean isRouted(Node node, AttachedContainer container) {
        return container.of("ptp").isPresent()
                || node.network(container.attachment().network())
                        .map(Network::isRouted)
                        .orElse(false);
    }

    private static List<Finding> ofVersion(Node node, boolean v4, List<Cidr> addresses) {
        String[] all =
                v4
                        ? new String[] {"net", "ipv4", "ip_forward"}
                        : new String[] {"net", "ipv6", "conf", "all", "forwarding"};
        if (isOff(node.sysctl(all))) {
            return List.of(finding(String.join(".", all), addresses, v4 ? "IPv4" : "IPv6"));
        }
        List<Finding> findings = new ArrayList<>();
        for (String link : v4 ? links(node) : Set.<String>of()) {
            // sysctl(8) takes dots for slashes, and a slash for a dot.
            if (isOff(node.sysctl("net", "ipv4", "conf", link, "forwarding"))) {
                findings.add(
                        finding(
                                "net.ipv4.conf." + link.replace('.', '/') + ".forwarding",
                                addresses,
                                "IPv4"));
            }
        }
        return findings;
    }

    private static boolean isOff(Optional<String> value) {
        return value.isPresent() && value.get().equals("0");
    }

    /** The links that packets of containers come in by. */
    private static Set<String> links(Node node) {
        Set<String> names = new LinkedHashSet<>();
        for (AttachedContainer each : node.living()) {
            names.add(each.bridge().isEmpty() ? each.hostVeth() : each.bridge());
        }
        node.uplink(true).map(Link::name).ifPresent(names::add);
        names.remove("");
        return names;
    }

    private static Finding finding(String setting, List<Cidr> addresses, String version) {
        return new Finding(
                Severity.BROKEN,
                setting,
                "is 0, so this host does not forward " + version,
                Text.several(addresses.stream().map(each -> each.address().toString()).toList())
                        + " cannot be reached from outside, and reach nothing there",
                Mend.by("sysctl -w " + setting + "=1")
                        .knowing(
                                "if it is 0 again later, something sets it: look in /etc/sysctl.conf and"
                                        + " /etc/sysctl.d"));
    }
}
