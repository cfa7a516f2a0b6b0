package dev.pontoon.portmap;

import dev.pontoon.attachment.SubnetSets;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.Counter;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Takes mapped ports out of our own table, and what led to them with the last one. The table goes
 * when nothing is left in it but a base chain for masquerading that leads nowhere.
 */
final class NftablesRemoval {
    private static final Table TABLE = Dispatch.TABLE;

    /** Masquerading by address has its base chain as long as the table is there. */
    private static final Set<String> LEAD_NOWHERE = Set.of("postrouting", Dispatch.LOCALNET_GUARD);

    private static final int ATTEMPTS = 16;

    private final Nftables nftables;
    private final Localnet localnet;
    private final Predicate<String> needsLocalnet;
    private final Supplier<FileLock> lockPorts;

    /**
     * @param needsLocalnet whether another backend needs route_localnet of an interface
     * @param lockPorts keeps others from mapping ports, and from removing the last one
     */
    NftablesRemoval(
            Nftables nftables,
            Localnet localnet,
            Predicate<String> needsLocalnet,
            Supplier<FileLock> lockPorts) {
        this.nftables = nftables;
        this.localnet = localnet;
        this.needsLocalnet = needsLocalnet;
        this.lockPorts = lockPorts;
    }

    /** Removes an owner's forwards; those that another one has taken over stay. */
    void remove(String owner, List<Forward> forwards, List<Dispatch> dispatches) {
        NftBatch batch = new NftBatch();
        for (Dispatch dispatch : dispatches) {
            Set<Value> seen = new HashSet<>();
            for (Forward each : forwards) {
                if (each.isV4() != dispatch.isV4()) {
                    continue;
                }
                String map = Elements.map(dispatch, each).name();
                find(map, Elements.key(each), owner)
                        .ifPresent(found -> batch.deleteElement(TABLE, map, found.key()));
                if (seen.add(Elements.portKey(each))) {
                    find(dispatch.ports().name(), Elements.portKey(each), owner)
                            .ifPresent(found -> deletePort(batch, dispatch, found));
                }
            }
        }
        nftables.commitRemoval(batch);
        // Also if the elements are gone: a DEL may have been killed behind that.
        dispatches.forEach(this::removeUnused);
    }

    private Optional<SetElement> find(String map, Value key, String owner) {
        return nftables.element(TABLE, map, key).filter(each -> each.comment().equals(owner));
    }

    private static void deletePort(NftBatch batch, Dispatch dispatch, SetElement port) {
        batch.deleteElement(TABLE, dispatch.ports().name(), port.key());
        Elements.sources(dispatch, port)
                .forEach((set, source) -> batch.deleteElement(TABLE, set, source));
    }

    /** Removes every element whose owner is of that kind, for when the ports are not known. */
    void removeIf(Predicate<String> owner) {
        for (Dispatch dispatch : dispatches()) {
            // Every port has an element there.
            List<SetElement> ports = nftables.elements(TABLE, dispatch.ports().name());
            List<SetElement> at = nftables.elements(TABLE, dispatch.at().name());
            List<SetElement> any = nftables.elements(TABLE, dispatch.any().name());
            NftBatch batch = new NftBatch();
            for (SetElement each : ports) {
                if (owner.test(each.comment())) {
                    deletePort(batch, dispatch, each);
                }
            }
            deleteIf(owner, at, dispatch.at().name(), batch);
            deleteIf(owner, any, dispatch.any().name(), batch);
            nftables.commitRemoval(batch);
            removeUnused(dispatch);
        }
    }

    private static void deleteIf(
            Predicate<String> owner, List<SetElement> elements, String map, NftBatch batch) {
        for (SetElement each : elements) {
            if (owner.test(each.comment())) {
                batch.deleteElement(TABLE, map, each.key());
            }
        }
    }

    private List<Dispatch> dispatches() {
        Set<String> names = new HashSet<>();
        for (Chain each : nftables.chains(TABLE)) {
            names.add(Dispatch.ofChain(each.name()));
        }
        names.remove("");
        return names.stream().map(Dispatch::named).toList();
    }

    /** Everything if no port is left, else what belongs to counters that no port refers to. */
    private void removeUnused(Dispatch dispatch) {
        List<Counter> counters = new ArrayList<>(nftables.counters(TABLE));
        counters.removeIf(each -> !each.name().startsWith(dispatch.fromPrefix()));
        if (counters.stream().noneMatch(each -> each.uses() > 0)) {
            if (nftables.chain(TABLE, dispatch.postrouting()).isPresent()) {
                // A setting is no part of a transaction.
                try (FileLock lock = lockPorts.get()) {
                    removeIfEmpty(dispatch);
                }
            }
            return;
        }
        SubnetSets subnets = new SubnetSets(nftables, TABLE, dispatch.postrouting());
        for (Counter each : counters) {
            if (each.uses() == 0) {
                subnets.removeIfUnused(each.name());
            }
        }
    }

    /** Only if nothing in the ruleset has changed since it was seen to have no ports. */
    private void removeIfEmpty(Dispatch dispatch) {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            int generation = nftables.generation();
            List<String> others = new ArrayList<>();
            boolean otherLocalnet = false;
            for (Chain each : nftables.chains(TABLE)) {
                String of = Dispatch.ofChain(each.name());
                otherLocalnet |= !of.equals(dispatch.name()) && of.startsWith("hostport_v4");
                if (!of.equals(dispatch.name()) && !LEAD_NOWHERE.contains(each.name())) {
                    others.add(each.name());
                }
            }
            List<String> idle = new ArrayList<>();
            for (Counter each : nftables.counters(TABLE)) {
                if (!each.name().startsWith(dispatch.fromPrefix())) {
                    others.add(each.name());
                } else if (each.uses() > 0) {
                    return;
                } else {
                    idle.add(each.name());
                }
            }
            boolean lastLocalnet = dispatch.isV4() && !otherLocalnet;
            if (lastLocalnet) {
                // First, for what a DEL that is killed behind this leaves still tells of it.
                localnet.putBack(unneeded());
            }
            NftBatch batch =
                    others.isEmpty()
                            ? new NftBatch().deleteTable(TABLE)
                            : deletion(dispatch, idle, lastLocalnet);
            if (commit(batch, generation)) {
                return;
            }
        }
    }

    private List<Localnet.Setting> unneeded() {
        return localnet.recorded().stream()
                .filter(each -> !needsLocalnet.test(each.ifname()))
                .toList();
    }

    private boolean commit(NftBatch batch, int generation) {
        try {
            return nftables.commitIfUnchanged(batch, generation);
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                // Another DEL was quicker.
                return true;
            }
            throw e;
        }
    }

    /** Somebody may have removed a part of it, so everything is made sure of first. */
    private NftBatch deletion(Dispatch dispatch, List<String> idle, boolean withLocalnet) {
        NftBatch batch = new NftBatch();
        new DispatchRules(dispatch).ensure(batch);
        for (String each :
                List.of(
                        dispatch.prerouting(),
                        dispatch.output(),
                        dispatch.postrouting(),
                        dispatch.lookup())) {
            batch.flushChain(TABLE, each).deleteChain(TABLE, each);
        }
        dispatch.sets().forEach(each -> batch.deleteSet(TABLE, each.name()));
        List<String> sets = nftables.sets(TABLE);
        for (String each : idle) {
            if (sets.contains(each)) {
                batch.deleteSet(TABLE, each);
            }
            batch.deleteCounter(TABLE, each);
        }
        if (withLocalnet) {
            Localnet.remove(batch);
        }
        return batch;
    }
}
