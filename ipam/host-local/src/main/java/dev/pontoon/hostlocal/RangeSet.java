package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ranges of one family from which each ADD gets one address.
 *
 * @param path where the set stands in the configuration: {@code ipam.ranges[0]}
 * @param index the number of the set, which is also that of its {@code last_reserved_ip} file
 * @param ranges at least one
 */
record RangeSet(String path, int index, List<Range> ranges) {
    RangeSet {
        ranges = List.copyOf(ranges);
    }

    boolean isV4() {
        return ranges.getFirst().first().isV4();
    }

    /** The range in which the address lies; null if it lies in none. */
    @Nullable Range find(Ip address) {
        for (Range each : ranges) {
            if (each.contains(address)) {
                return each;
            }
        }
        return null;
    }

    boolean contains(Ip address) {
        return find(address) != null;
    }

    boolean isGateway(Ip address) {
        for (Range each : ranges) {
            if (each.gateway().equals(address)) {
                return true;
            }
        }
        return false;
    }

    boolean overlaps(RangeSet other) {
        for (Range mine : ranges) {
            for (Range theirs : other.ranges) {
                if (mine.overlaps(theirs)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The address, which must lie in one of the ranges, as an ADD's result tells it. */
    IpConfig result(Ip address) {
        Range range = find(address);
        if (range == null) {
            throw new IllegalArgumentException(address + " is not in " + this);
        }
        return range.result(address);
    }

    /** How many addresses the ranges have, gateways and excluded ones included. */
    BigInteger size() {
        BigInteger size = BigInteger.ZERO;
        for (Range each : ranges) {
            size = size.add(each.size());
        }
        return size;
    }

    /** How many addresses can be given out: all but gateways and excluded ones. */
    BigInteger available() {
        BigInteger available = BigInteger.ZERO;
        Set<Ip> gateways = new HashSet<>();
        for (Range each : ranges) {
            available = available.add(each.unexcluded());
            gateways.add(each.gateway());
        }
        for (Ip gateway : gateways) {
            Range range = find(gateway);
            if (range != null && range.exclusion(gateway) == null) {
                available = available.subtract(BigInteger.ONE);
            }
        }
        return available;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Range each : ranges) {
            text.append(text.isEmpty() ? "" : ",").append(each);
        }
        return text.toString();
    }
}
