package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import java.util.List;
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

    /** The address as an ADD's result tells it. */
    IpConfig result(Ip address) {
        return new IpConfig(new Cidr(address, subnet.prefixLength()), gateway, null);
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
