package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The addresses that the runtime asks for, each with the range set that has it. */
final class Wishes {
    private final Map<Integer, Requested> bySet = new HashMap<>();

    /** Finds the set of each address. Throws code 4 or 7 for those that can never be handed out. */
    Wishes(List<RangeSet> sets, List<Requested> requested) {
        for (Requested wish : requested) {
            RangeSet set = find(sets, wish);
            Requested other = bySet.put(set.index(), wish);
            if (other != null) {
                throw wish.refused(
                        "the range set "
                                + set
                                + " gives one address, and "
                                + other.address()
                                + " is asked for too");
            }
        }
    }

    /** The address asked for from that set; null if there is none. */
    @Nullable Requested of(RangeSet set) {
        return bySet.get(set.index());
    }

    private static RangeSet find(List<RangeSet> sets, Requested wish) {
        Ip address = wish.address();
        for (RangeSet set : sets) {
            if (set.isGateway(address)) {
                throw wish.refused("is the gateway of " + set);
            }
            Range range = set.find(address);
            if (range != null) {
                Cidr exclusion = range.exclusion(address);
                if (exclusion != null) {
                    throw wish.refused("is excluded from " + range + " by " + exclusion);
                }
                return set;
            }
        }
        throw wish.refused(whyOutside(sets, address));
    }

    private static String whyOutside(List<RangeSet> sets, Ip address) {
        List<RangeSet> tried = new ArrayList<>();
        for (RangeSet set : sets) {
            for (Range range : set.ranges()) {
                Cidr subnet = range.subnet();
                if (address.equals(subnet.address())) {
                    return "is the network address of " + subnet;
                }
                if (subnet.isV4() && address.equals(subnet.last())) {
                    return "is the broadcast address of " + subnet;
                }
            }
            tried.add(set);
        }
        return "is in none of the ranges " + tried;
    }
}
