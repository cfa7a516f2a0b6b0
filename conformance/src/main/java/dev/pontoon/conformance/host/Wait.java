package dev.pontoon.conformance.host;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for something that others bring about, never longer than a deadline. */
public final class Wait {

    private static final long PAUSE = Duration.ofMillis(2).toNanos();

    private Wait() {}

    /**
     * Waits until there is something.
     *
     * @throws HarnessFault when there is nothing in time
     */
    public static <T> T until(String what, Duration most, Supplier<Optional<T>> look) {
        return within(most, look)
                .orElseThrow(() ->
                        new HarnessFault("waited " + most.toMillis() + " ms in vain for " + what));
    }

    /** Waits until there is something, or in vain. */
    public static <T> Optional<T> within(Duration most, Supplier<Optional<T>> look) {
        long deadline = System.nanoTime() + most.toNanos();
        while (true) {
            Optional<T> found = look.get();
            if (found.isPresent() || System.nanoTime() - deadline > 0) {
                return found;
            }
            LockSupport.parkNanos(PAUSE);
            if (Thread.currentThread().isInterrupted()) {
                throw new HarnessFault("interrupted while waiting");
            }
        }
    }

    /** Waits until something is so; returns whether it is. */
    public static boolean holds(Duration most, BooleanSupplier condition) {
        return within(most, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty())
                .isPresent();
    }
}
