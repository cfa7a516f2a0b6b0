package dev.pontoon.bridge;

import dev.pontoon.attachment.AttachmentRecord;
import dev.pontoon.attachment.MasqueradeBackend;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import java.util.List;

/** A ledger entry in the bridge plugin's words, beside those that it shares with other plugins. */
record BridgeRecord(LedgerEntry entry) {
    private static final String BRIDGE = "bridge";
    private static final String SPOOF_CHECK = "macSpoofCheck";
    private static final String REMOVE_BRIDGE = "removeUnusedBridge";

    /** What an ADD is about to make. */
    static BridgeRecord begun(
            Attachment attachment, BridgeConfig config, Port port, NetworkNamespace netns) {
        MasqueradeBackend masquerade =
                config.masquerades() ? config.masquerade() : MasqueradeBackend.NONE;
        return port.writtenTo(
                new BridgeRecord(
                        AttachmentRecord.begun(attachment, BridgePlugin.NAME, netns, masquerade)
                                .entry()
                                .with(BRIDGE, config.bridge())
                                .with(SPOOF_CHECK, Boolean.toString(config.macSpoofCheck()))
                                .with(
                                        REMOVE_BRIDGE,
                                        Boolean.toString(config.removeUnusedBridge()))));
    }

    /** What it says in the words of all plugins. */
    AttachmentRecord common() {
        return new AttachmentRecord(entry);
    }

    /** The same with the addresses of the container; the ADD is not at its end yet. */
    BridgeRecord with(List<Cidr> addresses) {
        return new BridgeRecord(common().withAddresses(addresses).entry());
    }

    /** The same at the end of its ADD. */
    BridgeRecord finish() {
        return new BridgeRecord(entry.finish());
    }

    Attachment attachment() {
        return entry.attachment();
    }

    /** The bridge's name, or empty in an entry that could not be read. */
    String bridge() {
        return entry.fact(BRIDGE).orElse("");
    }

    /** The host's link: the end of our veth pair, or what an earlier plugin made. */
    String hostVeth() {
        return common().hostVeth();
    }

    /** Six bytes, or none where it is not known. */
    byte[] containerMac() {
        return common().containerMac();
    }

    boolean checksMacs() {
        return entry.fact(SPOOF_CHECK).orElse("").equals("true");
    }

    boolean removesUnusedBridge() {
        return entry.fact(REMOVE_BRIDGE).orElse("").equals("true");
    }

    /** The container's addresses; none while the ADD has not come that far. */
    List<Cidr> addresses() {
        return common().addresses();
    }
}
