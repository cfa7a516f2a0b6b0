package dev.pontoon.firewall;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Findings;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.List;
import java.util.Optional;

/**
 * CHECK: follows a packet through whatever the ADD made, and throws at the first thing that is not
 * there. Reads only. What the reference plugin made is right as well.
 */
final class Inspection {
    private final Attachment attachment;
    private final FirewallConfig config;
    private final Filters filters;
    private final Findings findings;

    Inspection(Attachment attachment, FirewallConfig config, Filters filters) {
        this.attachment = attachment;
        this.config = config;
        this.filters = filters;
        this.findings = new Findings(attachment);
    }

    /** Of the addresses and the bridge of a result. */
    void run(AddResult previous, String bridge) {
        List<Ip> addresses = Addition.addresses(previous);
        Optional<LedgerEntry> known = filters.ledger().find(attachment, FirewallPlugin.NAME);
        if (known.isEmpty() || !new FirewallRecord(known.get()).isReadable()) {
            inspectUnrecorded(addresses, bridge);
            return;
        }
        FirewallRecord record = new FirewallRecord(known.get());
        for (Ip each : addresses) {
            if (!record.addresses().contains(each)) {
                throw findings.failed("ADD did not open the firewall for " + each);
            }
        }
        filters.of(record).inspect(record, findings);
    }

    private void inspectUnrecorded(List<Ip> addresses, String bridge) {
        Claims claims = filters.claims(attachment);
        for (Ip each : addresses) {
            if (!isOpen(each) && !filters.firewalld(claims).has(config.zone(), each)) {
                throw findings.failed("nothing lets the traffic of " + each + " through");
            }
        }
        if (!bridge.isEmpty() && !isIsolated(bridge)) {
            throw findings.failed("nothing keeps " + bridge + " apart from other bridges");
        }
    }

    private boolean isOpen(Ip address) {
        if (Nftables.isAvailable(filters.host().netfilter())
                && forward(address.isV4()).missing(address).isEmpty()) {
            return true;
        }
        return legacy(address.isV4())
                .map(rules -> rules.missing(List.of(address), config.adminChain()).isEmpty())
                .orElse(false);
    }

    private boolean isIsolated(String bridge) {
        if (Nftables.isAvailable(filters.host().netfilter())
                && (forward(true).isolates(bridge) || forward(false).isolates(bridge))) {
            return true;
        }
        return legacy(true).map(rules -> rules.policy(bridge) != IngressPolicy.OPEN).orElse(false);
    }

    private ForwardChain forward(boolean v4) {
        return new ForwardChain(new Nftables(filters.host().netfilter()), v4);
    }

    private Optional<IptablesRules> legacy(boolean v4) {
        return IptablesTable.legacy(filters.path(), v4, IptablesFilter.TABLE)
                .map(table -> new IptablesRules(table.list()));
    }
}
