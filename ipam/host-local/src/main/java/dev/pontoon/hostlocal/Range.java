package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Addresses of one subnet that may be handed out: {@code first} to {@code last}, both included, but
 * neither the gateway nor what is excluded.
 */
record Range(Cidr subnet, Ip first, Ip last, Ip gateway, List<Cidr> excluded) {
    Range {
        excluded = List.copyOf(excluded);
    }

    /** Whether the address lies between the ends; the gateway and excluded ones do as well. */
    boolean contains(Ip address) {
        return address.isV4() == first.isV4()
                && address.compareTo(first) >= 0
                && address.compareTo(last) <= 0;
    }

    boolean overlaps(Range other) {
        return contains(other.first) || other.contains(first);
    }

    /** The excluded network in which the address lies; null if it lies in none. */
    @Nullable Cidr exclusion(Ip address) {
        for (Cidr each : excluded) {
            if (each.contains(address)) {
                return each;
            }
        }
        return null;
    }

    /** How many addresses it has, the gateway and excluded ones included. */
    BigInteger size() {
        return count(first, last);
    }

    /** How many addresses it has without the excluded ones. */
    BigInteger unexcluded() {
        Set<Cidr> networks = new HashSet<>();
        for (Cidr each : excluded) {
            networks.add(each.network());
        }
        BigInteger left = size();
        for (Cidr each : networks) {
            if (!isInsideAnother(each, networks)) {
                left = left.subtract(common(each));
            }
        }
        return left;
    }

    /** Of two networks that have anything in common, one is inside the other. */
    private static boolean isInsideAnother(Cidr network, Set<Cidr> networks) {
        for (Cidr other : networks) {
            if (!other.equals(network)
                    && other.contains(network.address())
                    && other.prefixLength() < network.prefixLength()) {
                return true;
            }
        }
        return false;
    }

    /** How many addresses the range has in common with a network. */
    private BigInteger common(Cidr network) {
        Ip begin = network.address().compareTo(first) > 0 ? network.address() : first;
        Ip end = network.last().compareTo(last) < 0 ? network.last() : last;
        return begin.compareTo(end) > 0 ? BigInteger.ZERO : count(begin, end);
    }

    private static BigInteger count(Ip from, Ip to) {
        BigInteger distance =
                new BigInteger(1, to.bytes()).subtract(new BigInteger(1, from.bytes()));
        return distance.add(BigInteger.ONE);
    }

    /** The address as an ADD's result tells it. */
    IpConfig result(Ip address) {
        return new IpConfig(new Cidr(address, subnet.prefixLength()), gateway, null);
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
