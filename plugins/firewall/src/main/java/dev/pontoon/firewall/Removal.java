package dev.pontoon.firewall;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.attachment.StaleOwners;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Takes away what an ADD made: by the ledger if it knows the attachment, else by what the runtime
 * knows of its addresses. Every step succeeds if its object is gone.
 */
final class Removal implements Detachment.Steps {
    private final Filters filters;

    Removal(Filters filters) {
        this.filters = filters;
    }

    @Override
    public boolean isReadable(LedgerEntry entry) {
        return new FirewallRecord(entry).isReadable();
    }

    @Override
    public void recorded(LedgerEntry entry, Cleanup cleanup) {
        FirewallRecord record = new FirewallRecord(entry);
        cleanup.step("close the firewall for " + record.attachment(), () -> byRecord(record));
    }

    /**
     * Everything that a record names, and then its entry: both under the lock, so that of two who
     * leave at once the second sees that the first is gone.
     */
    void byRecord(FirewallRecord record) {
        try (FileLock lock = lock()) {
            filters.ledger()
                    .takeBack(
                            record.entry(),
                            cleanup ->
                                    cleanup.step(
                                            "close the firewall for " + record.attachment(),
                                            () -> filters.of(record).close(record)));
        }
    }

    private FileLock lock() {
        return filters.ledger().lockShared(Filter.LOCK, new StopSignal());
    }

    /** Everything that it makes is on the host. */
    @Override
    public boolean looksInside() {
        return false;
    }

    /**
     * An address that the ledger knows as another's stays: a DEL may be repeated after it was given
     * out again.
     */
    @Override
    public void unrecorded(Request.Del request, Optional<NetworkNamespace> netns, Cleanup cleanup) {
        Attachment attachment = request.attachment();
        List<Ip> addresses =
                request.config().readablePrevResult().map(Addition::addresses).orElse(List.of());
        Optional<String> zone = zone(request.config());
        try (FileLock lock = lock()) {
            Claims claims = filters.claims(attachment);
            List<Ip> free = new ArrayList<>();
            for (Ip each : addresses) {
                if (!claims.has(each)) {
                    free.add(each);
                }
            }
            if (Nftables.isAvailable(filters.host().netfilter())) {
                NftablesFilter nftables = filters.nftables(claims);
                cleanup.step(
                        "close the firewall for " + attachment,
                        () -> nftables.removeIf(OwnerTag.of(attachment)::equals));
                cleanup.step("remove the rules of " + free, () -> nftables.closeForward(free));
            }
            cleanup.step("remove old rules of " + free, () -> closeLegacy(free));
            if (zone.isPresent() && !free.isEmpty()) {
                cleanup.step(
                        "remove " + free + " from firewalld",
                        () -> filters.firewalld(claims).close(zone.get(), free));
            }
        }
    }

    /** Where the configuration is wrong no ADD of it got as far as to firewalld. */
    private static Optional<String> zone(NetworkConfig config) {
        try {
            return Optional.of(FirewallConfig.read(config.object()).zone());
        } catch (CniException e) {
            return Optional.empty();
        }
    }

    private void closeLegacy(List<Ip> addresses) {
        for (boolean v4 : new boolean[] {true, false}) {
            IptablesTable.legacy(filters.path(), v4, IptablesFilter.TABLE)
                    .ifPresent(table -> close(addresses, v4, table));
        }
    }

    private static void close(List<Ip> addresses, boolean v4, IptablesTable table) {
        IptablesRules rules = new IptablesRules(table.list());
        for (Ip each : addresses) {
            if (each.isV4() == v4) {
                rules.close(each);
            }
        }
        table.change(rules.changes());
    }

    @Override
    public void unlisted(String network, List<Attachment> valid, Cleanup cleanup) {
        if (!Nftables.isAvailable(filters.host().netfilter())) {
            return;
        }
        Claims nobody = filters.claims(new Attachment(network, "", ""));
        Predicate<String> stale = new StaleOwners(network, valid, filters.ledger());
        try (FileLock lock = lock()) {
            cleanup.step(
                    "collect addresses and bridges of " + network,
                    () -> filters.nftables(nobody).collect(network, stale));
        }
    }
}
