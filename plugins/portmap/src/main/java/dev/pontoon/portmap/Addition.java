package dev.pontoon.portmap;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.attachment.LiveOwners;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.plugin.Undo;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * One ADD. What it makes is taken back by the same code that serves DEL, from the same record,
 * whether it is this call that fails or a later one that finds the record of a call that was
 * killed.
 */
final class Addition {
    private final Request.Add request;
    private final PortmapConfig config;
    private final AddResult previous;
    private final ContainerAddresses container;
    private final List<Forward> forwards;
    private final Ledger ledger;
    private final HostSockets host;
    private final Call call;
    private final Removal removal;

    /** Throws code 7 for ports that the container's addresses cannot serve; touches nothing. */
    Addition(
            Request.Add request,
            PortmapConfig config,
            AddResult previous,
            Ledger ledger,
            HostSockets host,
            Call call) {
        this.request = request;
        this.config = config;
        this.previous = previous;
        this.container = ContainerAddresses.of(previous, request.attachment().ifname());
        this.forwards = Forward.of(config.mappings(), container);
        this.ledger = ledger;
        this.host = host;
        this.call = call;
        this.removal = new Removal(host, ledger, request.environment(), call.log());
    }

    /** Maps the ports. The caller holds the lock of the attachment. */
    AddResult run(NetworkNamespace netns) {
        refuseIfMapped(netns);
        if (forwards.isEmpty()) {
            return previous;
        }
        List<Dispatch> dispatches = config.backend() == Backend.NFTABLES ? dispatches() : List.of();
        PortmapRecord record =
                PortmapRecord.begun(
                        request.attachment(),
                        netns,
                        config.backend(),
                        forwards,
                        dispatches.stream().map(Dispatch::name).toList());
        try (Undo undo = new Undo(call.stop())) {
            undo.push("remove the ports of " + request.attachment(), this::removeKnown);
            ledger.write(record.entry());
            PortmapRecord made =
                    config.backend() == Backend.NFTABLES
                            ? mapByNftables(record, dispatches)
                            : mapByIptables(record);
            new StaleFlows(host, call.log()).forgetElsewhere(forwards);
            call.stop().check();
            ledger.write(made.finish().entry());
            undo.commit();
            return previous;
        }
    }

    /**
     * Ports that are mapped are refused before anything is touched. What was never finished, or was
     * for a container that had another namespace, is removed.
     */
    private void refuseIfMapped(NetworkNamespace netns) {
        Optional<LedgerEntry> known = ledger.find(request.attachment(), PortmapPlugin.NAME);
        if (known.isEmpty()) {
            return;
        }
        PortmapRecord earlier = new PortmapRecord(known.get());
        if (earlier.isFinished() && earlier.isOf(netns)) {
            throw new CniException(
                    ErrorCode.ALREADY_ATTACHED,
                    "map ports to " + request.attachment() + ": it has mapped ports already",
                    "DEL it first");
        }
        call.log().line("removing what an earlier ADD left of " + request.attachment());
        remove(earlier);
    }

    /** What the ledger has of this call by now. */
    private void removeKnown() {
        ledger.find(request.attachment(), PortmapPlugin.NAME)
                .ifPresent(entry -> remove(new PortmapRecord(entry)));
    }

    private void remove(PortmapRecord record) {
        ledger.takeBack(record.entry(), cleanup -> removal.recorded(record.entry(), cleanup));
    }

    private List<Dispatch> dispatches() {
        List<Dispatch> dispatches = new ArrayList<>();
        for (boolean v4 : new boolean[] {true, false}) {
            if (forwards.stream().anyMatch(each -> each.isV4() == v4)) {
                dispatches.add(Dispatch.of(v4, config.conditions(v4)));
            }
        }
        return dispatches;
    }

    private Predicate<String> owners() {
        return new LiveOwners(ledger, new LivingAttachments(host));
    }

    /** Of two calls that want one port, the second sees what the first has made. */
    private FileLock lockPorts() {
        return ledger.lockShared("portmap", call.stop());
    }

    private PortmapRecord mapByNftables(PortmapRecord record, List<Dispatch> dispatches) {
        List<Masquerade> masquerades = new ArrayList<>();
        for (Dispatch each : dispatches) {
            Cidr address = Objects.requireNonNull(container.of(each.isV4()));
            masquerades.add(Masquerade.of(config, address));
        }
        Nftables nftables = new Nftables(host.netfilter());
        try (FileLock lock = lockPorts()) {
            boolean legacy =
                    IptablesTable.legacy(
                                    request.environment().programPath(),
                                    true,
                                    IptablesForwards.TABLE)
                            .isPresent();
            if (legacy || new ReferenceForwards(nftables).isInUse()) {
                takeOver(new IptablesForwards(ledger, request));
            }
            new NftablesForwards(nftables)
                    .add(request.attachment(), forwards, dispatches, masquerades, owners());
        }
        Localnet localnet = new Localnet(host);
        Optional<String> ifname = needsLocalnet(localnet);
        if (ifname.isEmpty() || Localnet.isSet(ifname.get())) {
            return record;
        }
        Localnet.Setting before = Localnet.read(ifname.get());
        PortmapRecord more = intending(record, before);
        localnet.record(before);
        Localnet.set(before.ifname());
        return more;
    }

    /** Written down before it is done. */
    private PortmapRecord intending(PortmapRecord record, Localnet.Setting before) {
        PortmapRecord more = record.withLocalnet(before.ifname(), before.value());
        ledger.write(more.entry());
        return more;
    }

    private void takeOver(IptablesForwards iptables) {
        iptables.goneOwners(forwards, owners()).forEach(removal::removeIptables);
    }

    private Optional<String> needsLocalnet(Localnet localnet) {
        boolean v4 = forwards.stream().anyMatch(Forward::isV4);
        Cidr address = container.v4();
        return v4 && config.snat() && address != null
                ? localnet.interfaceTo(address.address())
                : Optional.empty();
    }

    private PortmapRecord mapByIptables(PortmapRecord record) {
        IptablesForwards iptables = new IptablesForwards(ledger, request);
        try (FileLock lock = lockPorts()) {
            takeOver(iptables);
            if (Nftables.isAvailable(host.netfilter())) {
                new NftablesForwards(new Nftables(host.netfilter()))
                        .takeOver(OwnerTag.of(request.attachment()), forwards, owners());
            }
            iptables.add(config, forwards, container);
        }
        Localnet localnet = new Localnet(host);
        Optional<String> ifname = needsLocalnet(localnet);
        if (ifname.isEmpty()) {
            return record;
        }
        String was = iptables.localnetBefore(ifname.get(), localnet.recorded());
        PortmapRecord more = intending(record, new Localnet.Setting(ifname.get(), was));
        Localnet.set(ifname.get());
        return more;
    }
}
