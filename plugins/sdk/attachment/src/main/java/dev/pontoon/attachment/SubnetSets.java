package dev.pontoon.attachment;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.nft.Counter;
import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.Table;
import java.util.List;
import java.util.Optional;

/**
 * Rules of one chain that tell packets between a container and its own subnet: for each prefix
 * length there is one rule and one set of pairs, the container's address and its subnet's. So the
 * cost of a packet grows with the number of prefix lengths alone, and a call costs the same however
 * many containers and subnets there are.
 *
 * <p>A counter of the set's name goes with them. Each container's element in some map refers to it,
 * so that the kernel knows when nobody needs the rule any more.
 */
public final class SubnetSets {
    private final Nftables nftables;
    private final Table table;
    private final String chain;

    /** Those of that chain. */
    public SubnetSets(Nftables nftables, Table table, String chain) {
        this.nftables = nftables;
        this.table = table;
        this.chain = chain;
    }

    /**
     * Adds to a batch whatever is not there of counter, set and rule; the rule becomes the chain's
     * first. The batch fails with EEXIST if somebody else was quicker.
     *
     * @param present the rules that the chain has
     */
    public void ensure(NftBatch batch, SetDefinition set, Expressions rule, List<Rule> present) {
        if (Rule.anyLooksInto(set.name(), present)) {
            return;
        }
        if (nftables.counter(table, set.name()).isEmpty()) {
            batch.createCounter(table, set.name());
        }
        batch.ensureSet(table, set).insertRule(table, chain, rule, "");
    }

    /** Removes counter, set and rule of that name if nobody needs them; whether they are gone. */
    public boolean removeIfUnused(String name) {
        Optional<Counter> counter = nftables.counter(table, name);
        if (counter.isEmpty() || counter.get().uses() > 0) {
            return counter.isEmpty();
        }
        NftBatch batch = new NftBatch();
        for (Rule each : nftables.rules(table, chain)) {
            if (each.lookups().contains(name)) {
                batch.deleteRule(table, chain, each.handle());
            }
        }
        if (nftables.sets(table).contains(name)) {
            batch.deleteSet(table, name);
        }
        try {
            nftables.commit(batch.deleteCounter(table, name));
            return true;
        } catch (KernelException e) {
            // An ADD put an element there since we looked, or another DEL was quicker.
            if (e.is(Errno.EBUSY) || e.is(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }
}
