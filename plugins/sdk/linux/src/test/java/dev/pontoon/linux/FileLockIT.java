package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class FileLockIT {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(20);

    private Path file;

    @BeforeEach
    void name(Host host) {
        file = host.temp().resolve("lock");
    }

    private boolean freeForFlock(Host host) {
        return host.run("flock", "-n", file.toString(), "true").exit() == 0;
    }

    @Test
    void otherProgramsAreLockedOutUntilClose(Host host) throws Exception {
        FileLock lock = FileLock.exclusive(file, 0600, LONG);
        assertThat(freeForFlock(host)).isFalse();
        lock.close();
        assertThat(freeForFlock(host)).isTrue();
        lock.close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void anotherHolderIsWaitedForAndThenNamed(Host host) {
        Running holder = host.start("flock", file.toString(), "sleep", "600");
        Await.until("lock held", () -> Files.exists(file) && !freeForFlock(host));

        assertThatThrownBy(() -> FileLock.exclusive(file, 0600, SHORT))
                .isInstanceOf(LockTimeoutException.class)
                .hasMessage("lock " + file + ": still held by somebody else after 20 ms");
        AtomicBoolean stop = new AtomicBoolean(true);
        assertThatThrownBy(() -> FileLock.exclusive(file, 0600, LONG, stop::get))
                .isInstanceOf(LockTimeoutException.class)
                .hasMessageEndingWith("when told to stop");
        holder.kill();
    }

    @Test
    void theLockIsTakenOnceItIsReleased(Host host) throws InterruptedException {
        FileLock first = FileLock.exclusive(file, 0600, LONG);
        AtomicBoolean asked = new AtomicBoolean();
        AtomicBoolean taken = new AtomicBoolean();
        AtomicBoolean flagKept = new AtomicBoolean();
        Thread second =
                new Thread(() -> {
                    FileLock.exclusive(
                                    file,
                                    0600,
                                    LONG,
                                    () -> {
                                        asked.set(true);
                                        return false;
                                    })
                            .close();
                    taken.set(true);
                    flagKept.set(Thread.currentThread().isInterrupted());
                });
        second.start();
        Await.until("second one waiting", asked::get);
        second.interrupt();
        assertThat(taken).isFalse();
        first.close();
        second.join();
        assertThat(taken).isTrue();
        assertThat(flagKept).isTrue();
    }

    @Test
    void threadsThatWaitGetTheLockOneByOneAndThoseThatGiveUpDoNot() throws InterruptedException {
        FileLock first = FileLock.exclusive(file, 0600, LONG);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();
        AtomicInteger tired = new AtomicInteger();
        AtomicBoolean enough = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            boolean givesUp = i % 3 == 0;
            Thread thread =
                    new Thread(() -> {
                        try (FileLock _ =
                                FileLock.exclusive(
                                        file, 0600, LONG, () -> givesUp && enough.get())) {
                            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                            Thread.yield();
                            inside.decrementAndGet();
                            served.incrementAndGet();
                        } catch (LockTimeoutException e) {
                            tired.incrementAndGet();
                        }
                    });
            thread.start();
            Await.until(
                    "another thread to wait",
                    () -> thread.getState() == Thread.State.TIMED_WAITING);
            threads.add(thread);
        }
        enough.set(true);
        Await.until("those to give up that were told to", () -> tired.get() == 4);
        assertThat(served).hasValue(0);
        first.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(served).hasValue(8);
        assertThat(most).hasValue(1);
    }

    @Test
    void aTransientLockFileIsGoneAfterwardsAndStillExcludes() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger rounds = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Thread thread =
                    new Thread(() -> {
                        for (int round = 0; round < 50; round++) {
                            try (FileLock _ =
                                    FileLock.exclusiveTransient(file, 0600, LONG, () -> false)) {
                                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                Thread.yield();
                                inside.decrementAndGet();
                                rounds.incrementAndGet();
                            }
                        }
                    });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(rounds).hasValue(400);
        assertThat(most).hasValue(1);
        assertThat(file).doesNotExist();
    }

    @Test
    void aFileThatCannotBeOpenedIsNamed(Host host) {
        Path missing = host.temp().resolve("no/such/lock");
        assertThatThrownBy(() -> FileLock.exclusive(missing, 0600, SHORT))
                .isInstanceOf(KernelException.class)
                .hasMessage("open " + missing + ": No such file or directory (ENOENT)");
    }
}
