package dev.pontoon.attachment;

import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The masquerading that the reference plugins made for containers that were attached before the
 * node was switched to Pontoon: found by their naming rules, read and removed over netlink, also
 * what their {@code iptables} put into nf_tables. Rules of the old xtables kind are left to the
 * {@code iptables-legacy} program, which is run only where the kernel says that such tables exist.
 */
final class ReferenceMasquerade {
    private static final List<Table> IPTABLES_NAT =
            List.of(new Table(Family.IPV4, "nat"), new Table(Family.IPV6, "nat"));
    private static final Cidr ALL_V4 = Cidr.parse("0.0.0.0/0").orElseThrow();
    private static final Cidr ALL_V6 = Cidr.parse("::/0").orElseThrow();
    private static final String POSTROUTING = "POSTROUTING";
    private static final Table NFT_MASQUERADE = new Table(Family.INET, "cni_plugins_masquerade");
    private static final String NFT_CHECKS = "masq_checks";

    private final Nftables nftables;

    ReferenceMasquerade(NetlinkSocket netfilter) {
        this.nftables = new Nftables(netfilter);
    }

    /** Whether the address of an attachment is masqueraded by rules of the reference plugins. */
    boolean has(Attachment attachment, Cidr address) {
        Table table = IPTABLES_NAT.get(address.isV4() ? 0 : 1);
        String chain = ReferenceNames.masqueradeChain(attachment);
        for (Rule rule : nftables.rules(table, POSTROUTING)) {
            if (rule.jumps().contains(chain) && isFrom(address, rule)) {
                // One rule lets the own subnet be, the other masquerades.
                return nftables.rules(table, chain).size() >= 2;
            }
        }
        String tag = ReferenceNames.masqueradeTag(attachment);
        for (Rule rule : nftables.rules(NFT_MASQUERADE, NFT_CHECKS)) {
            if (rule.comment().startsWith(tag) && rule.mentions(address.address().bytes())) {
                return true;
            }
        }
        return false;
    }

    /** Old versions wrote the subnet in place of the address. */
    private static boolean isFrom(Cidr address, Rule rule) {
        return rule.mentions(address.address().bytes())
                || rule.mentions(address.network().address().bytes());
    }

    /**
     * Removes the attachment's masquerading. Of a container with several interfaces in the network,
     * iptables knows only the addresses apart: rules of other addresses stay, and the chain with
     * them. Where the attachment's addresses are not known everything of the container goes, but
     * for the rules of {@code others}, the addresses of its other interfaces.
     */
    void remove(Attachment attachment, List<Cidr> addresses, List<Ip> others) {
        List<Ip> own = new ArrayList<>();
        for (Cidr address : addresses) {
            own.add(address.address());
        }
        String chain = ReferenceNames.masqueradeChain(attachment);
        for (Table table : IPTABLES_NAT) {
            removeJumps(
                    table,
                    chain,
                    rule -> own.isEmpty() ? !mentionsAny(rule, others) : mentionsAny(rule, own));
        }
        String tag = ReferenceNames.masqueradeTag(attachment);
        removeChecks(comment -> comment.startsWith(tag));
    }

    private void removeJumps(Table table, String chain, Predicate<Rule> concerned) {
        NftBatch batch = new NftBatch();
        boolean stillUsed = false;
        boolean seen = false;
        for (Rule rule : nftables.rules(table, POSTROUTING)) {
            if (!rule.jumps().contains(chain)) {
                continue;
            }
            seen = true;
            if (concerned.test(rule)) {
                batch.deleteRule(table, POSTROUTING, rule.handle());
            } else {
                stillUsed = true;
            }
        }
        if (!stillUsed && (seen || nftables.chain(table, chain).isPresent())) {
            batch.flushChain(table, chain).deleteChain(table, chain);
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

    private void removeChecks(Predicate<String> comment) {
        NftBatch batch = new NftBatch();
        for (Rule rule : nftables.rules(NFT_MASQUERADE, NFT_CHECKS)) {
            if (comment.test(rule.comment())) {
                batch.deleteRule(NFT_MASQUERADE, NFT_CHECKS, rule.handle());
            }
        }
        nftables.commitRemoval(batch);
    }

    /**
     * Removes the masquerading of every container of a network that is not among the valid ones.
     * The nftables backend's comments tell interfaces apart, those of iptables only containers.
     */
    void collect(String network, List<Attachment> valid) {
        List<String> validTags = new ArrayList<>();
        List<String> validChains = new ArrayList<>();
        for (Attachment attachment : valid) {
            validTags.add(ReferenceNames.masqueradeTag(attachment));
            validChains.add(ReferenceNames.masqueradeChain(attachment));
        }
        String networkTag = ReferenceNames.networkTag(network);
        removeChecks(comment ->
                comment.startsWith(networkTag)
                        && validTags.stream().noneMatch(comment::startsWith));
        for (Table table : IPTABLES_NAT) {
            collectChains(table, ReferenceNames.networkComment(network), validChains);
        }
    }

    private void collectChains(Table table, String comment, List<String> validChains) {
        List<String> stale = new ArrayList<>();
        for (Rule rule : nftables.rules(table, POSTROUTING)) {
            if (rule.mentions(comment) && rule.jumps().size() == 1) {
                String chain = rule.jumps().getFirst();
                if (chain.startsWith("CNI-") && !validChains.contains(chain)) {
                    stale.add(chain);
                }
            }
        }
        for (String chain : stale) {
            removeJumps(table, chain, _ -> true);
        }
    }

    /**
     * The IP versions, each as the network of all its addresses, for which the kernel has a nat
     * table of the old xtables kind. nf_tables does not show those.
     */
    static List<Cidr> legacyNat() {
        List<Cidr> families = new ArrayList<>();
        if (IptablesTable.hasLegacy(true, "nat")) {
            families.add(ALL_V4);
        }
        if (IptablesTable.hasLegacy(false, "nat")) {
            families.add(ALL_V6);
        }
        return families;
    }
}
