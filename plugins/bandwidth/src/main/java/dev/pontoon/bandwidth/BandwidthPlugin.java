package dev.pontoon.bandwidth;

import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/** The {@code bandwidth} plugin: limits an interface that an earlier plugin of the chain made. */
public final class BandwidthPlugin implements Plugin {
    static final String NAME = "bandwidth";

    @Override
    public String name() {
        return NAME;
    }

    /** Chains came with 0.3.0, and without one there is nothing to limit. */
    @Override
    public List<CniVersion> supportedVersions() {
        return CniVersion.ALL.subList(CniVersion.V0_3_0.ordinal(), CniVersion.ALL.size());
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        Limits limits = Limits.read(request.config());
        AddResult previous = request.config().prevResult().orElseThrow(BandwidthPlugin::notChained);
        Ledger ledger = Ledger.of(request.config());
        if (limits.isEmpty() && ledger.find(request.attachment(), NAME).isEmpty()) {
            return previous;
        }
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                FileLock lock = ledger.lock(request.attachment(), call.stop());
                HostSockets host = call.caller().hostSockets();
                NetlinkSocket container = netns.routeSocket()) {
            HostVeth hostVeth = hostVeth(request.attachment(), netns, host, container);
            return new Addition(
                            request.attachment(), limits, previous, ledger, host, hostVeth, call)
                    .run();
        }
    }

    private static CniException notChained() {
        return new CniException(
                ErrorCode.INVALID_CONFIG,
                "the configuration has no prevResult, and bandwidth limits what an earlier plugin"
                        + " of a chain made",
                "put it behind another plugin in a conflist");
    }

    private static HostVeth hostVeth(
            Attachment attachment,
            NetworkNamespace netns,
            HostSockets host,
            NetlinkSocket container) {
        return new HostVeth(host.route(), container, attachment.ifname(), netns.path());
    }

    @Override
    public void check(Request.Check request, Call call) {
        Limits limits = Limits.read(request.config());
        if (limits.isEmpty()) {
            return;
        }
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                HostSockets host = call.caller().hostSockets();
                NetlinkSocket container = netns.routeSocket()) {
            HostVeth hostVeth = hostVeth(request.attachment(), netns, host, container);
            new Inspection(request.attachment(), limits, hostVeth, host.route()).run();
        }
    }

    @Override
    public void del(Request.Del request, Call call) {
        Ledger ledger = Ledger.of(request.config());
        Cleanup cleanup = new Cleanup();
        try (FileLock lock = ledger.lock(request.attachment(), new StopSignal());
                HostSockets host = call.caller().hostSockets()) {
            cleanup.step(
                    "look for what was made for " + request.attachment(),
                    () -> remove(request, call, ledger, host, cleanup));
            if (cleanup.isComplete()) {
                cleanup.step(
                        "forget the attachment", () -> ledger.remove(request.attachment(), NAME));
            }
        }
        cleanup.finish();
    }

    private static void remove(
            Request.Del request, Call call, Ledger ledger, HostSockets host, Cleanup cleanup) {
        Removal removal = new Removal(host);
        Optional<LedgerEntry> known = ledger.find(request.attachment(), NAME);
        if (known.isPresent() && new BandwidthRecord(known.get()).isReadable()) {
            removal.byRecord(new BandwidthRecord(known.get()), cleanup);
            return;
        }
        try (NetworkNamespace netns =
                Sandbox.openIfAlive(request.environment(), call).orElse(null)) {
            Optional<Link> hostVeth =
                    netns == null
                            ? Optional.empty()
                            : findHostVeth(request.attachment(), netns, host);
            removal.byName(request.attachment(), hostVeth, netns != null, cleanup);
        }
    }

    private static Optional<Link> findHostVeth(
            Attachment attachment, NetworkNamespace netns, HostSockets host) {
        try (NetlinkSocket container = netns.routeSocket()) {
            return hostVeth(attachment, netns, host, container).find();
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
        Cleanup cleanup = new Cleanup();
        cleanup.step(
                "look for what is no longer valid",
                () -> collect(request, valid.get(), call, cleanup));
        cleanup.finish();
    }

    private static void collect(
            Request.Gc request, List<Attachment> valid, Call call, Cleanup cleanup) {
        Ledger ledger = Ledger.of(request.config());
        String network = request.config().name();
        try (HostSockets host = call.caller().hostSockets()) {
            Removal removal = new Removal(host);
            for (LedgerEntry entry : ledger.entries(network, NAME)) {
                if (!valid.contains(entry.attachment())) {
                    collectEntry(entry.attachment(), ledger, removal, call, cleanup);
                }
            }
            removal.collectUnlisted(network, valid, ledger, cleanup);
            cleanup.step("tidy the ledger of " + network, () -> ledger.removeAbandoned(network));
        }
    }

    /**
     * A call that is working on the attachment at this moment is newer than the list of valid ones.
     */
    private static void collectEntry(
            Attachment stale, Ledger ledger, Removal removal, Call call, Cleanup cleanup) {
        if (ledger.isBusy(stale)) {
            call.log().line("not collecting " + stale + ": a call is working on it");
            return;
        }
        try (FileLock lock = ledger.lock(stale, new StopSignal())) {
            Optional<LedgerEntry> entry = ledger.find(stale, NAME);
            if (entry.isPresent()) {
                Cleanup one = new Cleanup();
                removal.byRecord(new BandwidthRecord(entry.get()), one);
                if (one.isComplete()) {
                    ledger.remove(stale, NAME);
                }
                cleanup.step("collect " + stale, one::finish);
            }
        }
    }

    @Override
    public void status(Request.Status request, Call call) {
        Limits limits = Limits.read(request.config());
        try (HostSockets host = call.caller().hostSockets()) {
            Readiness.require(request.config(), limits, host);
        }
    }
}
