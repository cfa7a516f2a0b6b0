package dev.pontoon.attachment;

import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tells owners of one network that nobody stands up for any more: not listed as valid, and not in
 * the ledger, where an entry of any plugin counts.
 *
 * <p>The ledger is read when the first owner is judged. An ADD enters itself there before it makes
 * anything, so whoever reads the kernel's objects first and judges them afterwards takes nothing
 * from an ADD under way.
 */
public final class StaleOwners implements Predicate<String> {
    private final String network;
    private final Ledger ledger;
    private final Set<String> kept = new HashSet<>();
    private @Nullable Set<String> inLedger;

    /** {@code valid} are the attachments that GC must keep. */
    public StaleOwners(String network, List<Attachment> valid, Ledger ledger) {
        this.network = network;
        this.ledger = ledger;
        for (Attachment attachment : valid) {
            kept.add(OwnerTag.of(attachment));
        }
    }

    @Override
    public boolean test(String owner) {
        if (inLedger == null) {
            inLedger = tags(ledger, network);
        }
        return OwnerTag.isOf(owner, network) && !kept.contains(owner) && !inLedger.contains(owner);
    }

    private static Set<String> tags(Ledger ledger, String network) {
        Set<String> tags = new HashSet<>();
        for (LedgerEntry entry : ledger.entries(network)) {
            tags.add(OwnerTag.of(entry.attachment()));
        }
        return tags;
    }
}
