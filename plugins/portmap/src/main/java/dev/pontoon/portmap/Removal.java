package dev.pontoon.portmap;

import dev.pontoon.attachment.StaleOwners;
import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.Log;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Takes mapped ports away, in whichever backend they are: by the ledger if it knows the attachment,
 * else by tags and by the names that the reference plugin gives. Every step succeeds if its object
 * is gone.
 */
final class Removal implements Detachment.Steps {
    private static final Attachment NOBODY = new Attachment("", "", "");

    private final HostSockets host;
    private final Ledger ledger;
    private final Environment environment;
    private final Log log;

    Removal(HostSockets host, Ledger ledger, Environment environment, Log log) {
        this.host = host;
        this.ledger = ledger;
        this.environment = environment;
        this.log = log;
    }

    private NftablesRemoval nftables(Attachment attachment) {
        return new NftablesRemoval(
                new Nftables(host.netfilter()),
                new Localnet(host),
                ifname -> iptables(attachment).othersNeedLocalnet(ifname),
                () -> lockPorts(ledger, new StopSignal()));
    }

    /** Keeps others from mapping ports, and from removing what all ports share. */
    static FileLock lockPorts(Ledger ledger, StopSignal stop) {
        return ledger.lockShared(PortmapPlugin.NAME, stop);
    }

    @Override
    public boolean isReadable(LedgerEntry entry) {
        return new PortmapRecord(entry).isReadable();
    }

    @Override
    public void recorded(LedgerEntry entry, Cleanup cleanup) {
        PortmapRecord record = new PortmapRecord(entry);
        List<Forward> forwards = record.forwards();
        String owner = OwnerTag.of(record.attachment());
        if (record.uses(Backend.IPTABLES)) {
            cleanup.step("remove rules of iptables", () -> removeIptables(record));
        } else if (record.isReadable()) {
            cleanup.step(
                    "remove mapped ports",
                    () ->
                            nftables(record.attachment())
                                    .remove(owner, forwards, record.dispatches()));
        } else if (Nftables.isAvailable(host.netfilter())) {
            cleanup.step(
                    "remove mapped ports",
                    () -> nftables(record.attachment()).removeIf(owner::equals));
        }
        new StaleFlows(host, log).forgetLed(forwards);
        if (!record.localnet().isEmpty()) {
            cleanup.step("put back route_localnet", () -> putBackLocalnet(record, cleanup));
        }
    }

    /** The rules of iptables that a record tells of. */
    void removeIptables(PortmapRecord record) {
        Set<Ip> targets = new HashSet<>();
        record.forwards().forEach(each -> targets.add(each.target()));
        List<Ip> addresses = List.copyOf(targets);
        if (Nftables.isAvailable(host.netfilter())) {
            new ReferenceForwards(new Nftables(host.netfilter()))
                    .removeChains(record.attachment(), addresses);
        }
        new LegacyForwards(environment.programPath()).remove(record.attachment(), addresses);
    }

    private void putBackLocalnet(PortmapRecord record, Cleanup cleanup) {
        String ifname = record.localnet();
        Localnet localnet = new Localnet(host);
        Localnet.Setting before = new Localnet.Setting(ifname, record.localnetWas());
        try (FileLock lock = lockPorts(ledger, new StopSignal())) {
            if (!iptables(record.attachment()).othersNeedLocalnet(ifname)) {
                if (!localnet.isNeededByNftables()) {
                    localnet.putBack(List.of(before));
                } else if (!before.value().equals("1")) {
                    localnet.record(before);
                }
            }
            if (cleanup.isComplete()) {
                // Not later: of those removed at once, the last one must not see the others' need.
                ledger.remove(record.attachment(), PortmapPlugin.NAME);
            }
        }
    }

    private IptablesForwards iptables(Attachment attachment) {
        return new IptablesForwards(ledger, attachment, environment);
    }

    @Override
    public void unrecorded(Request.Del request, Optional<NetworkNamespace> netns, Cleanup cleanup) {
        Attachment attachment = request.attachment();
        List<Ip> addresses = addresses(request, netns);
        // An interface without addresses has no ports, and those of its siblings must stay.
        boolean known = netns.isEmpty() || !addresses.isEmpty();
        if (Nftables.isAvailable(host.netfilter())) {
            cleanup.step(
                    "remove mapped ports",
                    () -> nftables(attachment).removeIf(OwnerTag.of(attachment)::equals));
            if (known) {
                cleanup.step(
                        "remove rules of the reference plugin",
                        () ->
                                new ReferenceForwards(new Nftables(host.netfilter()))
                                        .remove(attachment, addresses));
            }
        }
        if (known) {
            cleanup.step(
                    "remove rules of the old kind",
                    () ->
                            new LegacyForwards(environment.programPath())
                                    .remove(attachment, addresses));
        }
        forgetFlows(request, addresses);
    }

    /** The configuration may tell the ports. */
    private void forgetFlows(Request.Del request, List<Ip> addresses) {
        List<Forward> forwards = new ArrayList<>();
        for (PortMapping each : readableMappings(request)) {
            for (Ip target : addresses) {
                if (each.concerns(target.isV4())) {
                    forwards.add(
                            new Forward(
                                    each.protocol(),
                                    each.onlyHostIp(),
                                    each.hostPort(),
                                    target,
                                    each.containerPort()));
                }
            }
        }
        new StaleFlows(host, log).forgetLed(forwards);
    }

    private static List<PortMapping> readableMappings(Request.Del request) {
        try {
            return PortMapping.list(request.config());
        } catch (CniException e) {
            return List.of();
        }
    }

    private List<Ip> addresses(Request.Del request, Optional<NetworkNamespace> netns) {
        String ifname = request.attachment().ifname();
        List<Ip> told =
                request.config()
                        .readablePrevResult()
                        .map(previous -> ContainerAddresses.of(previous, ifname).list())
                        .orElse(List.of());
        return told.isEmpty() && netns.isPresent() ? addressesInside(ifname, netns.get()) : told;
    }

    private static List<Ip> addressesInside(String ifname, NetworkNamespace netns) {
        List<Ip> addresses = new ArrayList<>();
        try (NetlinkSocket inside = netns.routeSocket()) {
            Optional<Link> link = new Links(inside).find(ifname);
            for (Address each : new Addresses(inside).list()) {
                if (link.isPresent() && each.link() == link.get().index()) {
                    addresses.add(Ip.of(each.address()));
                }
            }
        }
        return addresses;
    }

    @Override
    public void unlisted(String network, List<Attachment> valid, Cleanup cleanup) {
        List<Attachment> kept = new ArrayList<>(valid);
        for (LedgerEntry entry : ledger.entries(network, PortmapPlugin.NAME)) {
            kept.add(entry.attachment());
        }
        if (Nftables.isAvailable(host.netfilter())) {
            cleanup.step(
                    "collect mapped ports of " + network,
                    () -> nftables(NOBODY).removeIf(new StaleOwners(network, valid, ledger)));
            cleanup.step(
                    "collect rules of the reference plugin in " + network,
                    () ->
                            new ReferenceForwards(new Nftables(host.netfilter()))
                                    .collect(network, kept));
        }
        cleanup.step(
                "collect rules of the old kind in " + network,
                () -> new LegacyForwards(environment.programPath()).collect(network, kept));
    }
}
