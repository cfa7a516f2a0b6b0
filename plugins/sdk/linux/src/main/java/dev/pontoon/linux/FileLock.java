package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive lock on a file, of the flock(2) kind: it excludes other programs that use flock,
 * whatever language they are written in, and other threads of this one. The kernel releases it when
 * the process dies. Of several that wait any may be the next.
 *
 * <p>Java's own {@code FileChannel.lock} is of another kind (fcntl) and excludes none of them.
 */
public final class FileLock implements AutoCloseable {
    private static final long FIRST_PAUSE_NANOS = 100_000;
    private static final long LONGEST_PAUSE_NANOS = 10_000_000;

    /** How often who waits for another thread looks whether the wait is over. */
    private static final long CHECK_NANOS = 100_000_000;

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
            return Libc.nameCount(file.value(), "") > 0;
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
            Inode.remove(file);
        } catch (KernelException e) {
            // A lock file that stays is used again by whoever locks it next.
        }
    }

    /**
     * One thread of this process at a time competes with other processes for a file. One that waits
     * is woken when the holder is done, but whoever asks first then has it: handed over, it would
     * lie idle until the woken thread runs, which takes long where many want to run.
     */
    private static final class Turn {
        private static final Map<Path, Turn> TURNS = new HashMap<>();

        private final Path file;
        private final Semaphore free = new Semaphore(1);
        private int threads;

        private Turn(Path file) {
            this.file = file;
        }

        static Turn await(Path file, Patience patience) {
            Turn turn = join(file);
            try {
                patience.await(turn.free);
                return turn;
            } catch (RuntimeException e) {
                turn.leave();
                throw e;
            } finally {
                patience.restoreInterrupt();
            }
        }

        private static Turn join(Path file) {
            synchronized (TURNS) {
                Turn turn = TURNS.get(file);
                if (turn == null) {
                    turn = new Turn(file);
                    TURNS.put(file, turn);
                }
                turn.threads++;
                return turn;
            }
        }

        void end() {
            free.release();
            leave();
        }

        private void leave() {
            synchronized (TURNS) {
                threads--;
                if (threads == 0) {
                    TURNS.remove(file);
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
            check();
            LockSupport.parkNanos(pause);
            // A pending interrupt would turn the pauses into a busy loop.
            interrupted |= Thread.interrupted();
            pause = Math.min(pause * 2, LONGEST_PAUSE_NANOS);
        }

        /** Takes a permit. Throws if the wait is over. */
        void await(Semaphore permits) {
            boolean taken = permits.tryAcquire();
            while (!taken) {
                check();
                taken = comesWithin(CHECK_NANOS, permits);
            }
        }

        private boolean comesWithin(long nanos, Semaphore permits) {
            try {
                return permits.tryAcquire(nanos, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
                return false;
            }
        }

        private void check() {
            if (stop.getAsBoolean()) {
                throw new LockTimeoutException(file, "held by somebody else when told to stop");
            }
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new LockTimeoutException(
                        file, "still held by somebody else after " + limit.toMillis() + " ms");
            }
        }

        void restoreInterrupt() {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
