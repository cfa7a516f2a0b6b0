package dev.pontoon.portmap;

import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.plugin.Findings;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * CHECK: follows a packet to each mapped port, and throws at the first thing that is not as it
 * should be. Reads only. What the reference plugin made is right as well.
 */
final class Inspection {
    private static final Table TABLE = Dispatch.TABLE;

    private final Attachment attachment;
    private final PortmapConfig config;
    private final ContainerAddresses container;
    private final List<Forward> forwards;
    private final HostSockets host;
    private final Nftables nftables;
    private final Findings findings;

    Inspection(
            Attachment attachment,
            PortmapConfig config,
            ContainerAddresses container,
            HostSockets host) {
        this.attachment = attachment;
        this.config = config;
        this.container = container;
        this.forwards = Forward.of(config.mappings(), container);
        this.host = host;
        this.nftables = new Nftables(host.netfilter());
        this.findings = new Findings(attachment);
    }

    /** {@code record} is what the ledger knows; null if it does not know the attachment. */
    void run(@Nullable PortmapRecord record, IptablesForwards iptables) {
        boolean hasNftables = Nftables.isAvailable(host.netfilter());
        boolean recorded = record != null && record.isReadable();
        boolean byIptables =
                record != null && recorded
                        ? record.uses(Backend.IPTABLES)
                        : config.backend() == Backend.IPTABLES
                                || (hasNftables
                                        && new ReferenceForwards(nftables).hasChain(attachment));
        if (byIptables) {
            requireNone(iptables.fault(config, forwards, container));
        } else if (!hasNftables) {
            throw findings.failed("this kernel has no nftables");
        } else if (recorded || !new ReferenceForwards(nftables).hasRules(attachment, forwards)) {
            inspectNftables();
        }
        inspectLocalnet();
        if (record != null) {
            record.guard().ifPresent(this::inspectGuard);
        }
    }

    private void inspectGuard(Localnet.Setting guard) {
        if (!new Localnet(host).isGuarded(guard.ifname())) {
            throw findings.failed(
                    "what comes from "
                            + guard.ifname()
                            + " for 127.0.0.1 is no longer dropped by the chain "
                            + Dispatch.LOCALNET_GUARD
                            + " of "
                            + TABLE);
        }
    }

    private void requireNone(String fault) {
        if (!fault.isEmpty()) {
            throw findings.failed(fault);
        }
    }

    private void inspectNftables() {
        if (!nftables.hasTable(TABLE)) {
            throw findings.failed("nftables has no table " + TABLE);
        }
        for (boolean v4 : new boolean[] {true, false}) {
            List<Forward> ofVersion = forwards.stream().filter(each -> each.isV4() == v4).toList();
            if (!ofVersion.isEmpty()) {
                Dispatch dispatch = Dispatch.of(v4, config.conditions(v4));
                Cidr address = Objects.requireNonNull(container.of(v4));
                Masquerade masquerade = Masquerade.of(config, address);
                inspectChains(dispatch, masquerade);
                ofVersion.forEach(each -> inspectElement(dispatch, masquerade, each));
            }
        }
    }

    private void inspectChains(Dispatch dispatch, Masquerade masquerade) {
        for (String base : List.of(dispatch.prerouting(), dispatch.output())) {
            requireHooked(dispatch, base);
            long leading =
                    nftables.rules(TABLE, base).stream()
                            .filter(each -> each.jumps().contains(dispatch.lookup()))
                            .count();
            if (leading < dispatch.alternatives().size()) {
                throw findings.failed(
                        "not every rule is there that leads from the chain "
                                + base
                                + " to "
                                + dispatch.lookup());
            }
        }
        requireLookups(dispatch.lookup(), List.of(dispatch.at(), dispatch.any()));
        requireHooked(dispatch, dispatch.postrouting());
        requireLookups(dispatch.postrouting(), dispatch.masquerading(masquerade));
    }

    private void requireHooked(Dispatch dispatch, String name) {
        Optional<Chain> chain = nftables.chain(TABLE, name);
        if (chain.isEmpty()) {
            throw findings.failed("the chain " + name + " of " + TABLE + " is gone");
        }
        if (!dispatch.isHooked(chain.get())) {
            throw findings.failed(
                    "the chain " + name + " of " + TABLE + " is not at the hook that it should be");
        }
    }

    private void requireLookups(String chain, List<SetDefinition> sets) {
        List<Rule> rules = nftables.rules(TABLE, chain);
        for (SetDefinition each : sets) {
            if (!Rule.anyLooksInto(each.name(), rules)) {
                throw findings.failed(
                        "the chain "
                                + chain
                                + " of "
                                + TABLE
                                + " does not look into "
                                + each.name());
            }
        }
    }

    private void inspectElement(Dispatch dispatch, Masquerade masquerade, Forward forward) {
        SetElement found = require(Elements.map(dispatch, forward), forward, Elements.key(forward));
        if (!found.data().equals(Optional.of(Elements.target(forward)))) {
            throw findings.failed(
                    forward.port() + " does not lead to " + IptablesRules.destination(forward));
        }
        SetElement port = require(dispatch.ports(), forward, Elements.portKey(forward));
        if (!port.counter().equals(dispatch.from(masquerade))) {
            throw findings.failed(
                    "connections to "
                            + forward.port()
                            + " are counted as "
                            + port.counter()
                            + " and not as "
                            + dispatch.from(masquerade));
        }
        Elements.sources(dispatch, port).forEach((set, key) -> requireSource(set, key, forward));
    }

    private void requireSource(String set, Value key, Forward forward) {
        if (nftables.element(TABLE, set, key).isEmpty()) {
            throw findings.failed(
                    "connections to "
                            + forward.port()
                            + " are not masqueraded: "
                            + set
                            + " has no element "
                            + key);
        }
    }

    private SetElement require(SetDefinition map, Forward forward, Value key) {
        SetElement found =
                nftables.element(TABLE, map.name(), key)
                        .orElseThrow(() ->
                                findings.failed(
                                        forward.port()
                                                + " is not mapped: "
                                                + map.name()
                                                + " has no element "
                                                + key));
        if (!found.comment().equals(OwnerTag.of(attachment))) {
            throw findings.failed(forward.port() + " belongs to " + found.comment());
        }
        return found;
    }

    private void inspectLocalnet() {
        Cidr address = container.v4();
        if (address == null || !config.snat() || forwards.stream().noneMatch(Forward::isV4)) {
            return;
        }
        Optional<String> ifname = new Localnet(host).interfaceTo(address.address());
        if (ifname.isEmpty()) {
            throw findings.failed("the host has no route to " + address.address());
        }
        if (!Localnet.isSet(ifname.get())) {
            throw findings.failed(
                    "connections to 127.0.0.1 do not reach it: "
                            + String.join(".", Localnet.path(ifname.get()))
                            + " is not 1");
        }
    }
}
