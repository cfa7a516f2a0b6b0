package dev.pontoon.bridge;

import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Delegate;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Recorded;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
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

    private static final Detachment DETACHMENT =
            Detachment.withAddresses(
                    NAME, (host, ledger, environment, _) -> new Removal(host, ledger, environment));

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
        DETACHMENT.del(request, call);
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        DETACHMENT.gc(request, call);
    }

    @Override
    public void status(Request.Status request, Call call) {
        BridgeConfig config = BridgeConfig.read(request.config());
        Readiness.require(config, request, call);
    }

    @Override
    public Optional<String> missing(Recorded attachment, Call call) {
        try (HostSockets host = call.caller().hostSockets()) {
            return new Restoration(attachment, host).missing();
        }
    }

    @Override
    public void restore(Recorded attachment, Call call) {
        try (HostSockets host = call.caller().hostSockets()) {
            new Restoration(attachment, host).run();
        }
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
