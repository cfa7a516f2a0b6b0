package dev.pontoon.firewall;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.Optional;

/** STATUS: whether the host has what an ADD of this configuration needs. */
final class Readiness {
    private Readiness() {}

    /** Throws code 50 if an ADD could not be served, or would open nothing. */
    static void require(FirewallConfig config, Backend backend, Filters filters) {
        filters.ledger().requireWritable();
        boolean isolates = config.policy() != IngressPolicy.OPEN;
        switch (backend) {
            case NFTABLES -> {
                requireNftables(filters.host());
                requireNoLegacyDrop(filters.path());
            }
            case IPTABLES ->
                    IptablesTable.ofHost(filters.path(), true, IptablesFilter.TABLE)
                            .requireInstalled();
            case FIREWALLD -> {
                requireFirewalld(filters);
                if (isolates) {
                    requireNftables(filters.host());
                }
            }
        }
    }

    private static void requireFirewalld(Filters filters) {
        if (!filters.isFirewalldRunning()) {
            CniException notRunning = FirewalldFilter.notRunning();
            throw new CniException(
                    ErrorCode.NOT_AVAILABLE, notRunning.text(), notRunning.details());
        }
    }

    /** Throws code 50 if the kernel has no nftables. */
    static void requireNftables(HostSockets host) {
        if (!Nftables.isAvailable(host.netfilter())) {
            throw new CniException(
                    ErrorCode.NOT_AVAILABLE,
                    "this kernel has no nftables, which the firewall needs",
                    "load the module nf_tables, or set backend to iptables");
        }
    }

    /** What nf_tables accepts, a chain of the old kind may still drop. */
    private static void requireNoLegacyDrop(String path) {
        for (boolean v4 : new boolean[] {true, false}) {
            Optional<IptablesTable> legacy = IptablesTable.legacy(path, v4, IptablesFilter.TABLE);
            if (legacy.isPresent() && legacy.get().list().contains("-P FORWARD DROP")) {
                throw new CniException(
                        ErrorCode.NOT_AVAILABLE,
                        "the chain FORWARD of "
                                + (v4 ? "iptables" : "ip6tables")
                                + "-legacy drops, and the nftables backend cannot open it",
                        "set backend to iptables, with iptables being that program");
            }
        }
    }
}
