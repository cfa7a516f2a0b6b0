package dev.pontoon.operator;

import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.runtime.CachedResult;
import dev.pontoon.runtime.ResultCache;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Every attachment of this node that somebody wrote down: ledger and results, put together. */
final class KnownAttachments {
    private static final Comparator<Attachment> ORDER =
            Comparator.comparing(Attachment::network)
                    .thenComparing(Attachment::containerId)
                    .thenComparing(Attachment::ifname);

    private final Ledger ledger;
    private final ResultCache results;

    KnownAttachments(Ledger ledger, ResultCache results) {
        this.ledger = ledger;
        this.results = results;
    }

    /** All of them, by network, container and interface. */
    List<KnownAttachment> all() {
        return of(null);
    }

    /** The same attachment as it is written down now; empty if it is not any more. */
    Optional<KnownAttachment> again(KnownAttachment known) {
        Attachment attachment = known.attachment();
        List<LedgerEntry> entries = new ArrayList<>();
        for (String plugin : known.plugins()) {
            ledger.find(attachment, plugin).ifPresent(entries::add);
        }
        CachedResult kept = results.find(attachment).orElse(null);
        return entries.isEmpty() && kept == null
                ? Optional.empty()
                : Optional.of(known(attachment, entries, kept));
    }

    /** Those of one network, or all of them if that is null. */
    List<KnownAttachment> of(@Nullable String only) {
        Map<Attachment, List<LedgerEntry>> entries = new TreeMap<>(ORDER);
        for (String network : only == null ? ledger.networks() : List.of(only)) {
            for (LedgerEntry entry : ledger.entries(network)) {
                entries.computeIfAbsent(entry.attachment(), _ -> new ArrayList<>()).add(entry);
            }
        }
        Map<Attachment, CachedResult> kept = new TreeMap<>(ORDER);
        for (CachedResult each : results.list()) {
            if (only == null || each.network().equals(only)) {
                kept.put(each.attachment(), each);
            }
        }
        return joined(entries, kept);
    }

    private List<KnownAttachment> joined(
            Map<Attachment, List<LedgerEntry>> entries, Map<Attachment, CachedResult> kept) {
        Set<Attachment> all = new TreeSet<>(ORDER);
        all.addAll(entries.keySet());
        all.addAll(kept.keySet());
        List<KnownAttachment> known = new ArrayList<>();
        for (Attachment each : all) {
            known.add(known(each, entries.getOrDefault(each, List.of()), kept.get(each)));
        }
        return known;
    }

    private KnownAttachment known(
            Attachment attachment, List<LedgerEntry> entries, @Nullable CachedResult kept) {
        Instant since = kept == null ? Instant.MAX : kept.keptAt();
        for (LedgerEntry entry : entries) {
            Instant written = ledger.writtenAt(entry).orElse(Instant.MAX);
            since = written.isBefore(since) ? written : since;
        }
        // An entry that has gone meanwhile has no time any more.
        Instant known = since.equals(Instant.MAX) ? Instant.now() : since;
        List<LedgerEntry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparing(LedgerEntry::plugin));
        return new KnownAttachment(attachment, sorted, kept, known, ledger.isBusy(attachment));
    }
}
