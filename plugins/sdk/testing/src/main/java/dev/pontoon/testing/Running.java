package dev.pontoon.testing;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A process that was started and may still run. Its pid is valid on the whole machine. */
public final class Running {

    /**
     * A limit is waited for in parts, so that a clock that jumps, as that of a machine does which
     * was paused, costs one of them and not the test.
     */
    private static final int PARTS = 100;

    private final Command command;
    private final Process process;
    private final long started = System.nanoTime();
    private final CompletableFuture<Long> ended;
    private final Sink stdout;
    private final Sink stderr;

    private Running(Command command, Process process, Sink stdout, Sink stderr) {
        this.command = command;
        this.process = process;
        this.ended = process.onExit().thenApply(_ -> System.nanoTime());
        this.stdout = stdout;
        this.stderr = stderr;
        Thread.ofPlatform().daemon().start(this::feed);
    }

    static Running start(Command command, List<String> line, Pipes pipes) {
        // Opening a pipe waits for the other side: the sinks read before the process is started.
        var stdout = new Sink(pipes);
        var stderr = new Sink(pipes);
        var builder =
                new ProcessBuilder(line)
                        .redirectOutput(stdout.pipe.toFile())
                        .redirectError(stderr.pipe.toFile());
        builder.environment().clear();
        builder.environment().putAll(command.environment());
        try {
            return new Running(command, builder.start(), stdout, stderr);
        } catch (IOException e) {
            throw new UncheckedIOException("start " + line + ": " + e.getMessage(), e);
        }
    }

    private void feed() {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(command.input());
        } catch (IOException _) {
            // A process may end, or close its standard input, without having read it.
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** What was printed so far. */
    public String stdout() {
        return stdout.text();
    }

    /** What was printed to standard error so far. */
    public String stderr() {
        return stderr.text();
    }

    /**
     * Sends a signal to this process alone; nothing happens when it has ended.
     *
     * @param name as {@code kill -s} takes it: {@code TERM}, {@code KILL}, {@code STOP}
     */
    public void signal(String name) {
        if (!alive()) {
            return;
        }
        try {
            new ProcessBuilder("kill", "-s", name, Long.toString(pid())).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("signal " + name + " to " + pid(), e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Kills the process and its descendants, and waits until they are reaped. */
    public void kill() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Waits for the end of the process and of both its streams.
     *
     * @throws AssertionError when it does not end within the command's timeout; it is killed then
     */
    public Output await() {
        try {
            if (!endsInTime()) {
                kill();
                throw tooLate("still running after ");
            }
            if (!stdout.closesWithin(command.timeout())
                    || !stderr.closesWithin(command.timeout())) {
                String holders = Holders.of(List.of(stdout.pipe, stderr.pipe));
                if (!holders.isEmpty()) {
                    throw tooLate(
                            "ended, but a process it left behind held stdout or stderr open:\n"
                                    + holders
                                    + "\nfor ");
                }
                // Nobody can write there any more, whatever the clock says.
                stdout.awaitEnd();
                stderr.awaitEnd();
            }
        } catch (InterruptedException e) {
            kill();
            throw interrupted(e);
        }
        return output(process.exitValue());
    }

    private boolean endsInTime() throws InterruptedException {
        for (int part = 0; part < PARTS; part++) {
            if (process.waitFor(command.timeout().dividedBy(PARTS).toNanos(), NANOSECONDS)) {
                return true;
            }
        }
        return false;
    }

    private Output output(int exit) {
        return new Output(command.words(), exit, stdout(), stderr());
    }

    private AssertionError tooLate(String what) {
        return new AssertionError(
                what + command.timeout() + "\n" + output(process.exitValue()).transcript());
    }

    private static IllegalStateException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while waiting for a process", cause);
    }

    /** From start to exit; to now while it runs. */
    Duration elapsed() {
        return Duration.ofNanos(ended.getNow(System.nanoTime()) - started);
    }

    /** Reads one stream to its end, so that a full pipe never stops the process. */
    private static final class Sink {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Pipes pipes;
        private final Path pipe;
        private final Thread reader;

        Sink(Pipes pipes) {
            this.pipes = pipes;
            this.pipe = pipes.take();
            this.reader = Thread.ofPlatform().daemon().start(this::drain);
        }

        private void drain() {
            try (InputStream stream = new FileInputStream(pipe.toFile())) {
                stream.transferTo(bytes);
            } catch (IOException e) {
                bytes.writeBytes(("(unreadable: " + e + ")").getBytes(StandardCharsets.UTF_8));
                return;
            }
            pipes.giveBack(pipe);
        }

        boolean closesWithin(Duration limit) throws InterruptedException {
            for (int part = 0; part < PARTS; part++) {
                if (reader.join(limit.dividedBy(PARTS))) {
                    return true;
                }
            }
            return false;
        }

        void awaitEnd() throws InterruptedException {
            reader.join();
        }

        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
