package dev.pontoon.bridge;

import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.protocol.Attachment;
import java.util.List;

/**
 * The MAC spoof check that the reference plugins made for a container which was attached before the
 * node was switched to Pontoon, found by their naming rules.
 */
final class ReferenceSpoofCheck {
    private static final Table TABLE = new Table(Family.BRIDGE, "nat");
    private static final String PREROUTING = "PREROUTING";

    private final Nftables nftables;

    ReferenceSpoofCheck(NetlinkSocket netfilter) {
        this.nftables = new Nftables(netfilter);
    }

    /** The attachment's chain; a second one has {@code -mac} behind it. */
    static String chain(Attachment attachment) {
        return "cni-br-iface-" + attachment.containerId() + "-" + attachment.ifname();
    }

    /** The comment of the rule that leads to it. */
    static String comment(Attachment attachment) {
        return "macspoofchk-" + attachment.containerId() + "-" + attachment.ifname();
    }

    /** Whether the attachment has one. */
    boolean has(Attachment attachment) {
        return nftables.chain(TABLE, chain(attachment)).isPresent();
    }

    /** Removes the attachment's. */
    void remove(Attachment attachment) {
        removeJump(comment(attachment));
        List<String> chains = List.of(chain(attachment), chain(attachment) + "-mac");
        NftBatch batch = new NftBatch();
        for (String each : chains) {
            if (nftables.chain(TABLE, each).isPresent()) {
                batch.flushChain(TABLE, each);
            }
        }
        for (String each : chains) {
            if (nftables.chain(TABLE, each).isPresent()) {
                batch.deleteChain(TABLE, each);
            }
        }
        nftables.commitRemoval(batch);
    }

    private void removeJump(String comment) {
        NftBatch batch = new NftBatch();
        for (Rule rule : nftables.rules(TABLE, PREROUTING)) {
            if (rule.comment().equals(comment)) {
                batch.deleteRule(TABLE, PREROUTING, rule.handle());
            }
        }
        nftables.commitRemoval(batch);
    }
}
