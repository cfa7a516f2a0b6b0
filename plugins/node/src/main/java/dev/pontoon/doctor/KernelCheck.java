package dev.pontoon.doctor;

import dev.pontoon.linux.LinkKind;
import dev.pontoon.protocol.ConfigObject;
import java.util.ArrayList;
import java.util.List;

/** What networks need of the kernel, and it does not have. */
final class KernelCheck implements Check {
    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public String subject() {
        return "what the kernel has for them";
    }

    @Override
    public List<Finding> look(Node node) {
        List<Finding> findings = new ArrayList<>();
        if (uses(node, "bridge") && !has(node, LinkKind.BRIDGE)) {
            findings.add(
                    missing(
                            "bridge",
                            "bridges",
                            "no container gets into a network of type bridge"));
        }
        if ((uses(node, "bridge") || uses(node, "ptp")) && !has(node, LinkKind.VETH)) {
            findings.add(missing("veth", "veth pairs", "no container gets an interface"));
        }
        if (usesNftables(node) && node.nftables().isEmpty()) {
            findings.add(
                    missing(
                            "nf_tables",
                            "nftables",
                            "masquerading, port maps and firewall are refused, and with them every ADD that"
                                    + " asks for them"));
        }
        return findings;
    }

    private static boolean uses(Node node, String type) {
        return node.networks().stream().anyMatch(each -> each.plugin(type).isPresent());
    }

    private static boolean usesNftables(Node node) {
        return node.networks().stream()
                .flatMap(each -> each.plugins().stream())
                .anyMatch(KernelCheck::usesNftables);
    }

    private static boolean usesNftables(ConfigObject plugin) {
        return switch (Network.type(plugin)) {
            case "bridge", "ptp" ->
                    plugin.flag("macspoofchk")
                            || (plugin.flag("ipMasq")
                                    && !plugin.text("ipMasqBackend", "").equals("iptables"));
            case "portmap" -> !plugin.text("backend", "").equals("iptables");
            default -> false;
        };
    }

    /** One that is there says that there can be; the question itself may load the module. */
    private static boolean has(Node node, LinkKind kind) {
        return node.links().list().stream().anyMatch(each -> each.kind().equals(kind))
                || node.links().canMake(kind);
    }

    private static Finding missing(String module, String what, String consequence) {
        return new Finding(
                Severity.BROKEN,
                "kernel module " + module,
                "is not loaded, and the kernel has no " + what,
                consequence,
                Mend.by("modprobe " + module)
                        .knowing(
                                "if there is no such module, install the kernel's package of further modules; for"
                                        + " every boot: a line in /etc/modules-load.d"));
    }
}
