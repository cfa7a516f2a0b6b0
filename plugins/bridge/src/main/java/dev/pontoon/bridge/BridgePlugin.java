package dev.pontoon.bridge;

import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Delegate;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The {@code bridge} plugin: joins a container to a bridge of the host. */
public final class BridgePlugin implements Plugin {
    static final String NAME = "bridge";

    /**
     * Where the container's interface stands in the list of a result: behind bridge and host veth.
     */
    static final int CONTAINER_INDEX = 2;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        BridgeConfig config = BridgeConfig.read(request.config(), request.environment());
        // Read before anything is touched: it may be none.
        request.config().prevResult();
        Ledger ledger = Ledger.of(request.config());
        Optional<Delegate> ipam = Delegate.ipam(request.config(), request.environment(), call);
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                FileLock lock = ledger.lock(request.attachment(), call.stop());
                HostSockets host = call.caller().hostSockets();
                NetlinkSocket container = netns.routeSocket()) {
            return new Addition(request, config, ipam, ledger, netns, host, container, call).run();
        }
    }

    @Override
    public void check(Request.Check request, Call call) {
        BridgeConfig config = BridgeConfig.read(request.config(), request.environment());
        AddResult previous = request.config().prevResult().orElseThrow();
        Optional<Delegate> ipam = Delegate.ipam(request.config(), request.environment(), call);
        if (ipam.isPresent()) {
            ipam.get().check(request);
        }
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                HostSockets host = call.caller().hostSockets();
                NetlinkSocket container = netns.routeSocket()) {
            Ledger ledger = Ledger.of(request.config());
            new Inspection(request, config, previous, ledger, host, container).run();
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
                    () -> removeFromHost(request, call, ledger, host, cleanup));
            cleanup.step("release the addresses", () -> releaseAddresses(request, call));
            if (cleanup.isComplete()) {
                cleanup.step(
                        "forget the attachment", () -> ledger.remove(request.attachment(), NAME));
            }
        }
        cleanup.finish();
    }

    private static void removeFromHost(
            Request.Del request, Call call, Ledger ledger, HostSockets host, Cleanup cleanup) {
        Removal removal = new Removal(host, ledger, searchPath(request.environment()));
        Optional<LedgerEntry> known = ledger.find(request.attachment(), NAME);
        if (known.isPresent() && new BridgeRecord(known.get()).isReadable()) {
            removal.byLedger(new BridgeRecord(known.get()), cleanup);
            return;
        }
        try (NetworkNamespace netns =
                Sandbox.openIfAlive(request.environment(), call).orElse(null)) {
            removal.byPreviousResult(
                    request.attachment(),
                    BridgeConfig.readableBridgeName(request.config().object()),
                    request.config().readablePrevResult(),
                    Optional.ofNullable(netns),
                    cleanup);
        }
    }

    private static void releaseAddresses(Request.Del request, Call call) {
        Delegate.ipam(request.config(), request.environment(), call)
                .ifPresent(ipam -> ipam.del(request));
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        Optional<List<Attachment>> valid = request.config().validAttachments();
        Cleanup cleanup = new Cleanup();
        if (valid.isEmpty()) {
            call.log()
                    .line(
                            "the configuration does not say which attachments are valid: nothing is removed");
        } else {
            cleanup.step(
                    "look for what is no longer valid",
                    () -> collect(request, valid.get(), call, cleanup));
        }
        cleanup.step(
                "collect the addresses",
                () ->
                        Delegate.ipam(request.config(), request.environment(), call)
                                .ifPresent(ipam -> ipam.gc(request)));
        cleanup.finish();
    }

    private static void collect(
            Request.Gc request, List<Attachment> valid, Call call, Cleanup cleanup) {
        Ledger ledger = Ledger.of(request.config());
        String network = request.config().name();
        try (HostSockets host = call.caller().hostSockets()) {
            Removal removal = new Removal(host, ledger, searchPath(request.environment()));
            for (LedgerEntry entry : ledger.entries(network, NAME)) {
                if (!valid.contains(entry.attachment())) {
                    collectEntry(entry.attachment(), ledger, removal, call, cleanup);
                }
            }
            removal.collectUnlisted(network, valid, cleanup);
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
                removal.byLedger(new BridgeRecord(entry.get()), one);
                if (one.isComplete()) {
                    ledger.remove(stale, NAME);
                }
                cleanup.step("collect " + stale, one::finish);
            }
        }
    }

    @Override
    public void status(Request.Status request, Call call) {
        BridgeConfig config = BridgeConfig.read(request.config());
        Readiness.require(config, request, call);
    }

    /** The PATH of the call, or empty. */
    static String searchPath(Environment environment) {
        return environment.variables().getOrDefault("PATH", "");
    }

    /** The gateways that addresses name, each with its subnet's prefix length. */
    static List<Cidr> gateways(List<IpConfig> ips) {
        List<Cidr> gateways = new ArrayList<>();
        for (IpConfig ip : ips) {
            Ip gateway = ip.gateway();
            if (gateway == null) {
                continue;
            }
            Cidr cidr = new Cidr(gateway, ip.address().prefixLength());
            if (!gateways.contains(cidr)) {
                gateways.add(cidr);
            }
        }
        return gateways;
    }
}
