package dev.pontoon.firewall;

import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.linux.nft.Verdict;
import java.nio.charset.StandardCharsets;

/**
 * The bridges with a policy in our own table. As with the reference plugin, packets between two of
 * them are dropped, and those from anywhere else are not: published ports go on working. Within a
 * bridge the map says what happens: accept ({@code same-bridge}) or drop ({@code isolated}).
 *
 * <p>Where several networks share a bridge the strictest of their policies holds.
 */
final class ClosedBridges {
    private final Nftables nftables;

    ClosedBridges(Nftables nftables) {
        this.nftables = nftables;
    }

    /** Adds to a batch what the policy of a record asks of its bridge. */
    void add(NftBatch batch, FirewallRecord record, Claims claims) {
        IngressPolicy present = find(record.bridge());
        IngressPolicy wanted = record.policy();
        if (present.compareTo(wanted) > 0) {
            wanted = wanted.stricter(claims.ofOtherNetworks(record));
        }
        change(batch, record.bridge(), network(record), present, wanted);
    }

    /** Adds to a batch what becomes of the bridge when the attachment of a record leaves. */
    void remove(NftBatch batch, FirewallRecord record, Claims claims) {
        if (!claims.keepBridge(record)) {
            change(
                    batch,
                    record.bridge(),
                    network(record),
                    find(record.bridge()),
                    claims.ofOtherNetworks(record));
        }
    }

    /**
     * Adds the removal of every bridge to a batch that the network closed and that nobody asks for
     * any more.
     */
    void removeUnclaimed(NftBatch batch, String network, Claims claims) {
        for (SetElement each : nftables.elements(OwnTable.TABLE, OwnTable.BRIDGES.name())) {
            String bridge = name(each.key());
            if (each.comment().equals(network) && !claims.haveBridge(bridge)) {
                change(batch, bridge, network, find(bridge), IngressPolicy.OPEN);
            }
        }
    }

    private static String name(Value key) {
        byte[] bytes = key.bytes();
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private static String network(FirewallRecord record) {
        return record.attachment().network();
    }

    /** The network is for GC to go by, should the ledger be lost. */
    private void change(
            NftBatch batch,
            String bridge,
            String network,
            IngressPolicy present,
            IngressPolicy wanted) {
        Value name = Value.interfaceName(bridge);
        Value pair = Value.concat(name, name);
        String within = OwnTable.WITHIN.name();
        if (present != IngressPolicy.OPEN && present != wanted) {
            batch.deleteElement(OwnTable.TABLE, within, pair);
        }
        if (wanted == IngressPolicy.OPEN) {
            if (hasName(bridge)) {
                batch.deleteElement(OwnTable.TABLE, OwnTable.BRIDGES.name(), name);
            }
            return;
        }
        if (present != wanted) {
            Verdict verdict = wanted == IngressPolicy.ISOLATED ? Verdict.drop() : Verdict.accept();
            batch.createElement(OwnTable.TABLE, within, SetElement.of(pair).leadingTo(verdict));
        }
        batch.addElement(
                OwnTable.TABLE, OwnTable.BRIDGES.name(), SetElement.of(name).commented(network));
    }

    /** What a bridge is like now; open if the map has nothing of it. */
    IngressPolicy find(String bridge) {
        Value name = Value.interfaceName(bridge);
        Verdict verdict =
                nftables.element(OwnTable.TABLE, OwnTable.WITHIN.name(), Value.concat(name, name))
                        .flatMap(SetElement::verdict)
                        .orElse(null);
        if (verdict == null) {
            return IngressPolicy.OPEN;
        }
        return verdict.equals(Verdict.drop()) ? IngressPolicy.ISOLATED : IngressPolicy.SAME_BRIDGE;
    }

    /** Whether the bridge is kept apart from the others. */
    boolean hasName(String bridge) {
        return nftables.element(
                        OwnTable.TABLE, OwnTable.BRIDGES.name(), Value.interfaceName(bridge))
                .isPresent();
    }
}
