package dev.pontoon.tuning;

import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NotANamespaceException;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/**
 * The {@code tuning} plugin: sysctls of the container's network, and attributes of an interface
 * that is there already.
 */
public final class TuningPlugin implements Plugin {
    static final String NAME = "tuning";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        TuningConfig config = TuningConfig.read(request.config(), request.environment());
        Allowlist.ofNode().require(config.settings());
        AddResult previous = requirePrevious(request);
        Ledger ledger = Ledger.of(request.config());
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                FileLock lock = ledger.lock(request.attachment(), call.stop());
                FileLock alone = lockSettings(netns, ledger, call.stop());
                NetlinkSocket container = netns.routeSocket()) {
            return new Addition(request, config, previous, ledger, netns, container, call).run();
        }
    }

    private static AddResult requirePrevious(Request.Add request) {
        return request.config()
                .prevResult()
                .orElseThrow(() ->
                        new CniException(
                                ErrorCode.INVALID_CONFIG,
                                "tune an interface: there is no prevResult that tells of one",
                                "put tuning into \"plugins\" behind the plugin that makes it"));
    }

    /** The attachments of one container share its sysctls. */
    private static FileLock lockSettings(NetworkNamespace netns, Ledger ledger, StopSignal stop) {
        return ledger.lockShared("tuning-" + TuningRecord.text(netns.identity()), stop);
    }

    @Override
    public void check(Request.Check request, Call call) {
        TuningConfig config = TuningConfig.read(request.config(), request.environment());
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                NetlinkSocket container = netns.routeSocket()) {
            new Inspection(config, netns, container, request.attachment().ifname()).run();
        }
    }

    @Override
    public void del(Request.Del request, Call call) {
        Ledger ledger = Ledger.of(request.config());
        Attachment attachment = request.attachment();
        Cleanup cleanup = new Cleanup();
        try (FileLock lock = ledger.lock(attachment, new StopSignal());
                NetworkNamespace netns =
                        Sandbox.openIfAlive(request.environment(), call).orElse(null)) {
            TuningRecord record = ledger.find(attachment, NAME).map(TuningRecord::new).orElse(null);
            BackupFile backup =
                    new BackupFile(
                            record == null
                                    ? TuningConfig.readableDataDir(request.config().object())
                                    : record.dataDir(),
                            attachment);
            if (netns != null && record != null) {
                cleanup.step("put back what was set", () -> restore(record, netns, ledger, call));
            } else if (netns != null) {
                cleanup.step(
                        "put back what the backup file tells",
                        () -> restore(backup, netns, attachment.ifname(), call));
            }
            forget(attachment, backup, ledger, cleanup);
        }
        cleanup.finish();
    }

    private static void restore(
            TuningRecord record, NetworkNamespace netns, Ledger ledger, Call call) {
        if (!record.isOf(netns)) {
            // By now the path leads to another container.
            return;
        }
        try (FileLock alone = lockSettings(netns, ledger, new StopSignal());
                NetlinkSocket container = netns.routeSocket()) {
            new Restoration(record, ledger, call.log()).inNamespace(netns, container);
        }
    }

    /** What the reference plugin attached, and wrote down as it does. */
    private static void restore(
            BackupFile backup, NetworkNamespace netns, String ifname, Call call) {
        try (NetlinkSocket container = netns.routeSocket()) {
            Restoration.byFile(backup.read(), ifname, container, call.log());
        }
    }

    private static void forget(
            Attachment attachment, BackupFile backup, Ledger ledger, Cleanup cleanup) {
        cleanup.step("remove the backup file", backup::delete);
        if (cleanup.isComplete()) {
            cleanup.step("forget the attachment", () -> ledger.remove(attachment, NAME));
        }
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        Optional<List<Attachment>> valid = request.config().validAttachments();
        if (valid.isEmpty()) {
            call.log()
                    .line(
                            "the configuration does not say which attachments are valid: nothing is removed");
            return;
        }
        Ledger ledger = Ledger.of(request.config());
        String network = request.config().name();
        Cleanup cleanup = new Cleanup();
        for (LedgerEntry entry : ledger.entries(network, NAME)) {
            if (!valid.get().contains(entry.attachment())) {
                collect(entry.attachment(), ledger, call, cleanup);
            }
        }
        cleanup.step("tidy the ledger of " + network, () -> ledger.removeAbandoned(network));
        cleanup.finish();
    }

    /**
     * A call that is working on the attachment at this moment is newer than the list of valid ones.
     */
    private static void collect(Attachment stale, Ledger ledger, Call call, Cleanup cleanup) {
        if (ledger.isBusy(stale)) {
            call.log().line("not collecting " + stale + ": a call is working on it");
            return;
        }
        try (FileLock lock = ledger.lock(stale, new StopSignal())) {
            Optional<LedgerEntry> entry = ledger.find(stale, NAME);
            if (entry.isPresent()) {
                TuningRecord record = new TuningRecord(entry.get());
                Cleanup one = new Cleanup();
                one.step(
                        "put back what was set for " + stale,
                        () -> restoreIfAlive(record, ledger, call));
                forget(stale, new BackupFile(record.dataDir(), stale), ledger, one);
                cleanup.step("collect " + stale, one::finish);
            }
        }
    }

    /** A namespace that outlives its attachment gets back what it had. */
    private static void restoreIfAlive(TuningRecord record, Ledger ledger, Call call) {
        if (record.netns().isEmpty()) {
            return;
        }
        try (NetworkNamespace netns = NetworkNamespace.open(record.netns())) {
            restore(record, netns, ledger, call);
        } catch (NotANamespaceException e) {
            // It is gone, and everything with it.
        }
    }

    @Override
    public void status(Request.Status request, Call call) {
        TuningConfig config = TuningConfig.read(request.config());
        Allowlist.ofNode().require(config.settings());
        Ledger.of(request.config()).requireWritable();
    }
}
