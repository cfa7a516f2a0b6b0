package dev.pontoon.firewall;

import dev.pontoon.attachment.LivingAttachments;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.Findings;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Recorded;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/** The {@code firewall} plugin: lets through what containers send and are answered. */
public final class FirewallPlugin implements Plugin {
    static final String NAME = "firewall";

    private static final Detachment DETACHMENT =
            Detachment.chained(
                    NAME,
                    (host, ledger, environment, _) ->
                            new Removal(new Filters(environment, host, ledger)));

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
        DETACHMENT.del(request, call);
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        DETACHMENT.gc(request, call);
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

    @Override
    public Optional<String> missing(Recorded attachment, Call call) {
        FirewallRecord record = new FirewallRecord(attachment.entry());
        try (HostSockets host = call.caller().hostSockets()) {
            if (!new LivingAttachments(host).test(attachment.entry())) {
                return Optional.empty();
            }
            Findings findings = new Findings(record.attachment());
            return findings.of(
                    () -> filters(attachment, host).of(record).inspect(record, findings));
        }
    }

    @Override
    public void restore(Recorded attachment, Call call) {
        FirewallRecord record = new FirewallRecord(attachment.entry());
        try (HostSockets host = call.caller().hostSockets();
                FileLock lock = attachment.ledger().lockShared(Filter.LOCK, call.stop())) {
            filters(attachment, host).of(record).open(record);
        }
    }

    private static Filters filters(Recorded attachment, HostSockets host) {
        return new Filters(attachment.environment(), host, attachment.ledger());
    }
}
