package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of a set in the order in which they are tried: those behind the one handed out
 * last, to the end of the last range, then from the start of the first range on, each once.
 * Gateways and excluded addresses are left out.
 */
final class Candidates {
    private final RangeSet set;
    private final List<Part> parts = new ArrayList<>();
    private int part;
    private @Nullable Ip current;

    /** A piece of a range that is walked in one go; both ends are included. */
    private record Part(Range range, Ip from, Ip to) {}

    /**
     * {@code last} is the address handed out last; null, or one outside the set, starts from the
     * beginning.
     */
    Candidates(RangeSet set, @Nullable Ip last) {
        this.set = set;
        int at = last == null ? -1 : indexOf(last);
        if (last == null || at < 0) {
            addWhole(0, set.ranges().size());
            return;
        }
        Range split = set.ranges().get(at);
        if (last.compareTo(split.last()) < 0) {
            parts.add(new Part(split, last.next(), split.last()));
        }
        addWhole(at + 1, set.ranges().size());
        addWhole(0, at);
        parts.add(new Part(split, split.first(), last));
    }

    private int indexOf(Ip address) {
        for (int i = 0; i < set.ranges().size(); i++) {
            if (set.ranges().get(i).contains(address)) {
                return i;
            }
        }
        return -1;
    }

    private void addWhole(int from, int to) {
        for (int i = from; i < to; i++) {
            Range range = set.ranges().get(i);
            parts.add(new Part(range, range.first(), range.last()));
        }
    }

    /** The next address; null when each has been given once. */
    @Nullable Ip next() {
        while (part < parts.size()) {
            Part walked = parts.get(part);
            Ip address = current == null ? walked.from : current;
            Cidr excluded = walked.range.exclusion(address);
            stepBehind(excluded == null ? address : excluded.last(), walked);
            if (excluded == null && !set.isGateway(address)) {
                return address;
            }
        }
        return null;
    }

    private void stepBehind(Ip address, Part walked) {
        if (address.compareTo(walked.to) >= 0) {
            part++;
            current = null;
        } else {
            current = address.next();
        }
    }
}
