package dev.pontoon.firewall;

import dev.pontoon.linux.nft.BaseChain;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.Conntrack;
import dev.pontoon.linux.nft.DataType;
import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Field;
import dev.pontoon.linux.nft.Hook;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Verdict;
import java.util.List;
import java.util.Optional;

/**
 * Our own table, which masquerading shares: an element for each container and bridge, so that the
 * cost of a packet and of a call does not grow with their number.
 *
 * <pre>
 *   table inet pontoon {
 *     set firewall_v4 { type ipv4_addr; elements = { 10.22.0.2 comment "net/id/eth0" } }
 *     set firewall_v6 { type ipv6_addr }
 *     set firewall_bridges { type ifname; elements = { "cni0" } }
 *     map firewall_within { type ifname . ifname : verdict
 *                           elements = { "cni0" . "cni0" : drop } }
 *     chain forward { type filter hook forward priority filter; policy accept
 *                     iifname . oifname vmap @firewall_within
 *                     iifname @firewall_bridges oifname @firewall_bridges drop
 *                     ip saddr @firewall_v4 accept
 *                     ip6 saddr @firewall_v6 accept
 *                     ct state established,related ip daddr @firewall_v4 accept
 *                     ct state established,related ip6 daddr @firewall_v6 accept }
 *   }
 * </pre>
 *
 * The accepts say what the containers need; they decide where somebody sets this chain's policy to
 * drop. Chain and sets go with their last element, the table with the last element of anybody.
 */
final class OwnTable {
    static final Table TABLE = new Table(Family.INET, "pontoon");
    static final SetDefinition V4 = SetDefinition.set("firewall_v4", DataType.IPV4_ADDRESS);
    static final SetDefinition V6 = SetDefinition.set("firewall_v6", DataType.IPV6_ADDRESS);
    static final SetDefinition BRIDGES =
            SetDefinition.set("firewall_bridges", DataType.INTERFACE_NAME);
    static final SetDefinition WITHIN =
            SetDefinition.verdictMap(
                    "firewall_within", DataType.INTERFACE_NAME, DataType.INTERFACE_NAME);
    private static final List<SetDefinition> SETS = List.of(V4, V6, BRIDGES, WITHIN);
    private static final String FORWARD = "forward";

    private final Nftables nftables;

    OwnTable(Nftables nftables) {
        this.nftables = nftables;
    }

    /** Adds to a batch what makes the table whole. */
    void ensure(NftBatch batch) {
        if (missing().isEmpty()) {
            return;
        }
        batch.ensureTable(TABLE);
        for (SetDefinition each : SETS) {
            batch.ensureSet(TABLE, each);
        }
        batch.ensureBaseChain(TABLE, FORWARD, BaseChain.filter(Hook.FORWARD, BaseChain.FILTER))
                .flushChain(TABLE, FORWARD);
        for (Expressions each : rules()) {
            batch.addRule(TABLE, FORWARD, each, "");
        }
    }

    private static List<Expressions> rules() {
        return List.of(
                rule().load(Field.INPUT_INTERFACE)
                        .load(Field.OUTPUT_INTERFACE)
                        .verdictFrom(WITHIN.name()),
                rule().load(Field.INPUT_INTERFACE)
                        .in(BRIDGES.name())
                        .load(Field.OUTPUT_INTERFACE)
                        .in(BRIDGES.name())
                        .then(Verdict.drop()),
                rule().load(Field.IPV4_SOURCE).in(V4.name()).then(Verdict.accept()),
                rule().load(Field.IPV6_SOURCE).in(V6.name()).then(Verdict.accept()),
                answer().load(Field.IPV4_DESTINATION).in(V4.name()).then(Verdict.accept()),
                answer().load(Field.IPV6_DESTINATION).in(V6.name()).then(Verdict.accept()));
    }

    private static Expressions rule() {
        return new Expressions(Family.INET);
    }

    private static Expressions answer() {
        return rule().matchAnyBit(
                        Field.CT_STATE, Conntrack.STATE_ESTABLISHED | Conntrack.STATE_RELATED);
    }

    /** What keeps packets from reaching the sets, as a sentence; empty if they do. */
    String missing() {
        Optional<Chain> chain = nftables.chain(TABLE, FORWARD);
        if (chain.isEmpty() || chain.get().base() == null) {
            return "the chain " + FORWARD + " of table " + TABLE + " is gone";
        }
        List<Rule> rules = nftables.rules(TABLE, FORWARD);
        for (SetDefinition each : SETS) {
            if (!Rule.anyLooksInto(each.name(), rules)) {
                return "no rule of the chain "
                        + FORWARD
                        + " of table "
                        + TABLE
                        + " looks into "
                        + each.name();
            }
        }
        return "";
    }

    /**
     * Removes chain and sets if nobody has an element any more, and the table if nobody else has
     * either.
     */
    void removeIfEmpty() {
        nftables.commitAsRead(this::removal);
    }

    private NftBatch removal() {
        NftBatch batch = new NftBatch();
        List<String> sets = nftables.sets(TABLE);
        for (SetDefinition each : SETS) {
            if (sets.contains(each.name()) && !nftables.elements(TABLE, each.name()).isEmpty()) {
                return batch;
            }
        }
        if (isHollow(sets)) {
            return nftables.hasTable(TABLE) ? batch.deleteTable(TABLE) : batch;
        }
        if (nftables.chain(TABLE, FORWARD).isPresent()) {
            batch.deleteChain(TABLE, FORWARD);
        }
        for (SetDefinition each : SETS) {
            if (sets.contains(each.name())) {
                batch.deleteSet(TABLE, each.name());
            }
        }
        return batch;
    }

    /** Whatever anybody has in this table, it hangs on an element of a set or a map. */
    private boolean isHollow(List<String> sets) {
        for (Chain each : nftables.chains(TABLE)) {
            if (each.base() == null) {
                return false;
            }
        }
        for (String each : sets) {
            if (!nftables.elements(TABLE, each).isEmpty()) {
                return false;
            }
        }
        return true;
    }
}
