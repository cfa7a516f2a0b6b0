package dev.pontoon.bridge;

import dev.pontoon.attachment.Forwarding;
import dev.pontoon.attachment.IpamReadiness;
import dev.pontoon.attachment.Masquerading;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/**
 * STATUS: whether an ADD could be served now, and whether containers that are attached suffer
 * already.
 */
final class Readiness {
    private Readiness() {}

    static void require(BridgeConfig config, Request.Status request, Call call) {
        Ledger.of(request.config()).requireWritable();
        IpamReadiness.require(request, call);
        requireMasquerading(config, request, call);
        try (HostSockets host = call.caller().hostSockets()) {
            requireBridge(config, request, host);
        }
    }

    private static void requireMasquerading(
            BridgeConfig config, Request.Status request, Call call) {
        try (HostSockets host = call.caller().hostSockets()) {
            new Masquerading(host, request.environment()).requireAvailable(config.masquerade());
            if (config.macSpoofCheck() && !Nftables.isAvailable(host.netfilter())) {
                throw new CniException(
                        ErrorCode.NOT_AVAILABLE,
                        "this kernel has no nftables, which macspoofchk needs",
                        "load the module nf_tables, or unset macspoofchk");
            }
        }
    }

    private static void requireBridge(
            BridgeConfig config, Request.Status request, HostSockets host) {
        Optional<Link> bridge;
        try {
            bridge = new HostBridge(config, host.route()).find();
        } catch (CniException e) {
            throw new CniException(ErrorCode.NOT_AVAILABLE, e.text(), e.details()).because(e);
        }
        List<LedgerEntry> attached =
                Ledger.of(request.config()).entries(request.config().name(), BridgePlugin.NAME);
        if (!attached.isEmpty()) {
            requireWorking(config, bridge);
            if (config.isGateway()) {
                Forwarding.requireFor(attached);
            }
        }
    }

    private static void requireWorking(BridgeConfig config, Optional<Link> bridge) {
        if (bridge.isEmpty()) {
            throw limited("the bridge " + config.bridge() + " is gone");
        }
        if (!bridge.get().up()) {
            throw limited("the bridge " + config.bridge() + " is down");
        }
    }

    private static CniException limited(String what) {
        return new CniException(
                ErrorCode.NOT_AVAILABLE_LIMITED,
                what + ", and containers are attached to it",
                "restore it, or detach and attach the containers again");
    }
}
