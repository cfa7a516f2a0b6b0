package dev.pontoon.bridge;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Delegate;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Cidr;
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
        requireIpam(request, call);
        requireMasquerading(config, request, call);
        try (HostSockets host = call.caller().hostSockets()) {
            requireBridge(config, request, host);
        }
    }

    /** The IPAM plugin's own code is kept; that it cannot be found at all is code 50. */
    private static void requireIpam(Request.Status request, Call call) {
        Optional<Delegate> ipam;
        try {
            ipam = Delegate.ipam(request.config(), request.environment(), call);
        } catch (CniException e) {
            throw new CniException(ErrorCode.NOT_AVAILABLE, e.text(), e.details()).because(e);
        }
        if (ipam.isPresent()) {
            ipam.get().status(request);
        }
    }

    private static void requireMasquerading(
            BridgeConfig config, Request.Status request, Call call) {
        boolean nftables =
                config.masquerade() == MasqueradeBackend.NFTABLES || config.macSpoofCheck();
        try (HostSockets host = call.caller().hostSockets()) {
            if (nftables && !Nftables.isAvailable(host.netfilter())) {
                throw new CniException(
                        ErrorCode.NOT_AVAILABLE,
                        "this kernel has no nftables, which ipMasq and macspoofchk need",
                        "load the module nf_tables, or set ipMasqBackend to iptables");
            }
        }
        if (config.masquerade() == MasqueradeBackend.IPTABLES) {
            IptablesMasquerade.ofHost(BridgePlugin.searchPath(request.environment()))
                    .requireProgram();
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
            requireForwarding(config, attached);
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

    private static void requireForwarding(BridgeConfig config, List<LedgerEntry> attached) {
        if (!config.isGateway()) {
            return;
        }
        for (LedgerEntry entry : attached) {
            for (Cidr address : new BridgeRecord(entry).addresses()) {
                if (!HostBridge.isForwarding(address)) {
                    throw limited(
                            "the host does not forward packets of "
                                    + (address.isV4() ? "IPv4" : "IPv6")
                                    + " ("
                                    + String.join(".", HostBridge.forwardingSetting(address))
                                    + " is not 1)");
                }
            }
        }
    }

    private static CniException limited(String what) {
        return new CniException(
                ErrorCode.NOT_AVAILABLE_LIMITED,
                what + ", and containers are attached to it",
                "restore it, or detach and attach the containers again");
    }
}
