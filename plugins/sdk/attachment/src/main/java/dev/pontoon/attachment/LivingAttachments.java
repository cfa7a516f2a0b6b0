package dev.pontoon.attachment;

import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NotANamespaceException;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.StopSignal;
import java.util.function.Predicate;

/**
 * Tells whether what an entry of the ledger stands for is alive: its namespace is where it was, or
 * the link on the host that leads there still is. The link of a dead namespace goes a moment later,
 * which is waited for; the path of a living one may be in another mount namespace, and lead nowhere
 * here.
 */
public final class LivingAttachments implements Predicate<LedgerEntry> {
    private final HostSockets host;

    /** {@code host} is where the links of the host are looked for. */
    public LivingAttachments(HostSockets host) {
        this.host = host;
    }

    @Override
    public boolean test(LedgerEntry entry) {
        if (hasItsNamespace(entry)) {
            return true;
        }
        AttachmentRecord record = new AttachmentRecord(entry);
        Links links = new Links(host.route());
        return record.isReadable()
                && !record.hostMac().isEmpty()
                && !EarlierAdd.goes(() -> record.isAlive(links), new StopSignal());
    }

    private static boolean hasItsNamespace(LedgerEntry entry) {
        if (entry.netns().isEmpty()) {
            return false;
        }
        try (NetworkNamespace netns = NetworkNamespace.open(entry.netns())) {
            return entry.isOf(netns);
        } catch (NotANamespaceException e) {
            return false;
        }
    }
}
