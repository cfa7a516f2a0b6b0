package dev.pontoon.attachment;

import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import java.util.function.Predicate;

/**
 * Tells owners, of whatever network and plugin, that are attached or being attached at this moment.
 */
public final class LiveOwners implements Predicate<String> {
    private final Ledger ledger;
    private final Predicate<LedgerEntry> isAlive;

    /** {@code isAlive} says whether the link that an entry tells of is there. */
    public LiveOwners(Ledger ledger, Predicate<LedgerEntry> isAlive) {
        this.ledger = ledger;
        this.isAlive = isAlive;
    }

    @Override
    public boolean test(String owner) {
        int slash = owner.indexOf('/');
        if (slash <= 0) {
            return false;
        }
        for (LedgerEntry entry : ledger.entries(owner.substring(0, slash))) {
            if (OwnerTag.of(entry.attachment()).equals(owner)
                    && (isAlive.test(entry) || ledger.isBusy(entry.attachment()))) {
                return true;
            }
        }
        return false;
    }
}
