package dev.pontoon.bandwidth;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.TokenBucket;
import dev.pontoon.protocol.ConfigObject;
import org.jspecify.annotations.Nullable;

/**
 * What one direction lets through.
 *
 * @param keys the object that it was read from, for messages
 * @param direction "ingress" or "egress"
 * @param rate in bytes per second
 * @param burst in bytes, less than 2^32-1
 */
record Limit(ConfigObject keys, String direction, long rate, long burst) {
    /** As in the reference plugin. */
    private static final int LATENCY_MILLIS = 25;

    private static final int BITS = 8;
    private static final long FOUR_GIGABYTES = 0xffff_ffffL;
    private static final int ETHERNET_HEADER = 14;

    /** The limit of a direction; null if there is none. Throws code 7 for half of one. */
    static @Nullable Limit read(ConfigObject keys, String direction) {
        String rateKey = direction + "Rate";
        String burstKey = direction + "Burst";
        long rate = keys.unsignedLong(rateKey, 0);
        long burst = keys.unsignedLong(burstKey, 0);
        if (rate == 0 && burst == 0) {
            return null;
        }
        if (burst == 0) {
            throw keys.invalid(rateKey, "if it is set, " + burstKey + " must also be set");
        }
        if (rate == 0) {
            throw keys.invalid(burstKey, "if it is set, " + rateKey + " must also be set");
        }
        long rateBytes = Long.divideUnsigned(rate, BITS);
        if (rateBytes == 0) {
            throw keys.invalid(rateKey, "must be at least 8, as the kernel counts whole bytes");
        }
        long burstBytes = Long.divideUnsigned(burst, BITS);
        if (burstBytes == 0) {
            throw keys.invalid(burstKey, "must be at least 8, as the kernel counts whole bytes");
        }
        if (burstBytes >= FOUR_GIGABYTES) {
            throw keys.invalid(burstKey, "cannot be more than 4 GB, in bits");
        }
        return new Limit(keys, direction, rateBytes, burstBytes);
    }

    TokenBucket bucket() {
        return TokenBucket.of(rate, burst, LATENCY_MILLIS);
    }

    /**
     * Throws code 7 if the bucket never holds enough for a whole packet of the link. The kernel
     * drops every packet that is longer than the bucket, and says nothing: a ping would pass, and
     * the first page that is fetched would hang for ever. The reference plugin takes such a burst.
     */
    void requireWholePackets(Link link) {
        long packet = (long) link.mtu() + ETHERNET_HEADER;
        if (burst < packet) {
            throw keys.invalid(
                    direction + "Burst",
                    "must be at least "
                            + packet * BITS
                            + " bits: "
                            + link.name()
                            + " has an MTU of "
                            + link.mtu()
                            + " bytes, and a packet that is longer than the burst never passes");
        }
    }
}
