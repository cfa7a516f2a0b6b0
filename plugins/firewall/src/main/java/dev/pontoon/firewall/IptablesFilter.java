package dev.pontoon.firewall;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Findings;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.protocol.Ip;
import java.util.List;

/**
 * The backend that runs the {@code iptables} program, where the configuration asks for it: the very
 * chains and rules of the reference plugin. Only the program of an IP version that the container
 * has is run.
 */
final class IptablesFilter implements Filter {
    /** The table that all of it is in. */
    static final String TABLE = "filter";

    private static final boolean[] VERSIONS = {true, false};

    private final String path;
    private final HostSockets host;
    private final Claims claims;

    /** {@code path} is the PATH of the call. */
    IptablesFilter(String path, HostSockets host, Claims claims) {
        this.path = path;
        this.host = host;
        this.claims = claims;
    }

    @Override
    public void open(FirewallRecord record) {
        for (boolean v4 : VERSIONS) {
            if (concerns(record, v4)) {
                IptablesTable table = IptablesTable.ofHost(path, v4, TABLE);
                IptablesRules rules = new IptablesRules(table.list());
                open(record, rules, v4);
                table.change(rules.changes());
            }
        }
        if (Nftables.isAvailable(host.netfilter())) {
            new NftablesFilter(host.netfilter(), claims).share(record.addresses());
        }
    }

    private void open(FirewallRecord record, IptablesRules rules, boolean v4) {
        rules.open(record.addresses(v4), record.adminChain());
        String bridge = record.bridge();
        if (!bridge.isEmpty()) {
            IngressPolicy wanted = record.policy();
            if (rules.policy(bridge).compareTo(wanted) > 0) {
                wanted = wanted.stricter(claims.ofOtherNetworks(record));
            }
            rules.setPolicy(bridge, wanted);
        }
    }

    /** A policy without addresses is made for IPv4. */
    private static boolean concerns(FirewallRecord record, boolean v4) {
        return !record.addresses(v4).isEmpty()
                || (v4 && record.addresses().isEmpty() && !record.bridge().isEmpty());
    }

    @Override
    public void close(FirewallRecord record) {
        Cleanup cleanup = new Cleanup();
        for (boolean v4 : VERSIONS) {
            if (concerns(record, v4)) {
                cleanup.step("close the firewall", () -> close(record, v4));
            }
        }
        cleanup.finish();
    }

    private void close(FirewallRecord record, boolean v4) {
        IptablesTable table = IptablesTable.ofHost(path, v4, TABLE);
        if (!table.isInstalled()) {
            closeWithout(record, v4);
            return;
        }
        IptablesRules rules = new IptablesRules(table.list());
        for (Ip each : record.addresses(v4)) {
            if (!claims.has(each)) {
                rules.close(each);
            }
        }
        String bridge = record.bridge();
        if (!bridge.isEmpty() && !claims.keepBridge(record)) {
            rules.setPolicy(bridge, claims.ofOtherNetworks(record));
        }
        table.change(rules.changes());
    }

    /** The program is gone, and what it made of the addresses can be found all the same. */
    private void closeWithout(FirewallRecord record, boolean v4) {
        NetlinkSocket netfilter = host.netfilter();
        if (!Nftables.isAvailable(netfilter)) {
            return;
        }
        NftBatch batch = new NftBatch();
        Nftables nftables = new Nftables(netfilter);
        new ForwardChain(nftables, v4).close(batch, record.addresses(v4));
        nftables.commitRemoval(batch);
    }

    @Override
    public void inspect(FirewallRecord record, Findings findings) {
        for (boolean v4 : VERSIONS) {
            if (concerns(record, v4)) {
                inspect(record, v4, findings);
            }
        }
    }

    private void inspect(FirewallRecord record, boolean v4, Findings findings) {
        IptablesRules rules = new IptablesRules(IptablesTable.ofHost(path, v4, TABLE).list());
        List<Ip> addresses = record.addresses(v4);
        require(rules.missing(addresses, record.adminChain()), v4, findings);
        if (!record.bridge().isEmpty()) {
            IngressPolicy needed =
                    claims.keepBridge(record) ? IngressPolicy.SAME_BRIDGE : record.policy();
            require(rules.missing(record.bridge(), needed), v4, findings);
        }
    }

    private static void require(String missing, boolean v4, Findings findings) {
        if (!missing.isEmpty()) {
            throw findings.failed((v4 ? "iptables" : "ip6tables") + " has no rule -A " + missing);
        }
    }
}
