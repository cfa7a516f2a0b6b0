package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/** Writes to a pipe whose reader may have stopped reading, without being stuck with it. */
public final class PipeWriter {
    /** PIPE_BUF of pipe(7): a pipe that poll(2) calls writable takes this much without blocking. */
    private static final int ATOMIC_LENGTH = 4096;

    private static final int LONGEST_WAIT_MILLIS = 50;

    private PipeWriter() {}

    /**
     * Writes all bytes, waiting for the reader as long as needed but no longer than {@code limit}.
     *
     * @param fd the number of an open descriptor, which stays open and blocking or not as it is
     * @param giveUp asked every few milliseconds of waiting; true ends it
     * @return whether everything was written
     * @throws KernelException if it cannot be written, with EPIPE if the reader has gone
     */
    public static boolean write(int fd, byte[] bytes, BooleanSupplier giveUp, Duration limit) {
        // Never closed: the descriptor is the caller's.
        Descriptor pipe = new Descriptor(fd);
        long end = System.nanoTime() + limit.toNanos();
        int written = 0;
        while (written < bytes.length) {
            if (Libc.poll(pipe, (short) Files.POLLOUT, waitMillis(end))) {
                written += writeSome(pipe, bytes, written);
            } else if (giveUp.getAsBoolean() || System.nanoTime() - end >= 0) {
                return false;
            }
        }
        return true;
    }

    private static int waitMillis(long end) {
        long left = (end - System.nanoTime()) / 1_000_000 + 1;
        return (int) Math.max(0, Math.min(left, LONGEST_WAIT_MILLIS));
    }

    private static int writeSome(Descriptor pipe, byte[] bytes, int from) {
        int length = Math.min(bytes.length - from, ATOMIC_LENGTH);
        byte[] part = Arrays.copyOfRange(bytes, from, from + length);
        try {
            return Libc.write(pipe, part, length, "descriptor " + pipe.value());
        } catch (KernelException e) {
            // A non-blocking pipe may be filled by another writer between poll and write.
            if (e.is(Errno.EAGAIN)) {
                return 0;
            }
            throw e;
        }
    }
}
