package dev.pontoon.portmap;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.Route;
import dev.pontoon.linux.Routes;
import dev.pontoon.linux.Sysctl;
import dev.pontoon.linux.nft.BaseChain;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Field;
import dev.pontoon.linux.nft.Hook;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.linux.nft.Verdict;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.protocol.Ip;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether packets from 127.0.0.1 may leave by an interface, which the kernel forbids unless told
 * otherwise: {@code net.ipv4.conf.IFNAME.route_localnet}. A set in nftables remembers what was
 * there before, until the last port is gone.
 *
 * <p>The setting also lets in what comes from that interface for 127.0.0.1, where services listen
 * that trust whoever gets there (CVE-2020-8558). A chain of ours drops that: no such packet is an
 * answer.
 */
final class Localnet {
    private static final String ON = "1";

    private final HostSockets host;

    Localnet(HostSockets host) {
        this.host = host;
    }

    /** An interface, and what was set there. */
    record Setting(String ifname, String value) {}

    /** The interface that leads to an address; empty if none of the host's does. */
    Optional<String> interfaceTo(Ip address) {
        Optional<Route> route = new Routes(host.route()).find(address.bytes());
        return route.filter(way -> way.type() != RtNetlink.RTN_LOCAL && way.link() != 0)
                .flatMap(way -> new Links(host.route()).find(way.link()))
                .map(Link::name);
    }

    /** Whether it is set. */
    static boolean isSet(String ifname) {
        return read(ifname).value().equals(ON);
    }

    static String[] path(String ifname) {
        return new String[] {"net", "ipv4", "conf", ifname, "route_localnet"};
    }

    /** Sets it. */
    static void set(String ifname) {
        Sysctl.ensure(ON, path(ifname));
    }

    /** What is set now. */
    static Setting read(String ifname) {
        return new Setting(ifname, Sysctl.read(path(ifname)).strip());
    }

    /**
     * Remembers in nftables what was there, for whoever removes the last port, and guards what is
     * let in.
     */
    void record(Setting setting) {
        SetElement element =
                SetElement.of(Value.interfaceName(setting.ifname())).commented(setting.value());
        NftBatch batch = new NftBatch().ensureTable(Dispatch.TABLE);
        ensureGuard(batch);
        batch.addElement(Dispatch.TABLE, Dispatch.LOCALNET.name(), element);
        new Nftables(host.netfilter()).commit(batch);
    }

    private static void ensureGuard(NftBatch batch) {
        batch.ensureSet(Dispatch.TABLE, Dispatch.LOCALNET)
                .ensureBaseChain(
                        Dispatch.TABLE,
                        Dispatch.LOCALNET_GUARD,
                        BaseChain.filter(Hook.PREROUTING, BaseChain.RAW))
                .flushChain(Dispatch.TABLE, Dispatch.LOCALNET_GUARD)
                .addRule(
                        Dispatch.TABLE,
                        Dispatch.LOCALNET_GUARD,
                        new Expressions(Family.INET)
                                .load(Field.INPUT_INTERFACE)
                                .in(Dispatch.LOCALNET.name())
                                .matchSubnet(
                                        Field.IPV4_DESTINATION,
                                        Value.address(Dispatch.LOCALHOST.address().bytes()),
                                        Dispatch.LOCALHOST.prefixLength())
                                .then(Verdict.drop()),
                        "");
    }

    /** Adds the removal of what {@link #record} made to a batch, whatever of it is there. */
    static void remove(NftBatch batch) {
        ensureGuard(batch);
        batch.flushChain(Dispatch.TABLE, Dispatch.LOCALNET_GUARD)
                .deleteChain(Dispatch.TABLE, Dispatch.LOCALNET_GUARD)
                .deleteSet(Dispatch.TABLE, Dispatch.LOCALNET.name());
    }

    /** Whether ports of IPv4 are mapped in nftables, which may need it. */
    boolean isNeededByNftables() {
        if (!Nftables.isAvailable(host.netfilter())) {
            return false;
        }
        return new Nftables(host.netfilter())
                .chains(Dispatch.TABLE).stream()
                        .anyMatch(each -> Dispatch.ofChain(each.name()).startsWith("hostport_v4"));
    }

    /** What nftables remembers. */
    List<Setting> recorded() {
        List<Setting> settings = new ArrayList<>();
        if (!Nftables.isAvailable(host.netfilter())) {
            return settings;
        }
        Nftables nftables = new Nftables(host.netfilter());
        for (SetElement each : nftables.elements(Dispatch.TABLE, Dispatch.LOCALNET.name())) {
            String padded = new String(each.key().bytes(), StandardCharsets.UTF_8);
            settings.add(new Setting(padded.substring(0, padded.indexOf('\0')), each.comment()));
        }
        return settings;
    }

    /** What nftables remembers of one interface; empty if it is not one of ours. */
    Optional<Setting> recorded(String ifname) {
        return new Nftables(host.netfilter())
                .element(Dispatch.TABLE, Dispatch.LOCALNET.name(), Value.interfaceName(ifname))
                .map(element -> new Setting(ifname, element.comment()));
    }

    /** Whether what comes from that interface for 127.0.0.1 is dropped. */
    boolean isGuarded(String ifname) {
        Nftables nftables = new Nftables(host.netfilter());
        Optional<Chain> chain = nftables.chain(Dispatch.TABLE, Dispatch.LOCALNET_GUARD);
        return recorded(ifname).isPresent()
                && chain.isPresent()
                && chain.get().base() != null
                && Rule.anyLooksInto(
                        Dispatch.LOCALNET.name(),
                        nftables.rules(Dispatch.TABLE, Dispatch.LOCALNET_GUARD));
    }

    /** Undoes settings; an interface may be gone. */
    void putBack(List<Setting> settings) {
        settings.forEach(each -> write(each.ifname(), each.value()));
    }

    private static void write(String ifname, String value) {
        try {
            Sysctl.ensure(value, path(ifname));
        } catch (KernelException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }
}
