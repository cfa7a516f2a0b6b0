package dev.pontoon.doctor;

import dev.pontoon.attachment.AttachmentRecord;
import dev.pontoon.attachment.Masquerading;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Environment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Masquerading and port maps of living containers that somebody has flushed since. */
final class RulesCheck implements Check {
    private static final Table OWN = new Table(Family.INET, "pontoon");
    private static final List<String> LEADING = List.of("_prerouting", "_output", "_lookup");
    private static final List<String> HOOKED = List.of("_prerouting", "_output", "_postrouting");

    @Override
    public String name() {
        return "rules";
    }

    @Override
    public String subject() {
        return "masquerading and port maps of every container";
    }

    @Override
    public List<Finding> look(Node node) {
        Masquerading masquerading =
                new Masquerading(node.host(), Environment.ofOperator(System.getenv()));
        Map<String, Integer> ports = portsByOwner(node);
        List<String> unmasqueraded = new ArrayList<>();
        List<String> unmapped = new ArrayList<>();
        for (AttachedContainer container : node.living()) {
            container
                    .record()
                    .filter(AttachmentRecord::isFinished)
                    .flatMap(record -> masquerading.unserved(record).stream().findFirst())
                    .ifPresent(address -> unmasqueraded.add(address + " (" + container + ")"));
            container
                    .of("portmap")
                    .filter(LedgerEntry::finished)
                    .filter(entry -> isIncomplete(node, entry, ports))
                    .ifPresent(_ -> unmapped.add(container.toString()));
        }
        List<Finding> findings = new ArrayList<>();
        if (!unmasqueraded.isEmpty()) {
            findings.add(
                    lost(
                            "masquerading of " + Text.several(unmasqueraded),
                            "they get no answers from outside"));
        }
        if (!unmapped.isEmpty()) {
            findings.add(
                    lost(
                            "host ports of " + Text.several(unmapped),
                            "connections to these host ports are refused or time out"));
        }
        return findings;
    }

    /** How many ports our table maps for each owner. */
    private static Map<String, Integer> portsByOwner(Node node) {
        Map<String, Integer> ports = new HashMap<>();
        if (node.nftables().isPresent()) {
            Nftables nftables = node.nftables().get();
            for (String map : nftables.sets(OWN)) {
                if (map.startsWith("hostport_v") && (map.endsWith("_any") || map.endsWith("_at"))) {
                    for (SetElement each : nftables.elements(OWN, map)) {
                        ports.merge(each.comment(), 1, Integer::sum);
                    }
                }
            }
        }
        return ports;
    }

    /** Those of the iptables backend are CHECK's to judge. */
    private static boolean isIncomplete(Node node, LedgerEntry entry, Map<String, Integer> ports) {
        String forwards = entry.fact("forwards").orElse("");
        if (forwards.isEmpty() || !entry.fact("backend").orElse("").equals("nftables")) {
            return false;
        }
        return ports.getOrDefault(OwnerTag.of(entry.attachment()), 0) < forwards.split(" ").length
                || !isHooked(node, entry.fact("dispatches").orElse(""));
    }

    private static boolean isHooked(Node node, String dispatches) {
        Nftables nftables = node.nftables().orElseThrow();
        for (String dispatch : dispatches.split(" ")) {
            boolean leads =
                    LEADING.stream()
                            .allMatch(chain -> !nftables.rules(OWN, dispatch + chain).isEmpty());
            boolean isBased =
                    HOOKED.stream()
                            .allMatch(chain ->
                                    nftables.chain(OWN, dispatch + chain)
                                            .filter(found -> found.base() != null)
                                            .isPresent());
            if (!leads || !isBased) {
                return false;
            }
        }
        return true;
    }

    private static Finding lost(String object, String consequence) {
        return new Finding(
                Severity.BROKEN,
                object,
                "has lost rules of nftables or iptables that an ADD made",
                consequence,
                Mend.by(Home.command() + " repair")
                        .knowing(
                                "somebody has flushed them, as \"nft flush ruleset\" and a restart of the service"
                                        + " nftables do"));
    }
}
