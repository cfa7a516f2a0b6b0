package dev.pontoon.hostlocal;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A range set without a free address, told so that one sees what to do.
 *
 * <p>Its code is 104 and not the spec's 11 ("try again later"): waiting frees no address. Somebody
 * must remove containers, or leases whose DEL never came, or enlarge the range; a number of its own
 * lets a program tell that from a lock that is merely held.
 */
final class FullRange {
    private static final int MOST_HOLDERS = 3;

    private final RangeSet set;
    private final List<Lease> leases;
    private final LeaseFolder folder;

    private record Aged(Lease lease, long madeAt) {}

    FullRange(RangeSet set, List<Lease> leases, LeaseFolder folder) {
        this.set = set;
        this.leases = leases;
        this.folder = folder;
    }

    CniException failure() {
        return new CniException(
                ErrorCode.NO_ADDRESS,
                set.path()
                        + ": no address is free in "
                        + set
                        + ": of "
                        + set.size()
                        + " addresses "
                        + leases.size()
                        + " are leased, the others are gateways or excluded",
                details());
    }

    private String details() {
        StringBuilder text = new StringBuilder();
        for (Aged each : oldest()) {
            text.append(text.isEmpty() ? "the oldest leases: " : ", ")
                    .append(each.lease.address())
                    .append(" by ")
                    .append(each.lease.holder())
                    .append(" since ")
                    .append(Instant.ofEpochMilli(each.madeAt));
        }
        return text.append(text.isEmpty() ? "" : "; ")
                .append(
                        "run DEL or GC for containers that are gone, or enlarge the range; the leases are in ")
                .append(folder.path())
                .toString();
    }

    private List<Aged> oldest() {
        List<Aged> oldest = new ArrayList<>();
        for (Lease lease : leases) {
            Aged aged = new Aged(lease, folder.madeAt(lease.address()));
            int at = oldest.size();
            while (at > 0 && oldest.get(at - 1).madeAt > aged.madeAt) {
                at--;
            }
            if (at < MOST_HOLDERS) {
                oldest.add(at, aged);
            }
            if (oldest.size() > MOST_HOLDERS) {
                oldest.removeLast();
            }
        }
        return oldest;
    }
}
