package dev.pontoon.firewall;

import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetworkNamespace;
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
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/** The {@code firewall} plugin: lets through what containers send and are answered. */
public final class FirewallPlugin implements Plugin {
    static final String NAME = "firewall";

    @Override
    public String name() {
        return NAME;
    }

    /** Chains came with 0.3.0, and without one there is no address to open. */
    @Override
    public List<CniVersion> supportedVersions() {
        return CniVersion.ALL.subList(CniVersion.V0_3_0.ordinal(), CniVersion.ALL.size());
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        FirewallConfig config = FirewallConfig.read(request.config().object());
        AddResult previous = previous(request.config());
        String bridge = config.bridge(previous);
        Ledger ledger = Ledger.of(request.config());
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                FileLock lock = ledger.lock(request.attachment(), call.stop());
                HostSockets host = call.caller().hostSockets()) {
            Filters filters = new Filters(request.environment(), host, ledger);
            new Addition(request.attachment(), config, netns, filters, call).run(previous, bridge);
        }
        return previous;
    }

    private static AddResult previous(NetworkConfig config) {
        return config.prevResult()
                .orElseThrow(() ->
                        new CniException(
                                ErrorCode.INVALID_CONFIG,
                                "missing prevResult from earlier plugin",
                                "put firewall behind another plugin in a conflist"));
    }

    @Override
    public void check(Request.Check request, Call call) {
        FirewallConfig config = FirewallConfig.read(request.config().object());
        AddResult previous = previous(request.config());
        String bridge = config.bridge(previous);
        Ledger ledger = Ledger.of(request.config());
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                HostSockets host = call.caller().hostSockets()) {
            Filters filters = new Filters(request.environment(), host, ledger);
            new Inspection(request.attachment(), config, filters).run(previous, bridge);
        }
    }

    @Override
    public void del(Request.Del request, Call call) {
        Ledger ledger = Ledger.of(request.config());
        Cleanup cleanup = new Cleanup();
        try (FileLock lock = ledger.lock(request.attachment(), new StopSignal());
                HostSockets host = call.caller().hostSockets()) {
            Removal removal = new Removal(new Filters(request.environment(), host, ledger));
            cleanup.step(
                    "look for what was made for " + request.attachment(),
                    () -> remove(request, ledger, removal, cleanup));
        }
        cleanup.finish();
    }

    private static void remove(
            Request.Del request, Ledger ledger, Removal removal, Cleanup cleanup) {
        Optional<LedgerEntry> known = ledger.find(request.attachment(), NAME);
        if (known.isPresent() && new FirewallRecord(known.get()).isReadable()) {
            removal.byRecord(new FirewallRecord(known.get()));
            return;
        }
        List<Ip> addresses =
                request.config().readablePrevResult().map(Addition::addresses).orElse(List.of());
        removal.unrecorded(request.attachment(), addresses, zone(request.config()), cleanup);
        if (cleanup.isComplete()) {
            ledger.remove(request.attachment(), NAME);
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
            Removal removal = new Removal(new Filters(request.environment(), host, ledger));
            garbage.collect((entry, _) -> removal.byRecord(new FirewallRecord(entry)), cleanup);
            removal.collectUnlisted(request.config().name(), valid, cleanup);
            garbage.tidy(cleanup);
        }
    }

    @Override
    public void status(Request.Status request, Call call) {
        FirewallConfig config = FirewallConfig.read(request.config().object());
        try (HostSockets host = call.caller().hostSockets()) {
            Filters filters = new Filters(request.environment(), host, Ledger.of(request.config()));
            Backend backend =
                    config.backend().isPresent() ? config.backend().get() : filters.choose(call);
            Readiness.require(config, backend, filters);
        }
    }
}
