package dev.pontoon.bridge;

import dev.pontoon.attachment.Masquerading;
import dev.pontoon.attachment.StaleOwners;
import dev.pontoon.attachment.VethRemoval;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes away what belongs to an attachment on the host: by the ledger if it knows the attachment,
 * else by the previous result and by the reference plugins' naming rules. Never by the interface's
 * name alone: a path may lead to another container by now.
 *
 * <p>Every step succeeds if its object is gone already.
 */
final class Removal implements Detachment.Steps {
    private final HostSockets host;
    private final Ledger ledger;
    private final VethRemoval veths;
    private final Masquerading masquerading;

    Removal(HostSockets host, Ledger ledger, Environment environment) {
        this.host = host;
        this.ledger = ledger;
        this.veths = new VethRemoval(host, ledger);
        this.masquerading = new Masquerading(host, environment);
    }

    @Override
    public boolean isReadable(LedgerEntry entry) {
        return new BridgeRecord(entry).common().isReadable();
    }

    @Override
    public void recorded(LedgerEntry entry, Cleanup cleanup) {
        BridgeRecord record = new BridgeRecord(entry);
        Optional<EarlierLinkRecord> earlier = EarlierLinkRecord.of(record);
        if (earlier.isPresent()) {
            new EarlierLinkReturn(earlier.get(), new Links(host.route())).run(cleanup);
        } else {
            cleanup.step(
                    "delete " + record.hostVeth(), () -> veths.deleteRecorded(record.common()));
        }
        cleanup.step("remove masquerading", () -> masquerading.remove(record.common()));
        if (record.checksMacs()) {
            cleanup.step("remove the MAC spoof check", () -> removeSpoofCheck(record));
        }
        if (record.removesUnusedBridge()) {
            cleanup.step("remove bridge " + record.bridge(), () -> removeUnusedBridge(record));
        }
    }

    private void removeSpoofCheck(BridgeRecord record) {
        MacSpoofCheck check = new MacSpoofCheck(host.netfilter());
        byte[] mac = record.containerMac();
        if (mac.length == 0) {
            check.removeIf(OwnerTag.of(record.attachment())::equals);
        } else {
            check.remove(record.hostVeth(), mac);
        }
    }

    private void removeUnusedBridge(BridgeRecord record) {
        try (FileLock alone = ledger.lockShared(bridgeLock(record.bridge()), new StopSignal())) {
            Links links = new Links(host.route());
            Optional<Link> bridge = links.find(record.bridge());
            if (bridge.isPresent() && bridge.get().isBridge()) {
                removeUnusedBridge(bridge.get(), links);
            }
        }
    }

    private static void removeUnusedBridge(Link bridge, Links links) {
        List<Link> ports = links.ports(bridge.index());
        for (Link port : ports) {
            if (!isOfVlanGateway(port, bridge, links)) {
                return;
            }
        }
        for (Link port : ports) {
            links.deleteIfPresent(port.index());
        }
        links.deleteIfPresent(bridge.index());
    }

    /** Whether the port's other end is the link that carries a VLAN's gateway addresses. */
    private static boolean isOfVlanGateway(Link port, Link bridge, Links links) {
        Optional<Link> end = port.isVeth() ? links.find(port.peer()) : Optional.empty();
        return end.isPresent()
                && end.get().isVeth()
                && end.get().peer() == port.index()
                && end.get().name().startsWith(bridge.name() + ".");
    }

    /** The lock under which a bridge that goes with its last port is joined and removed. */
    static String bridgeLock(String bridge) {
        return "bridge=" + bridge;
    }

    @Override
    public void unrecorded(Request.Del request, Optional<NetworkNamespace> netns, Cleanup cleanup) {
        Attachment attachment = request.attachment();
        Optional<AddResult> previous = request.config().readablePrevResult();
        String bridge = BridgeConfig.readableBridgeName(request.config().object());
        List<NetworkInterface> made =
                previous.map(result -> listedFrom(bridge, result)).orElse(List.of());
        if (!made.isEmpty()) {
            // A VLAN's gateway is no port.
            cleanup.step(
                    "delete the veth pair",
                    () -> veths.deleteListed(attachment, made, link -> link.master() != 0));
        }
        if (!made.isEmpty() && netns.isPresent()) {
            cleanup.step(
                    "delete " + attachment.ifname() + " in the container",
                    () -> veths.deleteInside(attachment, made, netns.get()));
        }
        masquerading.removeUnrecorded(attachment, addressesOf(previous), netns, cleanup);
        if (Nftables.isAvailable(host.netfilter())) {
            removeSpoofChecks(attachment, cleanup);
        }
    }

    /**
     * What the bridge plugin made, from the bridge on: earlier plugins of the chain stand before,
     * and their links are not ours to delete. Everything if the bridge is not listed.
     */
    private static List<NetworkInterface> listedFrom(String bridge, AddResult previous) {
        List<NetworkInterface> all = previous.interfaces();
        for (int i = all.size() - 1; i >= 0; i--) {
            if (all.get(i).sandbox().isEmpty() && all.get(i).name().equals(bridge)) {
                return all.subList(i, all.size());
            }
        }
        return all;
    }

    private void removeSpoofChecks(Attachment attachment, Cleanup cleanup) {
        String owner = OwnerTag.of(attachment);
        cleanup.step(
                "remove the MAC spoof check",
                () -> new MacSpoofCheck(host.netfilter()).removeIf(owner::equals));
        cleanup.step(
                "remove the MAC spoof check of the reference plugins",
                () -> new ReferenceSpoofCheck(host.netfilter()).remove(attachment));
    }

    private static List<Cidr> addressesOf(Optional<AddResult> previous) {
        List<Cidr> addresses = new ArrayList<>();
        if (previous.isPresent()) {
            for (IpConfig ip : previous.get().ips()) {
                addresses.add(ip.address());
            }
        }
        return addresses;
    }

    @Override
    public void unlisted(String network, List<Attachment> valid, Cleanup cleanup) {
        masquerading.collect(network, valid, ledger, cleanup);
        if (Nftables.isAvailable(host.netfilter())) {
            cleanup.step(
                    "collect MAC spoof checks of " + network,
                    () ->
                            new MacSpoofCheck(host.netfilter())
                                    .removeIf(new StaleOwners(network, valid, ledger)));
        }
    }
}
