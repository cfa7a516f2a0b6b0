package dev.pontoon.firewall;

import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.HashMap;
import java.util.Map;

/**
 * What the other attachments of the host need of this plugin, by the ledger: an address that two of
 * them have stays open until both are gone, and a bridge keeps its policy until nobody is left who
 * asked for one.
 *
 * <p>Asked and acted upon under the lock {@link Filter#LOCK}, in which a DEL also forgets its own
 * entry: else the last two to leave would each wait for the other.
 */
final class Claims {
    private final Ledger ledger;
    private final Attachment self;

    /** Of all attachments but {@code self}. */
    Claims(Ledger ledger, Attachment self) {
        this.ledger = ledger;
        this.self = self;
    }

    private boolean isOther(LedgerEntry entry) {
        return !entry.attachment().equals(self);
    }

    /** Whether another attachment has anything in our own table. */
    boolean useOwnTable() {
        for (String network : ledger.networks()) {
            if (ledger.any(
                    network,
                    FirewallPlugin.NAME,
                    entry -> isOther(entry) && new FirewallRecord(entry).usesOwnTable())) {
                return true;
            }
        }
        return false;
    }

    /** Whether another attachment has the address open, by whichever backend. */
    boolean has(Ip address) {
        for (String network : ledger.networks()) {
            if (ledger.any(
                    network,
                    FirewallPlugin.NAME,
                    entry ->
                            isOther(entry)
                                    && new FirewallRecord(entry).addresses().contains(address))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether another attachment of the same network is on the bridge. Then the network's policy
     * stands, even if the one that set it leaves.
     */
    boolean keepBridge(FirewallRecord record) {
        return ledger.any(
                self.network(),
                FirewallPlugin.NAME,
                entry -> isOther(entry) && isOn(record, entry));
    }

    /** Whether any attachment, of whatever network, asks for that bridge in our own table. */
    boolean haveBridge(String bridge) {
        for (String network : ledger.networks()) {
            if (ledger.any(
                    network,
                    FirewallPlugin.NAME,
                    entry ->
                            new FirewallRecord(entry).bridge().equals(bridge)
                                    && !new FirewallRecord(entry).isolatesByIptables())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOn(FirewallRecord record, LedgerEntry entry) {
        FirewallRecord other = new FirewallRecord(entry);
        return other.bridge().equals(record.bridge())
                && other.isolatesByIptables() == record.isolatesByIptables();
    }

    /**
     * The strictest policy that other networks have for the bridge of a record; in each network
     * that of its newest attachment counts.
     */
    IngressPolicy ofOtherNetworks(FirewallRecord record) {
        IngressPolicy strictest = IngressPolicy.OPEN;
        for (FirewallRecord newest : newest(record).values()) {
            strictest = strictest.stricter(newest.policy());
        }
        return strictest;
    }

    private Map<String, FirewallRecord> newest(FirewallRecord record) {
        Map<String, FirewallRecord> newest = new HashMap<>();
        for (String network : ledger.networks()) {
            if (network.equals(self.network())) {
                continue;
            }
            for (LedgerEntry entry : ledger.entries(network, FirewallPlugin.NAME)) {
                FirewallRecord known = newest.get(network);
                FirewallRecord other = new FirewallRecord(entry);
                if (isOn(record, entry) && (known == null || other.since() > known.since())) {
                    newest.put(network, other);
                }
            }
        }
        return newest;
    }
}
