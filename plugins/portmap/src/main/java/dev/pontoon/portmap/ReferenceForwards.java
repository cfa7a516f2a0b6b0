package dev.pontoon.portmap;

import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What maps ports by rules that the reference plugin made, or ours with the backend iptables: found
 * by its naming rules, read and removed over netlink. Rules of the old xtables kind are {@link
 * LegacyForwards}'.
 */
final class ReferenceForwards {
    private static final List<Table> IPTABLES =
            List.of(new Table(Family.IPV4, "nat"), new Table(Family.IPV6, "nat"));
    private static final List<Table> NFTABLES =
            List.of(new Table(Family.IPV4, "cni_hostport"), new Table(Family.IPV6, "cni_hostport"));
    private static final List<String> NFTABLES_CHAINS =
            List.of("hostports", "hostip_hostports", "masquerading");

    private final Nftables nftables;

    ReferenceForwards(Nftables nftables) {
        this.nftables = nftables;
    }

    /** Whether iptables has a chain of the container, for any IP version. */
    boolean hasChain(Attachment attachment) {
        for (Table table : IPTABLES) {
            if (nftables.chain(table, ReferenceNames.chain(attachment)).isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** Whether iptables maps anybody's port. */
    boolean isInUse() {
        for (Table table : IPTABLES) {
            if (nftables.chain(table, ReferenceNames.DNAT).isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** Whether the reference plugin's table of nftables leads every forward to its target. */
    boolean hasRules(Attachment attachment, List<Forward> forwards) {
        for (Forward each : forwards) {
            Table table = NFTABLES.get(each.isV4() ? 0 : 1);
            String chain = each.hostIp() == null ? "hostports" : "hostip_hostports";
            if (!hasRule(table, chain, attachment, each)) {
                return false;
            }
        }
        return true;
    }

    private boolean hasRule(Table table, String chain, Attachment attachment, Forward forward) {
        boolean hooked = false;
        for (Rule each : nftables.rules(table, "prerouting")) {
            hooked |= each.jumps().contains(chain) || each.jumps().contains("hostports_all");
        }
        if (!hooked) {
            return false;
        }
        // Some versions have rules for one address in the chain of the others.
        for (Rule each : nftables.rules(table, "hostports")) {
            if (isOf(each, attachment, forward.target())) {
                return true;
            }
        }
        for (Rule each : nftables.rules(table, chain)) {
            if (isOf(each, attachment, forward.target())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOf(Rule rule, Attachment attachment, Ip target) {
        return rule.comment().equals(attachment.containerId()) && rule.mentions(target.bytes());
    }

    /**
     * Removes the attachment's rules. Another interface of the container shares its chain, and
     * another network's rules look like these in nftables: what leads to an address that is not
     * among these stays, if these are known.
     *
     * @param addresses the attachment's; empty if they are not known
     */
    void remove(Attachment attachment, List<Ip> addresses) {
        removeChains(attachment, addresses);
        for (Table table : NFTABLES) {
            removeRules(
                    table,
                    rule ->
                            rule.comment().equals(attachment.containerId())
                                    && (addresses.isEmpty() || mentionsAny(rule, addresses)));
        }
    }

    /** Removes the attachment's rules of iptables alone. */
    void removeChains(Attachment attachment, List<Ip> addresses) {
        for (Table table : IPTABLES) {
            removeChain(table, ReferenceNames.DNAT, ReferenceNames.chain(attachment), addresses);
            removeChain(
                    table, ReferenceNames.OLD_SNAT, ReferenceNames.oldChain(attachment), addresses);
        }
    }

    private void removeChain(Table table, String parent, String chain, List<Ip> addresses) {
        NftBatch batch = new NftBatch();
        boolean shared = false;
        List<Rule> own = new ArrayList<>();
        for (Rule each : nftables.rules(table, chain)) {
            // Those that jump only mark; where they lead to the next rule says.
            if (each.jumps().isEmpty()) {
                boolean concerned = addresses.isEmpty() || mentionsAny(each, addresses);
                shared |= !concerned;
                if (concerned) {
                    own.add(each);
                }
            }
        }
        if (shared) {
            own.forEach(each -> batch.deleteRule(table, chain, each.handle()));
        } else {
            for (Rule each : nftables.rules(table, parent)) {
                if (each.jumps().contains(chain)) {
                    batch.deleteRule(table, parent, each.handle());
                }
            }
            if (nftables.chain(table, chain).isPresent()) {
                batch.flushChain(table, chain).deleteChain(table, chain);
            }
        }
        nftables.commitRemoval(batch);
    }

    private void removeRules(Table table, Predicate<Rule> concerned) {
        if (!nftables.hasTable(table)) {
            return;
        }
        NftBatch batch = new NftBatch();
        for (String chain : NFTABLES_CHAINS) {
            for (Rule each : nftables.rules(table, chain)) {
                if (concerned.test(each)) {
                    batch.deleteRule(table, chain, each.handle());
                }
            }
        }
        nftables.commitRemoval(batch);
    }

    private static boolean mentionsAny(Rule rule, List<Ip> addresses) {
        for (Ip address : addresses) {
            if (rule.mentions(address.bytes())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Removes the chains of every container of a network that is not among these. The rules in
     * nftables do not tell their network, so nobody can say whether they are stale.
     */
    void collect(String network, List<Attachment> kept) {
        List<String> keptChains = new ArrayList<>();
        kept.forEach(each -> keptChains.add(ReferenceNames.chain(each)));
        for (Table table : IPTABLES) {
            List<String> stale = new ArrayList<>();
            for (Rule each : nftables.rules(table, ReferenceNames.DNAT)) {
                for (String chain : each.jumps()) {
                    boolean ofNetwork =
                            (each.comment() + " ").contains(ReferenceNames.networkComment(network))
                                    || each.mentions(ReferenceNames.networkComment(network));
                    if (ofNetwork && !keptChains.contains(chain) && !stale.contains(chain)) {
                        stale.add(chain);
                    }
                }
            }
            stale.forEach(each -> removeChain(table, ReferenceNames.DNAT, each, List.of()));
        }
    }
}
