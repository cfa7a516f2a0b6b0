package dev.pontoon.firewall;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Findings;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The backend that needs no program: one transaction for our own table and the chains FORWARD. For
 * the other backends but iptables it serves the policies of bridges.
 */
final class NftablesFilter implements Filter {
    private static final int ATTEMPTS = 16;

    private final Nftables nftables;
    private final Claims claims;
    private final OwnTable table;
    private final OpenAddresses addresses;
    private final ClosedBridges bridges;

    NftablesFilter(NetlinkSocket netfilter, Claims claims) {
        this.nftables = new Nftables(netfilter);
        this.claims = claims;
        this.table = new OwnTable(nftables);
        this.addresses = new OpenAddresses(nftables);
        this.bridges = new ClosedBridges(nftables);
    }

    @Override
    public void open(FirewallRecord record) {
        for (int attempt = 1; ; attempt++) {
            try {
                nftables.commit(opening(record));
                return;
            } catch (KernelException e) {
                // Somebody removed a chain or added a rule since we looked.
                if (attempt == ATTEMPTS || !(e.is(Errno.ENOENT) || e.is(Errno.EEXIST))) {
                    throw e;
                }
            }
        }
    }

    private NftBatch opening(FirewallRecord record) {
        NftBatch batch = new NftBatch();
        table.ensure(batch);
        if (!record.bridge().isEmpty()) {
            bridges.add(batch, record, claims);
        }
        if (record.backend() != Backend.NFTABLES) {
            return batch;
        }
        open(batch, record, true);
        open(batch, record, false);
        return batch;
    }

    private void open(NftBatch batch, FirewallRecord record, boolean v4) {
        List<Ip> ofVersion = record.addresses(v4);
        if (ofVersion.isEmpty()) {
            return;
        }
        ForwardChain forward = new ForwardChain(nftables, v4);
        boolean refuses = forward.refuses();
        for (Ip each : ofVersion) {
            boolean accepted = refuses && forward.missing(each).isEmpty();
            addresses.add(batch, each, record.attachment(), accepted, claims);
        }
        if (refuses) {
            forward.open(batch, ofVersion, record.adminChain());
        }
    }

    /** Notes on addresses that this backend has open that another one has them open as well. */
    void share(List<Ip> opened) {
        NftBatch batch = new NftBatch();
        for (Ip each : opened) {
            addresses.share(batch, each);
        }
        nftables.commit(batch);
    }

    @Override
    public void close(FirewallRecord record) {
        NftBatch batch = new NftBatch();
        if (!record.bridge().isEmpty()) {
            bridges.remove(batch, record, claims);
        }
        if (record.backend() == Backend.NFTABLES) {
            closeAddresses(batch, record.attachment(), record.addresses());
        }
        nftables.commitRemoval(batch);
        if (!claims.useOwnTable()) {
            table.removeIfEmpty();
        }
    }

    /** An address that is not another's, by its element's word, is not in FORWARD either. */
    private void closeAddresses(NftBatch batch, Attachment attachment, List<Ip> closed) {
        List<Ip> free = new ArrayList<>();
        for (Ip each : closed) {
            if (addresses.remove(batch, each, attachment, claims)) {
                free.add(each);
            }
        }
        closeForward(batch, free);
    }

    private void closeForward(NftBatch batch, List<Ip> closed) {
        for (boolean v4 : new boolean[] {true, false}) {
            List<Ip> ofVersion = new ArrayList<>();
            for (Ip each : closed) {
                if (each.isV4() == v4) {
                    ofVersion.add(each);
                }
            }
            if (!ofVersion.isEmpty()) {
                new ForwardChain(nftables, v4).close(batch, ofVersion);
            }
        }
    }

    /** Removes the rules in the chains FORWARD for these addresses, whoever made them. */
    void closeForward(List<Ip> closed) {
        NftBatch batch = new NftBatch();
        closeForward(batch, closed);
        nftables.commitRemoval(batch);
    }

    /** Removes the addresses of such owners. */
    void removeIf(Predicate<String> owner) {
        NftBatch batch = new NftBatch();
        addresses.removeIf(batch, owner);
        remove(batch);
    }

    /** Removes the addresses of such owners, and the bridges of a network that nobody asks for. */
    void collect(String network, Predicate<String> owner) {
        NftBatch batch = new NftBatch();
        addresses.removeIf(batch, owner);
        bridges.removeUnclaimed(batch, network, claims);
        remove(batch);
    }

    private void remove(NftBatch batch) {
        if (!batch.isEmpty()) {
            nftables.commitRemoval(batch);
            table.removeIfEmpty();
        }
    }

    @Override
    public void inspect(FirewallRecord record, Findings findings) {
        require(table.missing(), findings);
        if (record.backend() == Backend.NFTABLES) {
            for (Ip each : record.addresses()) {
                inspect(each, record, findings);
            }
        }
        if (!record.bridge().isEmpty()) {
            inspectBridge(record, findings);
        }
    }

    private void inspect(Ip address, FirewallRecord record, Findings findings) {
        if (!addresses.has(address, record.attachment())) {
            throw findings.failed(
                    "the set "
                            + OpenAddresses.setOf(address)
                            + " of table "
                            + OwnTable.TABLE
                            + " does not have "
                            + address);
        }
        ForwardChain forward = new ForwardChain(nftables, address.isV4());
        if (forward.refuses()) {
            require(forward.missing(address), findings);
        }
    }

    private void inspectBridge(FirewallRecord record, Findings findings) {
        String bridge = record.bridge();
        IngressPolicy found = bridges.find(bridge);
        if (found.compareTo(record.policy()) < 0 && !claims.keepBridge(record)) {
            throw findings.failed(
                    "the map "
                            + OwnTable.WITHIN.name()
                            + " of table "
                            + OwnTable.TABLE
                            + " has "
                            + bridge
                            + " as "
                            + found.text()
                            + ", and it should be "
                            + record.policy().text());
        }
        if (found == IngressPolicy.OPEN || !bridges.hasName(bridge)) {
            throw findings.failed(
                    "the set "
                            + OwnTable.BRIDGES.name()
                            + " of table "
                            + OwnTable.TABLE
                            + " does not keep "
                            + bridge
                            + " apart");
        }
    }

    private static void require(String missing, Findings findings) {
        if (!missing.isEmpty()) {
            throw findings.failed(missing);
        }
    }
}
