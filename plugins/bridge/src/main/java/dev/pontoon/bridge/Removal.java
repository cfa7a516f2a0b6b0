package dev.pontoon.bridge;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
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
final class Removal {
    private final HostSockets host;
    private final Ledger ledger;
    private final String path;

    /** {@code path} is the PATH of the call, for configurations that need iptables. */
    Removal(HostSockets host, Ledger ledger, String path) {
        this.host = host;
        this.ledger = ledger;
        this.path = path;
    }

    /** Everything that the ledger names, but for the addresses, which are the IPAM plugin's. */
    void byLedger(BridgeRecord record, Cleanup cleanup) {
        Optional<EarlierLinkRecord> earlier = EarlierLinkRecord.of(record);
        if (earlier.isPresent()) {
            new EarlierLinkReturn(earlier.get(), new Links(host.route())).run(cleanup);
        } else {
            cleanup.step("delete " + record.hostVeth(), () -> deleteHostVeth(record));
        }
        cleanup.step("remove masquerading", () -> removeMasquerade(record));
        if (record.checksMacs()) {
            cleanup.step("remove the MAC spoof check", () -> removeSpoofCheck(record));
        }
        if (record.removesUnusedBridge()) {
            cleanup.step("remove bridge " + record.bridge(), () -> removeUnusedBridge(record));
        }
    }

    /** The name is random and was written down before the link was made; the MAC makes sure. */
    private void deleteHostVeth(BridgeRecord record) {
        Links links = new Links(host.route());
        Optional<Link> link = links.find(record.hostVeth());
        if (link.isPresent()
                && link.get().isVeth()
                && link.get().macText().equals(record.hostMac())) {
            host.deleteLinkIfPresent(link.get().index());
        }
    }

    private void removeMasquerade(BridgeRecord record) {
        Attachment attachment = record.attachment();
        List<Cidr> addresses = record.addresses();
        if (record.masquerades(MasqueradeBackend.IPTABLES)) {
            removeIptables(attachment, addresses);
        } else if (record.masquerades(MasqueradeBackend.NFTABLES)) {
            Masquerade masquerade = new Masquerade(host.netfilter());
            if (record.isFinished() && !addresses.isEmpty()) {
                masquerade.remove(attachment, addresses);
            } else {
                masquerade.removeIf(OwnerTag.of(attachment)::equals);
            }
        }
    }

    /** Without addresses the ADD did not come as far as to its rules. */
    private void removeIptables(Attachment attachment, List<Cidr> addresses) {
        if (addresses.isEmpty()) {
            return;
        }
        IptablesMasquerade iptables = IptablesMasquerade.ofHost(path);
        if (iptables.isInstalled(addresses)) {
            iptables.remove(attachment, addresses);
        } else if (Nftables.isAvailable(host.netfilter())) {
            // The program is gone, and what it made can be found all the same.
            new ReferenceArtefacts(host.netfilter())
                    .removeMasquerade(attachment, addresses, List.of());
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

    /**
     * What was made for an attachment that the ledger does not know: by the reference plugins, or
     * by ours if somebody emptied the ledger's folder.
     */
    void byPreviousResult(
            Attachment attachment,
            String bridge,
            Optional<AddResult> previous,
            Optional<NetworkNamespace> netns,
            Cleanup cleanup) {
        List<NetworkInterface> made =
                previous.map(result -> listedFrom(bridge, result)).orElse(List.of());
        if (!made.isEmpty()) {
            cleanup.step("delete the veth pair", () -> deleteListedPorts(made));
        }
        if (!made.isEmpty() && netns.isPresent()) {
            cleanup.step(
                    "delete " + attachment.ifname() + " in the container",
                    () -> deleteContainerLink(attachment.ifname(), made, netns.get()));
        }
        List<Cidr> addresses = addressesOf(previous);
        cleanup.step(
                "remove masquerading of the reference plugins",
                () -> removeReferenceMasquerade(attachment, addresses, netns));
        if (Nftables.isAvailable(host.netfilter())) {
            removeRulesOf(attachment, cleanup);
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

    /**
     * Host ends of veth pairs: random names, and the MAC makes sure. A VLAN's gateway is no port,
     * and a result that is another attachment's costs that one nothing.
     */
    private void deleteListedPorts(List<NetworkInterface> made) {
        Links links = new Links(host.route());
        for (NetworkInterface each : made) {
            Optional<Link> link =
                    each.sandbox().isEmpty() ? links.find(each.name()) : Optional.empty();
            if (link.isPresent()
                    && link.get().isVeth()
                    && link.get().master() != 0
                    && link.get().macText().equalsIgnoreCase(each.mac())
                    && !isInLedger(each.name())) {
                host.deleteLinkIfPresent(link.get().index());
            }
        }
    }

    private boolean isInLedger(String hostVeth) {
        for (String network : ledger.networks()) {
            for (LedgerEntry entry : ledger.entries(network, BridgePlugin.NAME)) {
                if (new BridgeRecord(entry).hostVeth().equals(hostVeth)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void removeRulesOf(Attachment attachment, Cleanup cleanup) {
        String owner = OwnerTag.of(attachment);
        cleanup.step(
                "remove masquerading",
                () -> new Masquerade(host.netfilter()).removeIf(owner::equals));
        cleanup.step(
                "remove the MAC spoof check",
                () -> new MacSpoofCheck(host.netfilter()).removeIf(owner::equals));
        cleanup.step(
                "remove the MAC spoof check of the reference plugins",
                () -> new ReferenceArtefacts(host.netfilter()).removeSpoofCheck(attachment));
    }

    /** Of both kinds, because the host's iptables may have changed its kind meanwhile. */
    private void removeReferenceMasquerade(
            Attachment attachment, List<Cidr> addresses, Optional<NetworkNamespace> netns) {
        List<Ip> others =
                addresses.isEmpty() && netns.isPresent()
                        ? addressesBeside(attachment.ifname(), netns.get())
                        : List.of();
        if (Nftables.isAvailable(host.netfilter())) {
            new ReferenceArtefacts(host.netfilter())
                    .removeMasquerade(attachment, addresses, others);
        }
        List<Cidr> families = ReferenceArtefacts.legacyNat();
        if (!families.isEmpty()) {
            removeLegacy(attachment, addresses, others, families);
        }
    }

    /** The addresses that the container has on its other interfaces. */
    private static List<Ip> addressesBeside(String ifname, NetworkNamespace netns) {
        List<Ip> others = new ArrayList<>();
        try (NetlinkSocket inside = netns.routeSocket()) {
            Optional<Link> own = new Links(inside).find(ifname);
            for (Address each : new Addresses(inside).list()) {
                if (own.isEmpty() || each.link() != own.get().index()) {
                    others.add(Ip.of(each.address()));
                }
            }
        }
        return others;
    }

    /** Rules of the old kind were made by the old program; where it is gone nobody made any. */
    private void removeLegacy(
            Attachment attachment, List<Cidr> addresses, List<Ip> others, List<Cidr> families) {
        if (Program.find("iptables-legacy", path).isEmpty()) {
            return;
        }
        IptablesMasquerade xtables = IptablesMasquerade.ofXtables(path);
        if (addresses.isEmpty()) {
            xtables.removeExcept(attachment, others, families);
        } else {
            xtables.remove(attachment, addresses);
        }
    }

    /** A path and a result that are another attachment's cost that one nothing either. */
    private void deleteContainerLink(
            String ifname, List<NetworkInterface> made, NetworkNamespace netns) {
        try (NetlinkSocket inside = netns.routeSocket()) {
            Links links = new Links(inside);
            Optional<Link> link = links.find(ifname);
            if (link.isPresent() && link.get().isVeth() && isListed(link.get(), made)) {
                Optional<Link> hostEnd = new Links(host.route()).find(link.get().peer());
                if (hostEnd.isEmpty() || !isInLedger(hostEnd.get().name())) {
                    links.deleteIfPresent(link.get().index());
                }
            }
        }
    }

    private static boolean isListed(Link link, List<NetworkInterface> made) {
        for (NetworkInterface each : made) {
            boolean same =
                    !each.sandbox().isEmpty()
                            && each.name().equals(link.name())
                            && each.mac().equalsIgnoreCase(link.macText());
            if (same) {
                return true;
            }
        }
        return false;
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

    /** Everything of a network whose attachment is not valid and which no ledger entry led to. */
    void collectUnlisted(String network, List<Attachment> valid, Cleanup cleanup) {
        if (!Nftables.isAvailable(host.netfilter())) {
            return;
        }
        cleanup.step(
                "collect masquerading of " + network,
                () ->
                        new Masquerade(host.netfilter())
                                .removeIf(new StaleOwners(network, valid, ledger)));
        cleanup.step(
                "collect MAC spoof checks of " + network,
                () ->
                        new MacSpoofCheck(host.netfilter())
                                .removeIf(new StaleOwners(network, valid, ledger)));
        cleanup.step(
                "collect masquerading of the reference plugins in " + network,
                () ->
                        new ReferenceArtefacts(host.netfilter())
                                .collectMasquerade(network, keptBy(network, valid)));
    }

    /**
     * A container that asked for iptables is in the ledger, and its rules look like the
     * reference's.
     */
    private List<Attachment> keptBy(String network, List<Attachment> valid) {
        List<Attachment> kept = new ArrayList<>(valid);
        for (LedgerEntry entry : ledger.entries(network, BridgePlugin.NAME)) {
            kept.add(entry.attachment());
        }
        return kept;
    }
}
