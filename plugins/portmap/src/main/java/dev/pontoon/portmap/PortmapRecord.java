package dev.pontoon.portmap;

import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.NetworkConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A ledger entry in the portmap plugin's words: written as intent before the first change, and
 * finished after the last one.
 */
record PortmapRecord(LedgerEntry entry) {
    private static final String BACKEND = "backend";
    private static final String FORWARDS = "forwards";
    private static final String DISPATCHES = "dispatches";
    private static final String LOCALNET = "localnet";
    private static final String LOCALNET_WAS = "localnetWas";
    private static final String GUARD = "guard";
    private static final String GUARD_WAS = "guardWas";
    private static final String CONFIGURATION = "configuration";

    /** What an ADD is about to make. */
    static PortmapRecord begun(
            Attachment attachment,
            NetworkNamespace netns,
            NetworkConfig configuration,
            Backend backend,
            List<Forward> forwards,
            List<Dispatch> dispatches) {
        List<String> texts = new ArrayList<>();
        for (Forward each : forwards) {
            texts.add(each.toText());
        }
        return new PortmapRecord(
                LedgerEntry.begun(attachment, PortmapPlugin.NAME)
                        .in(netns)
                        .with(BACKEND, backend.text())
                        .with(FORWARDS, String.join(" ", texts))
                        .with(
                                DISPATCHES,
                                String.join(" ", dispatches.stream().map(Dispatch::name).toList()))
                        .with(
                                CONFIGURATION,
                                new String(configuration.document(), StandardCharsets.UTF_8)));
    }

    /** The same with an interface whose route_localnet is to be set, and what that is now. */
    PortmapRecord withLocalnet(String ifname, String was) {
        return new PortmapRecord(entry.with(LOCALNET, ifname).with(LOCALNET_WAS, was));
    }

    /**
     * The same with an interface that is guarded because route_localnet is set there by us, be it
     * for somebody else, and what that was before.
     */
    PortmapRecord guarded(Localnet.Setting before) {
        return new PortmapRecord(
                entry.with(GUARD, before.ifname()).with(GUARD_WAS, before.value()));
    }

    /** The same at the end of its ADD. */
    PortmapRecord finish() {
        return new PortmapRecord(entry.finish());
    }

    Attachment attachment() {
        return entry.attachment();
    }

    boolean isFinished() {
        return entry.finished();
    }

    /** Whether it tells what was made; an entry that could not be read tells nothing. */
    boolean isReadable() {
        return !forwards().isEmpty();
    }

    boolean isOf(NetworkNamespace netns) {
        return entry.isOf(netns);
    }

    boolean uses(Backend backend) {
        return entry.fact(BACKEND).orElse("").equals(backend.text());
    }

    List<Forward> forwards() {
        List<Forward> forwards = new ArrayList<>();
        for (String text : entry.fact(FORWARDS).orElse("").split(" ")) {
            Forward.parse(text).ifPresent(forwards::add);
        }
        return forwards;
    }

    /** The names of the dispatches in nftables, of each IP version at most one. */
    List<Dispatch> dispatches() {
        List<Dispatch> dispatches = new ArrayList<>();
        for (String name : entry.fact(DISPATCHES).orElse("").split(" ")) {
            if (!name.isEmpty()) {
                dispatches.add(Dispatch.named(name));
            }
        }
        return dispatches;
    }

    /**
     * The interface whose route_localnet was set for it, or is needed by iptables; empty for none.
     */
    String localnet() {
        return entry.fact(LOCALNET).orElse("");
    }

    /** The interface that is guarded, and what route_localnet was there before any of ours. */
    Optional<Localnet.Setting> guard() {
        return entry.fact(GUARD)
                .map(ifname -> new Localnet.Setting(ifname, entry.fact(GUARD_WAS).orElse("0")));
    }

    /** The configuration of its ADD; empty in an entry that does not tell. */
    Optional<NetworkConfig> configuration() {
        return entry.fact(CONFIGURATION)
                .map(text -> NetworkConfig.read(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** What that was before any of ours. */
    String localnetWas() {
        return entry.fact(LOCALNET_WAS).orElse("");
    }
}
