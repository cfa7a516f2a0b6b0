package dev.pontoon.bridge;

import dev.pontoon.attachment.LiveOwners;
import dev.pontoon.attachment.Masquerading;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.MacAddress;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Recorded;
import java.util.Optional;

/**
 * What a reload of the firewall takes from an attachment that lives: looks for it and makes it
 * anew, by the ledger's word.
 */
final class Restoration {
    private final BridgeRecord record;
    private final Recorded attachment;
    private final HostSockets host;
    private final Masquerading masquerading;

    Restoration(Recorded attachment, HostSockets host) {
        this.record = new BridgeRecord(attachment.entry());
        this.attachment = attachment;
        this.host = host;
        this.masquerading = new Masquerading(host, attachment.environment());
    }

    /** The first thing that is missing, as a sentence; empty also if the container is gone. */
    Optional<String> missing() {
        if (!isAlive(record)) {
            return Optional.empty();
        }
        Optional<String> masquerade = masquerading.missing(record.common());
        return masquerade.isPresent() || !lacksSpoofCheck()
                ? masquerade
                : Optional.of(
                        "frames of "
                                + record.hostVeth()
                                + " are not checked for the MAC "
                                + MacAddress.format(record.containerMac()));
    }

    private boolean isAlive(BridgeRecord other) {
        return EarlierLinkRecord.isAlive(other, new Links(host.route()));
    }

    private boolean lacksSpoofCheck() {
        return record.checksMacs()
                && record.containerMac().length != 0
                && Nftables.isAvailable(host.netfilter())
                && !new MacSpoofCheck(host.netfilter())
                        .has(record.hostVeth(), record.containerMac());
    }

    void run() {
        masquerading.restore(
                record.common(),
                new LiveOwners(attachment.ledger(), entry -> isAlive(new BridgeRecord(entry))));
        if (lacksSpoofCheck()) {
            new MacSpoofCheck(host.netfilter())
                    .add(record.attachment(), record.hostVeth(), record.containerMac());
        }
    }
}
