package dev.pontoon.linux;

/**
 * What a token bucket filter lets through; see tc-tbf(8).
 *
 * <p>The kernel measures the bucket not in bytes but in the time that the rate takes to fill it, in
 * ticks of 64 ns (PSCHED_SHIFT is 6; the second number in {@code /proc/net/psched}), and takes 32
 * bits of them: a bucket of more than 275 seconds becomes one of 275 seconds. Nobody has to send
 * the table of rates that tc-tbf(8) still computes; kernels from 3.10 on look at it only if they
 * are not told the link layer.
 *
 * @param rate in bytes per second
 * @param ticks how long the rate takes to fill the bucket; more than 32 bits as long as the kernel
 *     has not seen it
 * @param limit how many bytes may wait for tokens; what comes on top is dropped
 */
public record TokenBucket(long rate, long ticks, long limit) {
    private static final long TICK_NANOS = 64;
    private static final long NANOS = 1_000_000_000L;
    private static final long MILLIS = 1000;
    static final long LARGEST = 0xffff_ffffL;

    /**
     * A bucket of {@code burst} bytes, from 1 to 2^32-1. Rounded up, so that a packet as long as
     * the burst passes.
     *
     * @param latencyMillis how long a packet may have to wait beyond the time that the bucket takes
     *     to fill; at most a minute
     */
    public static TokenBucket of(long rate, long burst, int latencyMillis) {
        if (rate < 1 || burst < 1 || burst > LARGEST) {
            throw new IllegalArgumentException("rate " + rate + ", burst " + burst);
        }
        long ticks = Math.ceilDiv(Math.ceilDiv(burst * NANOS, rate), TICK_NANOS);
        // In two parts: the largest rate times a latency is more than a long holds.
        long waiting = rate / MILLIS * latencyMillis + rate % MILLIS * latencyMillis / MILLIS;
        return new TokenBucket(rate, ticks, Math.min(waiting, LARGEST - burst) + burst);
    }

    /** The ticks that the kernel is told. */
    public long keptTicks() {
        return Math.min(ticks, LARGEST);
    }

    /** The bucket in bytes, to within what the rate gives in a tick. */
    public long burst() {
        return Math.round((double) ticks * TICK_NANOS * rate / NANOS);
    }
}
