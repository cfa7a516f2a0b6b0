package dev.pontoon.tuning;

import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NotANamespaceException;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.GarbageCollection;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Request;

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
        NetworkNamespace.Identity id = netns.identity();
        return ledger.lockShared("tuning-" + id.device() + "-" + id.inode(), stop);
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
            cleanup.step("remove the backup file", backup::delete);
            if (cleanup.isComplete()) {
                cleanup.step("forget the attachment", () -> ledger.remove(attachment, NAME));
            }
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

    @Override
    public void gc(Request.Gc request, Call call) {
        GarbageCollection garbage = new GarbageCollection(request, NAME, call);
        if (garbage.valid().isEmpty()) {
            return;
        }
        Ledger ledger = Ledger.of(request.config());
        Cleanup cleanup = new Cleanup();
        garbage.collect(
                (entry, one) -> takeBack(new TuningRecord(entry), ledger, call, one), cleanup);
        garbage.tidy(cleanup);
        cleanup.finish();
    }

    private static void takeBack(TuningRecord record, Ledger ledger, Call call, Cleanup cleanup) {
        cleanup.step(
                "put back what was set for " + record.attachment(),
                () -> restoreIfAlive(record, ledger, call));
        cleanup.step(
                "remove the backup file",
                new BackupFile(record.dataDir(), record.attachment())::delete);
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
