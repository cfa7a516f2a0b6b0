package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive lock on a file, of the flock(2) kind: it excludes other programs that use flock,
 * whatever language they are written in, and other threads of this one. The kernel releases it when
 * the process dies. Threads of one process get it in the order in which they asked.
 *
 * <p>Java's own {@code FileChannel.lock} is of another kind (fcntl) and excludes none of them.
 */
public final class FileLock implements AutoCloseable {
    private static final long FIRST_PAUSE_NANOS = 100_000;
    private static final long LONGEST_PAUSE_NANOS = 10_000_000;

    // Not a lambda: the first lambda of a cold start costs milliseconds.
    private static final BooleanSupplier NEVER =
            new BooleanSupplier() {
                @Override
                public boolean getAsBoolean() {
                    return false;
                }
            };

    private final Turn turn;
    private final Descriptor file;
    private final @Nullable Path removedOnClose;

    private FileLock(Turn turn, Descriptor file, @Nullable Path removedOnClose) {
        this.turn = turn;
        this.file = file;
        this.removedOnClose = removedOnClose;
    }

    /**
     * Takes the lock, and makes the file if it is not there.
     *
     * @param mode the permissions of a new file, such as 0600, less the umask
     * @param limit how long to wait for another holder
     * @throws LockTimeoutException if it was not released in that time
     * @throws KernelException if the file cannot be opened
     */
    public static FileLock exclusive(Path file, int mode, Duration limit) {
        return exclusive(file, mode, limit, NEVER);
    }

    /**
     * As above; the wait also ends, with {@link LockTimeoutException}, once {@code stop} says true.
     */
    public static FileLock exclusive(Path file, int mode, Duration limit, BooleanSupplier stop) {
        Patience patience = new Patience(file, limit, stop);
        Turn turn = Turn.await(file, patience);
        try {
            return new FileLock(turn, locked(file, mode, patience), null);
        } catch (RuntimeException e) {
            turn.end();
            throw e;
        }
    }

    /**
     * Takes the lock of a file that exists only while somebody holds or awaits it: {@link #close}
     * removes it. All who lock this file must do so through this method, or one that likewise
     * checks after locking that the path still leads to the locked file.
     */
    public static FileLock exclusiveTransient(
            Path file, int mode, Duration limit, BooleanSupplier stop) {
        Patience patience = new Patience(file, limit, stop);
        Turn turn = Turn.await(file, patience);
        try {
            return new FileLock(turn, lockedInPlace(file, mode, patience), file);
        } catch (RuntimeException e) {
            turn.end();
            throw e;
        }
    }

    private static Descriptor lockedInPlace(Path file, int mode, Patience patience) {
        while (true) {
            Descriptor held = locked(file, mode, patience);
            if (hasName(held)) {
                return held;
            }
            // The holder before us removed it: what we hold excludes nobody who comes after.
            held.close();
        }
    }

    private static Descriptor locked(Path path, int mode, Patience patience) {
        int flags = Files.O_RDONLY | Files.O_CREAT | Files.O_CLOEXEC;
        String text = path.toString();
        Descriptor file = Libc.open(text, flags, mode);
        try {
            while (!Libc.flock(file, Files.LOCK_EX | Files.LOCK_NB, text)) {
                patience.pause();
            }
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        } finally {
            patience.restoreInterrupt();
        }
    }

    private static boolean hasName(Descriptor file) {
        try {
            return Libc.nameCount(file) > 0;
        } catch (KernelException e) {
            file.close();
            throw e;
        }
    }

    /** Releases the lock; closing twice is harmless. */
    @Override
    public void close() {
        if (!file.isOpen()) {
            return;
        }
        if (removedOnClose != null) {
            remove(removedOnClose);
        }
        file.close();
        turn.end();
    }

    /** Must happen while the lock is held, else it could be the file of the next holder. */
    private static void remove(Path file) {
        try {
            java.nio.file.Files.deleteIfExists(file);
        } catch (IOException e) {
            // A lock file that stays is used again by whoever locks it next.
        }
    }

    /**
     * One thread of this process at a time competes with other processes for a file; the others
     * wait behind it in the order they came, and the next is woken at once.
     */
    private static final class Turn {
        private static final Map<Path, Deque<Turn>> QUEUES = new HashMap<>();

        private final Path file;
        private final Thread thread = Thread.currentThread();

        private Turn(Path file) {
            this.file = file;
        }

        static Turn await(Path file, Patience patience) {
            Turn turn = new Turn(file);
            turn.queue();
            try {
                while (!turn.isFirst()) {
                    patience.pause(LONGEST_PAUSE_NANOS);
                }
                return turn;
            } catch (RuntimeException e) {
                turn.end();
                throw e;
            } finally {
                patience.restoreInterrupt();
            }
        }

        private void queue() {
            synchronized (QUEUES) {
                Deque<Turn> queue = QUEUES.get(file);
                if (queue == null) {
                    queue = new ArrayDeque<>();
                    QUEUES.put(file, queue);
                }
                queue.addLast(this);
            }
        }

        private boolean isFirst() {
            synchronized (QUEUES) {
                return waiting().peekFirst() == this;
            }
        }

        private Deque<Turn> waiting() {
            return Objects.requireNonNull(QUEUES.get(file));
        }

        void end() {
            synchronized (QUEUES) {
                Deque<Turn> queue = waiting();
                queue.remove(this);
                if (queue.isEmpty()) {
                    QUEUES.remove(file);
                } else {
                    LockSupport.unpark(queue.getFirst().thread);
                }
            }
        }
    }

    /** A wait in short pauses that grow: flock has no time limit of its own. */
    private static final class Patience {
        private final Path file;
        private final Duration limit;
        private final BooleanSupplier stop;
        private final long start = System.nanoTime();
        private long pause = FIRST_PAUSE_NANOS;
        private boolean interrupted;

        Patience(Path file, Duration limit, BooleanSupplier stop) {
            this.file = file;
            this.limit = limit;
            this.stop = stop;
        }

        /** The next of the growing pauses. Throws if the wait is over. */
        void pause() {
            pause(pause);
            pause = Math.min(pause * 2, LONGEST_PAUSE_NANOS);
        }

        /** A pause of so long at most. Throws if the wait is over. */
        void pause(long nanos) {
            if (stop.getAsBoolean()) {
                throw new LockTimeoutException(file, "held by somebody else when told to stop");
            }
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new LockTimeoutException(
                        file, "still held by somebody else after " + limit.toMillis() + " ms");
            }
            LockSupport.parkNanos(nanos);
            // A pending interrupt would turn the pauses into a busy loop.
            interrupted |= Thread.interrupted();
        }

        void restoreInterrupt() {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
