package dev.pontoon.firewall;

import dev.pontoon.linux.nft.BaseChain;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.Conntrack;
import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Field;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.linux.nft.Verdict;
import dev.pontoon.linux.nft.XtMatch;
import dev.pontoon.protocol.Ip;
import java.util.List;
import java.util.Optional;

/**
 * The chain FORWARD of one IP version as {@code iptables} keeps it in nf_tables, read and written
 * over netlink. Docker and many administrators have it drop; only an accept in that very table lets
 * a container's packets through. The rules are those of the reference plugin, in the form that
 * {@code iptables -S} prints and {@code -C} and {@code -D} find.
 */
final class ForwardChain {
    private static final String FORWARD = "FORWARD";
    private static final String CNI_FORWARD = "CNI-FORWARD";
    private static final String ENTRANCE = "CNI firewall plugin rules";
    private static final String OVERRIDES = "CNI firewall plugin admin overrides";
    private static final String ISOLATION = "CNI-ISOLATION-STAGE-2";

    private final Nftables nftables;
    private final Family family;
    private final Table table;

    ForwardChain(Nftables nftables, boolean v4) {
        this.nftables = nftables;
        this.family = v4 ? Family.IPV4 : Family.IPV6;
        this.table = new Table(family, "filter");
    }

    /** Whether it exists, and drops or rejects what no earlier rule accepts. */
    boolean refuses() {
        Optional<Chain> chain = nftables.chain(table, FORWARD);
        BaseChain base = chain.isEmpty() ? null : chain.get().base();
        if (base == null) {
            return false;
        }
        if (base.dropsByDefault()) {
            return true;
        }
        for (Rule each : nftables.rules(table, FORWARD)) {
            if (each.refuses()) {
                return true;
            }
        }
        return false;
    }

    /** Adds to a batch what is missing for the addresses to get through. */
    void open(NftBatch batch, List<Ip> addresses, String adminChain) {
        if (!jumps(FORWARD, CNI_FORWARD)) {
            batch.ensureChain(table, CNI_FORWARD)
                    .insertRule(table, FORWARD, jump(ENTRANCE, CNI_FORWARD), "");
        }
        if (!jumps(CNI_FORWARD, adminChain)) {
            batch.ensureChain(table, adminChain)
                    .insertRule(table, CNI_FORWARD, jump(OVERRIDES, adminChain), "");
        }
        List<Rule> present = nftables.rules(table, CNI_FORWARD);
        for (Ip address : addresses) {
            for (Expressions wanted : rules(address)) {
                if (!has(present, address, wanted)) {
                    batch.addRule(table, CNI_FORWARD, wanted, "");
                }
            }
        }
    }

    /** Adds the removal of all rules of the addresses to a batch, whoever made them. */
    void close(NftBatch batch, List<Ip> addresses) {
        List<Rule> present = nftables.rules(table, CNI_FORWARD);
        for (Ip address : addresses) {
            for (Expressions each : rules(address)) {
                delete(batch, present, address, each.words());
            }
        }
    }

    private void delete(NftBatch batch, List<Rule> present, Ip address, List<String> words) {
        for (Rule each : present) {
            if (each.mentions(address.bytes()) && each.words().equals(words)) {
                batch.deleteRule(table, CNI_FORWARD, each.handle());
            }
        }
    }

    /** What keeps the address from getting through, as a sentence; empty if nothing does. */
    String missing(Ip address) {
        if (!jumps(FORWARD, CNI_FORWARD)) {
            return "the chain FORWARD of table "
                    + table
                    + " drops, and has no rule that jumps to "
                    + CNI_FORWARD;
        }
        List<Rule> present = nftables.rules(table, CNI_FORWARD);
        List<Expressions> rules = rules(address);
        for (Expressions each : rules) {
            if (!has(present, address, each)) {
                return "the chain FORWARD of table "
                        + table
                        + " drops, and "
                        + CNI_FORWARD
                        + " has no rule that accepts what is "
                        + (each == rules.getFirst() ? "answered to " : "sent by ")
                        + address;
            }
        }
        return "";
    }

    /** Whether the reference plugin's isolation keeps other bridges from that one. */
    boolean isolates(String bridge) {
        for (Rule each : nftables.rules(table, ISOLATION)) {
            if (each.refuses() && each.mentions(bridge)) {
                return true;
            }
        }
        return false;
    }

    private boolean jumps(String chain, String to) {
        for (Rule each : nftables.rules(table, chain)) {
            if (each.jumps().contains(to)) {
                return true;
            }
        }
        return false;
    }

    private static boolean has(List<Rule> present, Ip address, Expressions wanted) {
        List<String> words = wanted.words();
        for (Rule each : present) {
            if (each.mentions(address.bytes()) && each.words().equals(words)) {
                return true;
            }
        }
        return false;
    }

    private Expressions jump(String comment, String chain) {
        return new Expressions(family)
                .match(XtMatch.comment(comment))
                .counter()
                .then(Verdict.jump(chain));
    }

    /** What is answered to the address, and what it sends, in the reference plugin's order. */
    private List<Expressions> rules(Ip address) {
        Value value = Value.address(address.bytes());
        int answers = Conntrack.STATE_ESTABLISHED | Conntrack.STATE_RELATED;
        return List.of(
                new Expressions(family)
                        .match(destination(), value)
                        .match(XtMatch.connectionState(answers))
                        .counter()
                        .then(Verdict.accept()),
                new Expressions(family).match(source(), value).counter().then(Verdict.accept()));
    }

    private Field destination() {
        return family == Family.IPV4 ? Field.IPV4_DESTINATION : Field.IPV6_DESTINATION;
    }

    private Field source() {
        return family == Family.IPV4 ? Field.IPV4_SOURCE : Field.IPV6_SOURCE;
    }
}
