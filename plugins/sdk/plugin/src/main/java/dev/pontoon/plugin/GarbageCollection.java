package dev.pontoon.plugin;

import dev.pontoon.linux.FileLock;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** GC of one plugin by what the ledger knows: what belongs to no valid attachment is taken back. */
public final class GarbageCollection {
    private final String network;
    private final String plugin;
    private final Optional<List<Attachment>> valid;
    private final Ledger ledger;
    private final Log log;

    /** Of that plugin's entries in the network of the request. */
    public GarbageCollection(Request.Gc request, String plugin, Call call) {
        this.network = request.config().name();
        this.plugin = plugin;
        this.valid = request.config().validAttachments();
        this.ledger = Ledger.of(request.config());
        this.log = call.log();
    }

    /** The valid attachments; empty, and told in the log, if the configuration has no list. */
    public Optional<List<Attachment>> valid() {
        if (valid.isEmpty()) {
            log.line(
                    "the configuration does not say which attachments are valid: nothing is removed");
        }
        return valid;
    }

    /**
     * Takes back every entry whose attachment is not listed, each under its lock.
     *
     * @param steps take away what an entry tells of
     */
    public void collect(BiConsumer<LedgerEntry, Cleanup> steps, Cleanup cleanup) {
        for (LedgerEntry entry : ledger.entries(network, plugin)) {
            if (valid.isPresent() && !valid.get().contains(entry.attachment())) {
                collect(entry.attachment(), steps, cleanup);
            }
        }
    }

    /**
     * A call that is working on the attachment at this moment is newer than the list of valid ones.
     */
    private void collect(
            Attachment stale, BiConsumer<LedgerEntry, Cleanup> steps, Cleanup cleanup) {
        if (ledger.isBusy(stale)) {
            log.line("not collecting " + stale + ": a call is working on it");
            return;
        }
        try (FileLock lock = ledger.lock(stale, new StopSignal())) {
            Optional<LedgerEntry> entry = ledger.find(stale, plugin);
            if (entry.isPresent()) {
                cleanup.step(
                        "collect " + stale,
                        () -> ledger.takeBack(entry.get(), one -> steps.accept(entry.get(), one)));
            }
        }
    }

    /** Removes what killed calls left in the ledger before there was an entry to find them by. */
    public void tidy(Cleanup cleanup) {
        cleanup.step("tidy the ledger of " + network, () -> ledger.removeAbandoned(network));
    }
}
