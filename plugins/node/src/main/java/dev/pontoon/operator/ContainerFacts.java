package dev.pontoon.operator;

import dev.pontoon.linux.Link;
import dev.pontoon.plugin.LedgerEntry;
import java.util.ArrayList;
import java.util.List;

/** What a picture says of a container's end of the wire: the kernel's word, then the ledger's. */
final class ContainerFacts {
    private static final int FORWARD_FIELDS = 5;

    private ContainerFacts() {}

    static List<String> of(Seen seen) {
        List<String> facts = new ArrayList<>();
        if (!seen.known().pod().isEmpty()) {
            facts.add("pod " + seen.known().pod());
        }
        Sighting sighting = seen.sighting();
        if (sighting.state() != Sighting.State.ATTACHED) {
            facts.add(seen.state());
        }
        facts.addAll(seen.isGone() ? seen.addresses() : texts(sighting));
        Link link = sighting.link();
        if (link != null) {
            facts.add(
                    (link.macText().isEmpty() ? "" : link.macText() + "  ")
                            + "mtu "
                            + link.mtu()
                            + (link.up() ? "" : ", down"));
        }
        facts.addAll(sighting.routes());
        addPlugins(seen.known(), facts);
        return facts;
    }

    private static List<String> texts(Sighting sighting) {
        List<String> texts = new ArrayList<>();
        sighting.addresses().forEach(each -> texts.add(each.toString()));
        return texts;
    }

    private static void addPlugins(KnownAttachment known, List<String> facts) {
        String masquerade = known.fact("masquerade");
        if (!masquerade.isEmpty()) {
            facts.add("masqueraded by " + masquerade);
        }
        for (LedgerEntry entry : known.entries()) {
            for (String forward : entry.fact("forwards").orElse("").split(" ")) {
                if (!forward.isEmpty()) {
                    facts.add("port " + forward(forward));
                }
            }
            String policy = entry.fact("ingressPolicy").orElse("");
            if (!policy.isEmpty() && !policy.equals("open")) {
                facts.add("firewall " + policy);
            }
        }
    }

    /**
     * As portmap writes it: protocol, host's address or *, its port, container's address and port.
     */
    private static String forward(String text) {
        String[] fields = text.split(",", -1);
        if (fields.length != FORWARD_FIELDS) {
            return text;
        }
        String host = fields[1].equals("*") ? "" : fields[1] + " ";
        return host + fields[2] + "/" + fields[0] + " leads to " + fields[3] + " " + fields[4];
    }
}
