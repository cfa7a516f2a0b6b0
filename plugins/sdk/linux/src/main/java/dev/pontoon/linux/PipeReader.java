package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import java.util.function.BooleanSupplier;

/** Waits for what comes down a pipe, without being stuck if nothing ever does. */
public final class PipeReader {
    private static final int LONGEST_WAIT_MILLIS = 50;

    private PipeReader() {}

    /**
     * Waits until a read will not block: there is something to read, or an end, or an error.
     *
     * @param fd the number of an open descriptor
     * @param giveUp asked every few milliseconds of waiting; true ends it
     * @return whether a read will not block; false if {@code giveUp} ended the wait
     */
    public static boolean await(int fd, BooleanSupplier giveUp) {
        // Never closed: the descriptor is the caller's.
        Descriptor pipe = new Descriptor(fd);
        while (!Libc.poll(pipe, (short) Files.POLLIN, LONGEST_WAIT_MILLIS)) {
            if (giveUp.getAsBoolean()) {
                return false;
            }
        }
        return true;
    }
}
