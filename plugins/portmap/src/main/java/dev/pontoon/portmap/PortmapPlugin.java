package dev.pontoon.portmap;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.GarbageCollection;
import dev.pontoon.plugin.HostSockets;
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

/** The {@code portmap} plugin: leads ports of the host to a container. */
public final class PortmapPlugin implements Plugin {
    static final String NAME = "portmap";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        PortmapConfig config = PortmapConfig.read(request.config());
        AddResult previous = request.config().prevResult().orElseThrow(PortmapPlugin::notChained);
        Ledger ledger = Ledger.of(request.config());
        if (config.mappings().isEmpty() && ledger.find(request.attachment(), NAME).isEmpty()) {
            return previous;
        }
        try (HostSockets host = call.caller().hostSockets()) {
            Addition addition = new Addition(request, config, previous, ledger, host, call);
            try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                    FileLock lock = ledger.lock(request.attachment(), call.stop())) {
                return addition.run(netns);
            }
        }
    }

    private static CniException notChained() {
        return new CniException(
                ErrorCode.INVALID_CONFIG,
                "must be called as chained plugin: the configuration has no prevResult",
                "put portmap into \"plugins\" behind the plugin that attaches the container");
    }

    @Override
    public void check(Request.Check request, Call call) {
        PortmapConfig config = PortmapConfig.read(request.config());
        if (config.mappings().isEmpty()) {
            return;
        }
        AddResult previous = request.config().prevResult().orElseThrow(PortmapPlugin::notChained);
        Attachment attachment = request.attachment();
        Ledger ledger = Ledger.of(request.config());
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                HostSockets host = call.caller().hostSockets()) {
            new Inspection(
                            attachment,
                            config,
                            ContainerAddresses.of(previous, attachment.ifname()),
                            host)
                    .run(
                            ledger.find(attachment, NAME).map(PortmapRecord::new).orElse(null),
                            new IptablesForwards(ledger, attachment, request.environment()));
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
        Removal removal = new Removal(host, ledger, request.environment(), call.log());
        Optional<LedgerEntry> known = ledger.find(request.attachment(), NAME);
        if (known.isPresent() && new PortmapRecord(known.get()).isReadable()) {
            removal.byRecord(new PortmapRecord(known.get()), cleanup);
            return;
        }
        try (NetworkNamespace netns =
                Sandbox.openIfAlive(request.environment(), call).orElse(null)) {
            removal.unrecorded(request, Optional.ofNullable(netns), cleanup);
        }
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        GarbageCollection garbage = new GarbageCollection(request, NAME, call);
        Cleanup cleanup = new Cleanup();
        garbage.valid()
                .ifPresent(valid ->
                        cleanup.step(
                                "look for what is no longer valid",
                                () -> collect(request, valid, garbage, call, cleanup)));
        cleanup.finish();
    }

    private static void collect(
            Request.Gc request,
            List<Attachment> valid,
            GarbageCollection garbage,
            Call call,
            Cleanup cleanup) {
        try (HostSockets host = call.caller().hostSockets()) {
            Ledger ledger = Ledger.of(request.config());
            Removal removal = new Removal(host, ledger, request.environment(), call.log());
            garbage.collect(
                    (entry, one) -> removal.byRecord(new PortmapRecord(entry), one), cleanup);
            removal.unlisted(request.config().name(), valid, cleanup);
            garbage.tidy(cleanup);
        }
    }

    @Override
    public void status(Request.Status request, Call call) {
        PortmapConfig config = PortmapConfig.read(request.config());
        Ledger.of(request.config()).requireWritable();
        if (config.backend() == Backend.IPTABLES) {
            String path = request.environment().variables().getOrDefault("PATH", "");
            IptablesTable.ofHost(path, true, IptablesForwards.TABLE).requireInstalled();
            return;
        }
        try (HostSockets host = call.caller().hostSockets()) {
            if (!Nftables.isAvailable(host.netfilter())) {
                throw new CniException(
                        ErrorCode.NOT_AVAILABLE,
                        "this kernel has no nftables, which mapped ports need",
                        "load the module nf_tables, or set backend to iptables");
            }
        }
    }
}
