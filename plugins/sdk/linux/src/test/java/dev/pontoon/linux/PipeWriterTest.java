package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.linux.uapi.Files;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

// A writer that blocks after all cannot be interrupted, only left behind.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PipeWriterTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir Path folder;
    private Path fifo;
    private Descriptor reader;
    private Descriptor writer;

    @BeforeEach
    void makePipe() throws IOException, InterruptedException {
        fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
        reader = Libc.open(fifo.toString(), Files.O_RDONLY | Files.O_NONBLOCK | Files.O_CLOEXEC, 0);
        writer = Libc.open(fifo.toString(), Files.O_WRONLY | Files.O_CLOEXEC, 0);
    }

    @AfterEach
    void closePipe() {
        reader.close();
        writer.close();
    }

    @Test
    void everythingArrivesHoweverSlowlyItIsRead() throws Exception {
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        AtomicBoolean done = new AtomicBoolean();
        Thread thread =
                new Thread(() -> {
                    done.set(PipeWriter.write(writer.value(), bytes, () -> false, LONG));
                    writer.close();
                });
        thread.start();
        byte[] read;
        try (InputStream in = java.nio.file.Files.newInputStream(fifo)) {
            read = in.readAllBytes();
        }
        thread.join();
        assertThat(done).isTrue();
        assertThat(read).isEqualTo(bytes);
    }

    @Test
    void aReaderThatNeverReadsDoesNotHoldTheWriter() {
        byte[] tooMuch = new byte[1 << 20];
        AtomicInteger asked = new AtomicInteger();
        assertThat(
                        PipeWriter.write(
                                writer.value(), tooMuch, () -> asked.incrementAndGet() > 1, LONG))
                .isFalse();
        assertThat(asked).hasValue(2);
        assertThat(PipeWriter.write(writer.value(), tooMuch, () -> false, Duration.ofMillis(10)))
                .isFalse();
    }

    @Test
    void aReaderThatHasGoneIsAnError() {
        reader.close();
        assertThatThrownBy(() -> PipeWriter.write(writer.value(), new byte[1], () -> false, LONG))
                .isInstanceOfSatisfying(
                        KernelException.class, e -> assertThat(e.is(Errno.EPIPE)).isTrue());
    }

    @Test
    void ordinaryFilesAreWrittenAsWell() throws IOException {
        Path file = folder.resolve("file");
        try (Descriptor out =
                Libc.open(
                        file.toString(), Files.O_WRONLY | Files.O_CREAT | Files.O_CLOEXEC, 0600)) {
            assertThat(
                            PipeWriter.write(
                                    out.value(),
                                    "text".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                                    () -> false,
                                    LONG))
                    .isTrue();
        }
        assertThat(file).hasContent("text");
    }
}
