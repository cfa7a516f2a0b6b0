package dev.pontoon.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for a condition. The only place of the tests that lets time pass. */
public final class Await {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long PAUSE_NANOS = 5_000_000;

    private Await() {}

    /** Waits up to 10 seconds for the condition; {@code what} names it in the failure. */
    public static void until(String what, BooleanSupplier condition) {
        until(what, condition::getAsBoolean, Boolean::booleanValue);
    }

    /** Reads a value until it is good, for up to 10 seconds, and returns it. */
    public static <T> T until(String what, Supplier<T> read, Predicate<T> good) {
        return until(what, PATIENCE, read, good);
    }

    /**
     * Reads a value until it is good, and returns it.
     *
     * @throws AssertionError when the limit has passed; it shows the value last seen
     */
    public static <T> T until(String what, Duration limit, Supplier<T> read, Predicate<T> good) {
        long deadline = System.nanoTime() + limit.toNanos();
        T seen = read.get();
        while (!good.test(seen)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(
                        "waited " + limit + " for " + what + "; last seen: " + seen);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            seen = read.get();
        }
        return seen;
    }
}
