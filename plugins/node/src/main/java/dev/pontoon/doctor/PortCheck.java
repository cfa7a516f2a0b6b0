package dev.pontoon.doctor;

import dev.pontoon.attachment.AttachmentRecord;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.protocol.ConfigObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The host's links that lead to containers. */
final class PortCheck implements Check {
    @Override
    public String name() {
        return "ports";
    }

    @Override
    public String subject() {
        return "the links that lead to containers";
    }

    @Override
    public List<Finding> look(Node node) {
        Links links = node.links();
        List<Finding> findings = new ArrayList<>();
        for (AttachedContainer container : node.living()) {
            Optional<AttachmentRecord> record =
                    container.record().filter(AttachmentRecord::isReadable);
            if (record.isPresent()) {
                findings.addAll(of(node, container, links.find(container.hostVeth()), links));
            }
        }
        return findings;
    }

    private static List<Finding> of(
            Node node, AttachedContainer container, Optional<Link> link, Links links) {
        String name = container.hostVeth();
        if (link.isEmpty()) {
            return List.of(
                    new Finding(
                            Severity.BROKEN,
                            "link " + name,
                            "is gone, and " + container + " is not",
                            "the container reaches nobody",
                            Mend.byHand(
                                    "start the container anew: no command makes its interface again")));
        }
        List<Finding> findings = new ArrayList<>();
        if (!link.get().up()) {
            findings.add(finding(container, "is down", Mend.by("ip link set " + name + " up")));
        }
        Optional<Link> bridge = links.find(container.bridge()).filter(Link::isBridge);
        if (bridge.isPresent() && link.get().master() != bridge.get().index()) {
            findings.add(
                    finding(
                            container,
                            "is no port of " + container.bridge(),
                            back(node, container)));
        }
        return findings;
    }

    /** A port that leaves its bridge forgets how it was set. */
    private static Mend back(Node node, AttachedContainer container) {
        String set = "ip link set " + container.hostVeth();
        List<String> commands = new ArrayList<>();
        commands.add(set + " master " + container.bridge());
        Optional<ConfigObject> config =
                node.network(container.attachment().network())
                        .flatMap(network -> network.plugin("bridge"));
        if (config.isEmpty()) {
            return Mend.by(commands);
        }
        if (config.get().flag("hairpinMode")) {
            commands.add(set + " type bridge_slave hairpin on");
        }
        if (config.get().flag("portIsolation")) {
            commands.add(set + " type bridge_slave isolated on");
        }
        boolean hasVlans = config.get().has("vlan") || config.get().has("vlanTrunk");
        return hasVlans
                ? Mend.by(commands)
                        .knowing("its VLANs come back when the container is started anew")
                : Mend.by(commands);
    }

    private static Finding finding(AttachedContainer container, String fault, Mend mend) {
        return new Finding(
                Severity.BROKEN,
                "link " + container.hostVeth(),
                fault + ", and leads to " + container,
                "the container reaches nobody",
                mend);
    }
}
