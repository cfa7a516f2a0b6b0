package dev.pontoon.hostlocal;

import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The addresses of one ADD: one from each range set, all or none, under one lock. */
final class Allocation {
    /** As many as make the search worth its time; each one costs a look into the ledger. */
    private static final int MOST_RECLAIMED = 64;

    private final Store store;
    private final Siblings siblings;
    private final Ledger ledger;
    private final Attachment attachment;
    private final Call call;

    Allocation(Store store, Siblings siblings, Ledger ledger, Attachment attachment, Call call) {
        this.store = store;
        this.siblings = siblings;
        this.ledger = ledger;
        this.attachment = attachment;
        this.call = call;
    }

    /** Chooses and takes the addresses, in the order of the sets. Throws codes 5, 102, 104. */
    List<Ip> allocate(List<RangeSet> sets, Wishes wishes) {
        Holder holder = Holder.of(attachment);
        refuseSecond(holder);
        List<Ip> chosen = new ArrayList<>();
        for (RangeSet set : sets) {
            Requested wish = wishes.of(set);
            chosen.add(wish == null ? free(set) : requested(wish));
        }
        call.stop().check();
        store.take(chosen, holder);
        for (int i = 0; i < chosen.size(); i++) {
            store.remember(i, chosen.get(i));
        }
        return chosen;
    }

    /**
     * What the attachment has left from an earlier boot is no reason to refuse: its DEL never came.
     */
    private void refuseSecond(Holder holder) {
        for (Lease lease : store.ofAttachment(holder)) {
            if (!store.isOld(lease)) {
                throw new CniException(
                        ErrorCode.ALREADY_ATTACHED,
                        "give an address to "
                                + attachment
                                + ": it has "
                                + lease.address()
                                + " already",
                        "one ADD gives all addresses; run DEL first if the container is a new one of the same id");
            }
            reclaim(lease);
        }
    }

    private void reclaim(Lease lease) {
        store.free(lease);
        call.log()
                .line(
                        "reclaimed "
                                + lease.address()
                                + " from "
                                + lease.holder()
                                + " in network "
                                + attachment.network()
                                + ": it was leased before this machine was booted");
    }

    private Ip requested(Requested wish) {
        Lease lease = store.folder().lease(wish.address());
        if (lease == null) {
            store.removeIfTorn(wish.address());
            return wish.address();
        }
        if (!store.isOld(lease) || isInUse(lease)) {
            throw new CniException(
                    ErrorCode.NO_ADDRESS,
                    wish.source() + " " + wish.address() + ": is taken by " + lease.holder(),
                    "ask for another address, or run DEL for that container if it is gone");
        }
        reclaim(lease);
        return wish.address();
    }

    private boolean isInUse(Lease lease) {
        return ledger.mentions(attachment.network(), lease.holder().containerId());
    }

    private Ip free(RangeSet set) {
        Found found = search(set);
        List<Lease> leases = List.of();
        if (found.free == null) {
            leases = makeRoom(set);
            found = search(set);
        }
        if (found.free != null) {
            return found.free;
        }
        if (found.shared != null) {
            call.log()
                    .line(
                            "nothing else is free in "
                                    + set
                                    + ": took "
                                    + found.shared
                                    + ", which another network has leased too");
            return found.shared;
        }
        throw new FullRange(set, leases, store.folder()).failure();
    }

    /** What a search found: an address free in every network, and one that is free only in this. */
    private record Found(@Nullable Ip free, @Nullable Ip shared) {}

    private Found search(RangeSet set) {
        Occupied taken = new Occupied(store.folder());
        Candidates candidates = new Candidates(set, store.folder().last(set.index()));
        Ip shared = null;
        for (Ip ip = candidates.next(); ip != null; ip = candidates.next()) {
            if (taken.has(ip)) {
                continue;
            }
            if (!siblings.have(ip)) {
                return new Found(ip, shared);
            }
            if (shared == null) {
                shared = ip;
            }
        }
        return new Found(null, shared);
    }

    /**
     * Reads every lease, which removes torn ones, and frees old ones. Returns those that stay, of
     * that set.
     */
    private List<Lease> makeRoom(RangeSet set) {
        List<Lease> staying = new ArrayList<>();
        int reclaimed = 0;
        for (Lease lease : store.leases()) {
            if (!set.contains(lease.address())) {
                continue;
            }
            if (reclaimed < MOST_RECLAIMED && store.isOld(lease) && !isInUse(lease)) {
                reclaim(lease);
                reclaimed++;
            } else {
                staying.add(lease);
            }
        }
        return staying;
    }
}
