package dev.pontoon.doctor;

import dev.pontoon.attachment.Program;
import dev.pontoon.linux.nft.BaseChain;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.ChainForecast;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.ForwardedPacket;
import dev.pontoon.linux.nft.Hook;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.RuleOutcome;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Chains of nftables, those of iptables-nft among them, that refuse what containers send or get.
 */
final class ForwardFilterCheck implements Check {
    private static final String OWN = "pontoon";

    @Override
    public String name() {
        return "forward-filter";
    }

    @Override
    public String subject() {
        return "nftables' filters of forwarded packets (iptables-nft, firewalld, ufw)";
    }

    @Override
    public List<Finding> look(Node node) {
        Optional<Nftables> nftables = node.nftables();
        List<Finding> findings = new ArrayList<>();
        if (nftables.isPresent()) {
            List<Crossing> crossings = Crossing.all(node);
            for (Table table : nftables.get().tables()) {
                if (!table.name().equals(OWN)) {
                    findings.addAll(of(node, nftables.get(), table, crossings));
                }
            }
        }
        return findings;
    }

    private static List<Finding> of(
            Node node, Nftables nftables, Table table, List<Crossing> crossings) {
        List<Finding> findings = new ArrayList<>();
        for (Chain chain : nftables.chains(table)) {
            BaseChain base = chain.base();
            if (base != null && base.hook() == Hook.FORWARD && isOfIp(table)) {
                Rules rules = new Rules(nftables, table, new HashMap<>(), new HashMap<>());
                Map<String, List<Crossing>> refused = new LinkedHashMap<>();
                for (Crossing each : crossings) {
                    if (sees(table, each) && rules.refuse(chain.name(), base, each.packets())) {
                        refused.computeIfAbsent(each.network(), _ -> new ArrayList<>()).add(each);
                    }
                }
                refused.values()
                        .forEach(each -> findings.add(finding(node, nftables, table, chain, each)));
            }
        }
        return findings;
    }

    private static boolean isOfIp(Table table) {
        return table.family() == Family.INET
                || table.family() == Family.IPV4
                || table.family() == Family.IPV6;
    }

    private static boolean sees(Table table, Crossing crossing) {
        return table.family() == Family.INET
                || crossing.address().isV4() == (table.family() == Family.IPV4);
    }

    /** What is read once of a table, for however many packets. */
    private record Rules(
            Nftables nftables,
            Table table,
            Map<String, List<Rule>> chains,
            Map<String, List<SetElement>> sets) {
        boolean refuse(String chain, BaseChain base, List<ForwardedPacket> packets) {
            for (ForwardedPacket packet : packets) {
                ChainForecast forecast = new ChainForecast(name -> outcomes(name, packet));
                if (forecast.refuses(chain, base.dropsByDefault())) {
                    return true;
                }
            }
            return false;
        }

        private List<RuleOutcome> outcomes(String chain, ForwardedPacket packet) {
            return chains.computeIfAbsent(chain, name -> nftables.rules(table, name)).stream()
                    .map(rule -> rule.forecast(packet, this::elements))
                    .toList();
        }

        private List<SetElement> elements(String set) {
            return sets.computeIfAbsent(set, name -> nftables.elements(table, name));
        }
    }

    private static Finding finding(
            Node node, Nftables nftables, Table table, Chain chain, List<Crossing> refused) {
        boolean isAttached = refused.getFirst().isAttached();
        List<String> addresses =
                refused.stream().map(each -> each.address().address().toString()).toList();
        BaseChain base = chain.base();
        return new Finding(
                isAttached ? Severity.BROKEN : Severity.WILL_BREAK,
                "chain " + chain.name() + " of table " + table,
                (base != null && base.dropsByDefault() ? "drops by default" : "refuses packets")
                        + " and has no rule that lets network \""
                        + refused.getFirst().network()
                        + "\" through",
                isAttached
                        ? Text.several(addresses)
                                + " cannot reach what is outside, or get no answers"
                        : "its containers will not reach what is outside",
                mend(node, nftables, table, chain.name(), refused));
    }

    private static Mend mend(
            Node node, Nftables nftables, Table table, String chain, List<Crossing> refused) {
        List<String> subnets =
                refused.stream()
                        .map(each -> each.address().network().toString())
                        .distinct()
                        .toList();
        boolean wasOpen =
                node.living().stream()
                        .filter(each ->
                                each.attachment().network().equals(refused.getFirst().network()))
                        .anyMatch(each -> each.of("firewall").isPresent());
        if (wasOpen && isIptables(table, chain)) {
            return Mend.by(Home.command() + " repair")
                    .knowing(
                            "its firewall plugin opens it anew: the chain began to drop, or was flushed, later");
        }
        List<String> commands = new ArrayList<>();
        for (String subnet : subnets) {
            commands.addAll(open(nftables, table, chain, subnet));
        }
        return Mend.by(commands)
                .knowing(
                        isIptables(table, chain)
                                ? "for good, and for each container by itself: {\"type\": \"firewall\"} at the end"
                                        + " of the network's plugins"
                                : "for good: the same where that table comes from, such as /etc/nftables.conf");
    }

    private static List<String> open(Nftables nftables, Table table, String chain, String subnet) {
        String program = table.family() == Family.IPV6 ? "ip6tables" : "iptables";
        if (table.name().equals("firewalld")) {
            return List.of("firewall-cmd --zone=trusted --add-source=" + subnet);
        }
        if (isIptables(table, chain) && nftables.chain(table, "ufw-before-forward").isPresent()) {
            return List.of("ufw route allow from " + subnet, "ufw route allow to " + subnet);
        }
        if (isIptables(table, chain) && Program.find(program, "").isPresent()) {
            String own = jumps(nftables, table, chain, "DOCKER-USER") ? "DOCKER-USER" : chain;
            return List.of(
                    program + " -I " + own + " -s " + subnet + " -j ACCEPT",
                    program + " -I " + own + " -d " + subnet + " -j ACCEPT");
        }
        String version = subnet.indexOf(':') < 0 ? "ip" : "ip6";
        String insert = "nft insert rule " + table + " " + Shell.word(chain) + " " + version;
        return List.of(
                insert + " saddr " + subnet + " accept", insert + " daddr " + subnet + " accept");
    }

    /** The one that the firewall plugin opens as well. */
    private static boolean isIptables(Table table, String chain) {
        return table.family() != Family.INET
                && table.name().equals("filter")
                && chain.equals("FORWARD");
    }

    private static boolean jumps(Nftables nftables, Table table, String chain, String to) {
        return nftables.rules(table, chain).stream().anyMatch(each -> each.jumps().contains(to));
    }
}
