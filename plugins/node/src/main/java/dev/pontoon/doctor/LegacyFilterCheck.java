package dev.pontoon.doctor;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.linux.nft.ChainForecast;
import dev.pontoon.linux.nft.ForwardedPacket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The chain FORWARD of iptables-legacy, which nf_tables does not show and cannot open. */
final class LegacyFilterCheck implements Check {
    private static final String FORWARD = "FORWARD";

    @Override
    public String name() {
        return "legacy-filter";
    }

    @Override
    public String subject() {
        return "the chain FORWARD of iptables-legacy";
    }

    @Override
    public List<Finding> look(Node node) {
        List<Finding> findings = new ArrayList<>();
        for (boolean v4 : new boolean[] {true, false}) {
            Optional<IptablesTable> table = IptablesTable.legacy("", v4, "filter");
            if (table.isPresent()) {
                findings.addAll(ofVersion(node, v4, new LegacyRules(table.get().list())));
            } else if (IptablesTable.hasLegacy(v4, "filter")) {
                findings.add(unreadable(v4));
            }
        }
        return findings;
    }

    private static List<Finding> ofVersion(Node node, boolean v4, LegacyRules rules) {
        Map<String, List<Crossing>> refused = new LinkedHashMap<>();
        for (Crossing each : Crossing.all(node)) {
            if (each.address().isV4() == v4 && refuses(rules, each.packets())) {
                refused.computeIfAbsent(each.network(), _ -> new ArrayList<>()).add(each);
            }
        }
        return refused.values().stream().map(each -> finding(node, v4, each)).toList();
    }

    private static boolean refuses(LegacyRules rules, List<ForwardedPacket> packets) {
        return packets.stream()
                .anyMatch(packet ->
                        new ChainForecast(chain -> rules.outcomes(chain, packet))
                                .refuses(FORWARD, rules.dropsByDefault(FORWARD)));
    }

    private static Finding finding(Node node, boolean v4, List<Crossing> refused) {
        List<String> addresses =
                refused.stream().map(each -> each.address().address().toString()).toList();
        String network = refused.getFirst().network();
        boolean isAttached = refused.getFirst().isAttached();
        return new Finding(
                isAttached ? Severity.BROKEN : Severity.WILL_BREAK,
                "chain FORWARD of " + program(v4),
                "refuses packets and has no rule that lets network \"" + network + "\" through",
                (isAttached ? Text.several(addresses) + " cannot" : "its containers will not")
                        + " reach what is outside: what nftables accepts, this chain still drops",
                mend(node, v4, network, refused));
    }

    private static Mend mend(Node node, boolean v4, String network, List<Crossing> refused) {
        boolean hasFirewall =
                node.network(network).flatMap(each -> each.plugin("firewall")).isPresent();
        if (hasFirewall) {
            return Mend.by(program(v4) + " -P FORWARD ACCEPT")
                    .knowing(
                            "if it shall drop, set \"backend\": \"iptables\" for firewall, with iptables being"
                                    + " that program");
        }
        List<String> commands = new ArrayList<>();
        refused.stream()
                .map(each -> each.address().network().toString())
                .distinct()
                .forEach(subnet -> {
                    commands.add(program(v4) + " -I FORWARD -s " + subnet + " -j ACCEPT");
                    commands.add(program(v4) + " -I FORWARD -d " + subnet + " -j ACCEPT");
                });
        return Mend.by(commands)
                .knowing(
                        "better have one kind of iptables on a host: update-alternatives --config iptables");
    }

    private static Finding unreadable(boolean v4) {
        return new Finding(
                Severity.ADVICE,
                "table filter of " + program(v4),
                "exists, and there is no program " + program(v4) + " to read it with",
                "if its chain FORWARD drops, containers reach nothing outside, and nothing here can tell",
                Mend.byHand("install the package iptables, and run pontoon doctor again"));
    }

    private static String program(boolean v4) {
        return v4 ? "iptables-legacy" : "ip6tables-legacy";
    }
}
