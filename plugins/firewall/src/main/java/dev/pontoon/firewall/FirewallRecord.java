package dev.pontoon.firewall;

import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;

/**
 * A ledger entry in the firewall plugin's words: written as intent before the first change, and
 * finished after the last one. It names the backend, because another one may be chosen by the time
 * of DEL.
 */
record FirewallRecord(LedgerEntry entry) {
    private static final String BACKEND = "backend";
    private static final String ZONE = "zone";
    private static final String ADMIN_CHAIN = "adminChain";
    private static final String ADDRESSES = "addresses";
    private static final String POLICY = "ingressPolicy";
    private static final String BRIDGE = "bridge";
    private static final String SINCE = "since";

    /** What an ADD is about to make; {@code bridge} is empty if the policy is about none. */
    static FirewallRecord begun(
            Attachment attachment,
            NetworkNamespace netns,
            FirewallConfig config,
            Backend backend,
            List<Ip> addresses,
            String bridge) {
        return new FirewallRecord(
                LedgerEntry.begun(attachment, FirewallPlugin.NAME)
                        .in(netns)
                        .with(BACKEND, backend.text())
                        .with(ZONE, config.zone())
                        .with(ADMIN_CHAIN, config.adminChain())
                        .with(ADDRESSES, text(addresses))
                        .with(POLICY, config.policy().text())
                        .with(BRIDGE, bridge)
                        .with(SINCE, Long.toString(System.currentTimeMillis())));
    }

    private static String text(List<Ip> addresses) {
        StringBuilder text = new StringBuilder();
        for (Ip each : addresses) {
            text.append(text.isEmpty() ? "" : " ").append(each);
        }
        return text.toString();
    }

    FirewallRecord finish() {
        return new FirewallRecord(entry.finish());
    }

    Attachment attachment() {
        return entry.attachment();
    }

    boolean isFinished() {
        return entry.finished();
    }

    /** Whether it tells what was made; an entry that could not be read tells nothing. */
    boolean isReadable() {
        return Backend.of(entry.fact(BACKEND).orElse("")).isPresent();
    }

    Backend backend() {
        return Backend.of(entry.fact(BACKEND).orElse("")).orElse(Backend.NFTABLES);
    }

    String zone() {
        return entry.fact(ZONE).orElse("");
    }

    String adminChain() {
        return entry.fact(ADMIN_CHAIN).orElse("");
    }

    List<Ip> addresses() {
        List<Ip> addresses = new ArrayList<>();
        for (String each : entry.fact(ADDRESSES).orElse("").split(" ")) {
            Ip.parse(each).ifPresent(addresses::add);
        }
        return addresses;
    }

    /** Those of one IP version. */
    List<Ip> addresses(boolean v4) {
        List<Ip> ofVersion = new ArrayList<>();
        for (Ip each : addresses()) {
            if (each.isV4() == v4) {
                ofVersion.add(each);
            }
        }
        return ofVersion;
    }

    IngressPolicy policy() {
        String text = entry.fact(POLICY).orElse("");
        for (IngressPolicy each : IngressPolicy.values()) {
            if (each.text().equals(text)) {
                return each;
            }
        }
        return IngressPolicy.OPEN;
    }

    /** The bridge that the policy is about; empty if it is about none. */
    String bridge() {
        return entry.fact(BRIDGE).orElse("");
    }

    /** Whether its policy is made of iptables chains, and not of elements in our own table. */
    boolean isolatesByIptables() {
        return backend() == Backend.IPTABLES;
    }

    /** Whether it has anything in our own table. */
    boolean usesOwnTable() {
        return backend() == Backend.NFTABLES || (!bridge().isEmpty() && !isolatesByIptables());
    }

    /** When its ADD began, by the clock: which of two is newer. */
    long since() {
        try {
            return Long.parseLong(entry.fact(SINCE).orElse("0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
