package dev.pontoon.linux;

import dev.pontoon.linux.uapi.RtNetlink;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route. The family is the destination's; the default route is the all-zero destination with
 * prefix 0.
 *
 * @param destination 4 or 16 bytes in network order; not to be changed
 * @param prefixLength in bits
 * @param gateway the next hop, null for a route whose destination is on the link itself. An IPv4
 *     route may have an IPv6 gateway.
 * @param link the index of the link it leads to; 0 for a multipath route and for blackhole routes
 * @param metric its priority, smaller wins; 0 leaves it to the kernel (none for IPv4, 1024 for
 *     IPv6)
 * @param table RT_TABLE_…
 * @param scope RT_SCOPE_…; IPv6 does not use it
 * @param type RTN_…
 * @param protocol RTPROT_…: who made it
 * @param mtu in bytes, 0 for the link's
 * @param advmss in bytes, 0 for the link's
 * @param source the preferred source address, null if there is none
 * @param onLink whether the gateway counts as reachable although no address says so
 * @param nextHops of a multipath route, in the kernel's order; empty for an ordinary one
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode below look inside
public record Route(
        byte[] destination,
        int prefixLength,
        byte @Nullable [] gateway,
        int link,
        int metric,
        int table,
        int scope,
        int type,
        int protocol,
        int mtu,
        int advmss,
        byte @Nullable [] source,
        boolean onLink,
        List<NextHop> nextHops) {
    /**
     * One way of a multipath route.
     *
     * @param gateway the next hop, null for none
     * @param link the index of the link it leads to
     */
    @SuppressWarnings("ArrayRecordComponent") // equals and hashCode below look inside
    public record NextHop(byte @Nullable [] gateway, int link) {
        @Override
        public boolean equals(Object other) {
            return other instanceof NextHop that
                    && link == that.link
                    && Arrays.equals(gateway, that.gateway);
        }

        @Override
        public int hashCode() {
            return 31 * link + Arrays.hashCode(gateway);
        }
    }

    /** Checks lengths and copies the list. */
    public Route {
        Family.of(destination, prefixLength);
        nextHops = List.copyOf(nextHops);
    }

    /** Starts the description of a route over a link. */
    public static Builder to(byte[] destination, int prefixLength, int link) {
        return new Builder(destination, prefixLength, link);
    }

    /** Starts the description of a default route: family of the gateway, prefix 0. */
    public static Builder defaultVia(byte[] gateway, int link) {
        return new Builder(new byte[gateway.length], 0, link).gateway(gateway);
    }

    /** AF_INET or AF_INET6. */
    public int family() {
        return Family.of(destination);
    }

    /** Whether it is a default route. */
    public boolean isDefault() {
        return prefixLength == 0;
    }

    /** Whether it leads to this destination. */
    public boolean leadsTo(byte[] otherDestination, int otherPrefixLength) {
        return prefixLength == otherPrefixLength && Arrays.equals(destination, otherDestination);
    }

    /** Whether it leads over this gateway, as its only next hop or one of several. */
    public boolean via(byte[] otherGateway) {
        if (gateway != null && Arrays.equals(gateway, otherGateway)) {
            return true;
        }
        for (NextHop each : nextHops) {
            if (each.gateway != null && Arrays.equals(each.gateway, otherGateway)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it leads over this link, as its only one or one of several. */
    public boolean over(int otherLink) {
        if (link == otherLink) {
            return true;
        }
        for (NextHop each : nextHops) {
            if (each.link == otherLink) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Route that
                && leadsTo(that.destination, that.prefixLength)
                && Arrays.equals(gateway, that.gateway)
                && Arrays.equals(source, that.source)
                && link == that.link
                && metric == that.metric
                && table == that.table
                && scope == that.scope
                && type == that.type
                && protocol == that.protocol
                && mtu == that.mtu
                && advmss == that.advmss
                && onLink == that.onLink
                && nextHops.equals(that.nextHops);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(destination) + prefixLength) + link;
    }

    /** "10.1.0.0/16 via 10.1.0.1 on link 3", as error messages say it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(isDefault() ? "default" : IpText.format(destination, prefixLength));
        if (gateway != null) {
            text.append(" via ").append(IpText.format(gateway));
        }
        if (link != 0) {
            text.append(" on link ").append(link);
        }
        if (metric != 0) {
            text.append(" metric ").append(metric);
        }
        if (table != RtNetlink.RT_TABLE_MAIN) {
            text.append(" table ").append(table);
        }
        return text.toString();
    }

    /**
     * Collects what a route is to be; table main, protocol boot and type unicast unless told
     * otherwise.
     */
    public static final class Builder {
        private final byte[] destination;
        private final int prefixLength;
        private final int link;
        private byte @Nullable [] gateway;
        private byte @Nullable [] source;
        private int metric;
        private int table = RtNetlink.RT_TABLE_MAIN;
        private int scope = -1;
        private int type = RtNetlink.RTN_UNICAST;
        private int protocol = RtNetlink.RTPROT_BOOT;
        private int mtu;
        private int advmss;
        private boolean onLink;

        private Builder(byte[] destination, int prefixLength, int link) {
            this.destination = destination.clone();
            this.prefixLength = prefixLength;
            this.link = link;
        }

        /** The next hop; null for none. */
        public Builder gateway(byte @Nullable [] gateway) {
            this.gateway = gateway;
            return this;
        }

        /** The preferred source address; null for none. */
        public Builder source(byte @Nullable [] source) {
            this.source = source;
            return this;
        }

        /** The priority, smaller wins; 0 leaves it to the kernel. */
        public Builder metric(int metric) {
            this.metric = metric;
            return this;
        }

        /** The table; 0 is main. */
        public Builder table(int table) {
            this.table = table == RtNetlink.RT_TABLE_UNSPEC ? RtNetlink.RT_TABLE_MAIN : table;
            return this;
        }

        /**
         * The scope. Without this call it is what {@code ip route} takes: universe with a gateway,
         * host for local routes, else link.
         */
        public Builder scope(int scope) {
            this.scope = scope;
            return this;
        }

        /** RTN_…: unicast, blackhole, unreachable. */
        public Builder type(int type) {
            this.type = type;
            return this;
        }

        /** RTPROT_…: who made it. */
        public Builder protocol(int protocol) {
            this.protocol = protocol;
            return this;
        }

        /** The MTU in bytes, 0 for the link's. */
        public Builder mtu(int mtu) {
            this.mtu = mtu;
            return this;
        }

        /** The maximal segment size told to TCP peers, in bytes, 0 for the link's. */
        public Builder advmss(int advmss) {
            this.advmss = advmss;
            return this;
        }

        /** The gateway counts as reachable although no address says so. */
        public Builder onLink() {
            this.onLink = true;
            return this;
        }

        /** The route. Throws {@link IllegalArgumentException} for an impossible destination. */
        public Route build() {
            return new Route(
                    destination,
                    prefixLength,
                    gateway,
                    link,
                    metric,
                    table,
                    scope < 0 ? usualScope() : scope,
                    type,
                    protocol,
                    mtu,
                    advmss,
                    source,
                    onLink,
                    List.of());
        }

        private int usualScope() {
            if (destination.length == 16 || gateway != null) {
                return RtNetlink.RT_SCOPE_UNIVERSE;
            }
            return switch (type) {
                case RtNetlink.RTN_UNICAST, RtNetlink.RTN_BROADCAST -> RtNetlink.RT_SCOPE_LINK;
                case RtNetlink.RTN_LOCAL -> RtNetlink.RT_SCOPE_HOST;
                default -> RtNetlink.RT_SCOPE_UNIVERSE;
            };
        }
    }
}
