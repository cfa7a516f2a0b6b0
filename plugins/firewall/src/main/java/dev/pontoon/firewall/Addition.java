package dev.pontoon.firewall;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.Undo;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One ADD. What it makes is taken back by the same code that serves DEL, from the same record,
 * whether it is this call that fails or a later one that finds the record of a call that was
 * killed.
 */
final class Addition {
    private final Attachment attachment;
    private final FirewallConfig config;
    private final NetworkNamespace netns;
    private final Filters filters;
    private final Call call;

    Addition(
            Attachment attachment,
            FirewallConfig config,
            NetworkNamespace netns,
            Filters filters,
            Call call) {
        this.attachment = attachment;
        this.config = config;
        this.netns = netns;
        this.filters = filters;
        this.call = call;
    }

    /** Opens the addresses of a result. The caller holds the attachment's lock. */
    void run(AddResult previous, String bridge) {
        removeEarlier();
        List<Ip> addresses = addresses(previous);
        if (addresses.isEmpty() && bridge.isEmpty()) {
            return;
        }
        Backend backend = backend();
        Ledger ledger = filters.ledger();
        FirewallRecord record =
                FirewallRecord.begun(attachment, netns, config, backend, addresses, bridge);
        try (Undo undo = new Undo(call.stop())) {
            undo.push("close the firewall for " + attachment, () -> remove(record));
            ledger.write(record.entry());
            try (FileLock lock = ledger.lockShared(Filter.LOCK, call.stop())) {
                filters.of(record).open(record);
            }
            call.timing().did("rules");
            call.stop().check();
            ledger.write(record.finish().entry());
            undo.commit();
        }
    }

    /**
     * What stands is refused before anything is touched. What was never finished, or stood for a
     * container whose namespace is another one by now, is removed.
     */
    private void removeEarlier() {
        Optional<LedgerEntry> known = filters.ledger().find(attachment, FirewallPlugin.NAME);
        if (known.isEmpty()) {
            return;
        }
        FirewallRecord earlier = new FirewallRecord(known.get());
        if (earlier.isFinished() && earlier.entry().isOf(netns)) {
            throw new CniException(
                    ErrorCode.ALREADY_ATTACHED,
                    "open the firewall for " + attachment + ": it is open already",
                    "DEL it first");
        }
        call.log().line("removing what an earlier ADD left of " + attachment);
        remove(earlier);
    }

    private void remove(FirewallRecord record) {
        new Removal(filters).byRecord(record);
    }

    private Backend backend() {
        Backend backend =
                config.backend().isPresent() ? config.backend().get() : filters.choose(call);
        if (backend == Backend.NFTABLES) {
            Readiness.requireNftables(filters.host());
            if (IptablesTable.hasLegacy(true, IptablesFilter.TABLE)
                    || IptablesTable.hasLegacy(false, IptablesFilter.TABLE)) {
                call.log()
                        .line(
                                "this host has tables of iptables-legacy: if their chain FORWARD"
                                        + " drops, set backend to iptables");
            }
        }
        return backend;
    }

    /** Of all interfaces, as the reference plugin has it. */
    static List<Ip> addresses(AddResult previous) {
        List<Ip> addresses = new ArrayList<>();
        for (IpConfig each : previous.ips()) {
            Ip address = each.address().address();
            if (!addresses.contains(address)) {
                addresses.add(address);
            }
        }
        return addresses;
    }
}
