package dev.pontoon.bandwidth;

import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Request;
import java.util.List;

/** The {@code bandwidth} plugin: limits an interface that an earlier plugin of the chain made. */
public final class BandwidthPlugin implements Plugin {
    static final String NAME = "bandwidth";

    private static final Detachment DETACHMENT =
            Detachment.chained(NAME, (host, ledger, _, _) -> new Removal(host, ledger));

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
        DETACHMENT.del(request, call);
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        DETACHMENT.gc(request, call);
    }

    @Override
    public void status(Request.Status request, Call call) {
        Limits limits = Limits.read(request.config());
        try (HostSockets host = call.caller().hostSockets()) {
            Readiness.require(request.config(), limits, host);
        }
    }
}
