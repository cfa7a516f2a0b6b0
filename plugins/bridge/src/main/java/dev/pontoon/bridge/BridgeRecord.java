package dev.pontoon.bridge;

import dev.pontoon.linux.MacAddress;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import java.util.ArrayList;
import java.util.List;

/**
 * A ledger entry in the bridge plugin's words.
 *
 * <p>Written twice in an ADD: as intent before the first change, with the names chosen for what is
 * to be made, and finished after the last one, with the addresses that the IPAM plugin gave.
 */
record BridgeRecord(LedgerEntry entry) {
    private static final String BRIDGE = "bridge";
    static final String HOST_VETH = "hostVeth";
    static final String HOST_MAC = "hostMac";
    static final String CONTAINER_MAC = "containerMac";
    private static final String NETNS = "netns";
    private static final String NETNS_IDENTITY = "netnsIdentity";
    private static final String ADDRESSES = "addresses";
    private static final String MASQUERADE = "masquerade";
    private static final String SPOOF_CHECK = "macSpoofCheck";
    private static final String REMOVE_BRIDGE = "removeUnusedBridge";

    /** What an ADD is about to make. */
    static BridgeRecord begun(
            Attachment attachment, BridgeConfig config, Port port, NetworkNamespace netns) {
        return port.writtenTo(
                new BridgeRecord(
                        LedgerEntry.begun(attachment, BridgePlugin.NAME)
                                .with(BRIDGE, config.bridge())
                                .with(NETNS, netns.path())
                                .with(NETNS_IDENTITY, text(netns.identity()))
                                .with(
                                        MASQUERADE,
                                        config.masquerades() ? config.masquerade().text() : "")
                                .with(SPOOF_CHECK, Boolean.toString(config.macSpoofCheck()))
                                .with(
                                        REMOVE_BRIDGE,
                                        Boolean.toString(config.removeUnusedBridge()))));
    }

    static String text(NetworkNamespace.Identity netns) {
        return netns.device() + ":" + netns.inode();
    }

    /** The same with the addresses of the container; the ADD is not at its end yet. */
    BridgeRecord with(List<Cidr> addresses) {
        List<String> texts = new ArrayList<>();
        for (Cidr address : addresses) {
            texts.add(address.toString());
        }
        return new BridgeRecord(entry.with(ADDRESSES, String.join(" ", texts)));
    }

    /** The same at the end of its ADD. */
    BridgeRecord finish() {
        return new BridgeRecord(entry.finish());
    }

    Attachment attachment() {
        return entry.attachment();
    }

    boolean isFinished() {
        return entry.finished();
    }

    /** Whether it tells what was made; an entry that could not be read tells nothing. */
    boolean isReadable() {
        return !hostVeth().isEmpty();
    }

    /** The bridge's name, or empty in an entry that could not be read. */
    String bridge() {
        return entry.fact(BRIDGE).orElse("");
    }

    /** The host's link: the end of our veth pair, or what an earlier plugin made. */
    String hostVeth() {
        return entry.fact(HOST_VETH).orElse("");
    }

    /** Empty for a link that an earlier plugin made. */
    String hostMac() {
        return entry.fact(HOST_MAC).orElse("");
    }

    /** The path of the container's namespace at its ADD. */
    String netns() {
        return entry.fact(NETNS).orElse("");
    }

    /** What tells that namespace from another one at the same path. */
    String netnsIdentity() {
        return entry.fact(NETNS_IDENTITY).orElse("");
    }

    /** Six bytes, or none where it is not known. */
    byte[] containerMac() {
        String text = entry.fact(CONTAINER_MAC).orElse("");
        return text.isEmpty() ? new byte[0] : MacAddress.parse(text);
    }

    boolean checksMacs() {
        return entry.fact(SPOOF_CHECK).orElse("").equals("true");
    }

    boolean removesUnusedBridge() {
        return entry.fact(REMOVE_BRIDGE).orElse("").equals("true");
    }

    /** Whether this backend was used, or was about to be. */
    boolean masquerades(MasqueradeBackend backend) {
        return entry.fact(MASQUERADE).orElse("").equals(backend.text());
    }

    /** The container's addresses; none while the ADD has not come that far. */
    List<Cidr> addresses() {
        List<Cidr> addresses = new ArrayList<>();
        for (String text : entry.fact(ADDRESSES).orElse("").split(" ")) {
            Cidr.parse(text).ifPresent(addresses::add);
        }
        return addresses;
    }
}
