package dev.pontoon.portmap;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.attachment.LiveOwners;
import dev.pontoon.attachment.LivingAttachments;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Environment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/** Maps an attachment's ports on the host, by the backend of its configuration. */
final class Mapping {
    private final Attachment attachment;
    private final Environment environment;
    private final PortmapConfig config;
    private final ContainerAddresses container;
    private final List<Forward> forwards;
    private final Ledger ledger;
    private final HostSockets host;
    private final Call call;
    private final Removal removal;

    /** Throws code 7 for ports that the container's addresses cannot serve; touches nothing. */
    Mapping(
            Attachment attachment,
            Environment environment,
            PortmapConfig config,
            ContainerAddresses container,
            Ledger ledger,
            HostSockets host,
            Call call) {
        this.attachment = attachment;
        this.environment = environment;
        this.config = config;
        this.container = container;
        this.forwards = Forward.of(config.mappings(), container);
        this.ledger = ledger;
        this.host = host;
        this.call = call;
        this.removal = new Removal(host, ledger, environment, call.log());
    }

    List<Forward> forwards() {
        return forwards;
    }

    /**
     * Maps all ports, of which there is a record that says so already. Returns the record of what
     * was made. Throws code 102 if somebody who lives has one of them.
     */
    PortmapRecord make(PortmapRecord record) {
        PortmapRecord made =
                config.backend() == Backend.NFTABLES
                        ? mapByNftables(record)
                        : mapByIptables(record);
        new StaleFlows(host, call.log()).forgetElsewhere(forwards);
        return made;
    }

    /** The dispatches that the ports go into; none for iptables. */
    List<Dispatch> dispatches() {
        List<Dispatch> dispatches = new ArrayList<>();
        if (config.backend() == Backend.IPTABLES) {
            return dispatches;
        }
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
        return Removal.lockPorts(ledger, call.stop());
    }

    private PortmapRecord mapByNftables(PortmapRecord record) {
        List<Dispatch> dispatches = dispatches();
        List<Masquerade> masquerades = new ArrayList<>();
        for (Dispatch each : dispatches) {
            Cidr address = Objects.requireNonNull(container.of(each.isV4()));
            masquerades.add(Masquerade.of(config, address));
        }
        Nftables nftables = new Nftables(host.netfilter());
        try (FileLock lock = lockPorts()) {
            boolean legacy =
                    IptablesTable.legacy(environment.programPath(), true, IptablesForwards.TABLE)
                            .isPresent();
            if (legacy || new ReferenceForwards(nftables).isInUse()) {
                takeOver(new IptablesForwards(ledger, attachment, environment));
            }
            new NftablesForwards(nftables)
                    .add(attachment, forwards, dispatches, masquerades, owners());
            return withGuardedLocalnet(record);
        }
    }

    private PortmapRecord withGuardedLocalnet(PortmapRecord record) {
        Localnet localnet = new Localnet(host);
        Optional<String> ifname = needsLocalnet(localnet);
        if (ifname.isEmpty()) {
            return record;
        }
        if (Localnet.isSet(ifname.get())) {
            // By us, which makes it everybody's whose packets go there, or by the host's owner.
            return localnet.recorded(ifname.get()).map(record::guarded).orElse(record);
        }
        Localnet.Setting before = Localnet.read(ifname.get());
        PortmapRecord more = intending(record, before);
        localnet.record(before);
        Localnet.set(before.ifname());
        return more.guarded(before);
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
        IptablesForwards iptables = new IptablesForwards(ledger, attachment, environment);
        try (FileLock lock = lockPorts()) {
            takeOver(iptables);
            if (Nftables.isAvailable(host.netfilter())) {
                new NftablesForwards(new Nftables(host.netfilter()))
                        .takeOver(OwnerTag.of(attachment), forwards, owners());
            }
            iptables.add(config, forwards, container);
            return withLocalnet(record, iptables);
        }
    }

    private PortmapRecord withLocalnet(PortmapRecord record, IptablesForwards iptables) {
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
