package dev.pontoon.firewall;

import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

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
        return any(FirewallRecord::usesOwnTable);
    }

    /** Whether another attachment has the address open, by whichever backend. */
    boolean has(Ip address) {
        return any(other -> other.addresses().contains(address));
    }

    /** Whether another attachment has the address open by that backend. */
    boolean has(Ip address, Backend backend) {
        return any(other -> other.backend() == backend && other.addresses().contains(address));
    }

    /** Whether another attachment, of whatever network, closes that bridge in our own table. */
    boolean haveBridge(String bridge) {
        return any(other -> other.bridge().equals(bridge) && !other.isolatesByIptables());
    }

    private boolean any(Predicate<FirewallRecord> wanted) {
        for (String network : ledger.networks()) {
            if (ledger.any(
                    network,
                    FirewallPlugin.NAME,
                    entry -> isOther(entry) && wanted.test(new FirewallRecord(entry)))) {
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
