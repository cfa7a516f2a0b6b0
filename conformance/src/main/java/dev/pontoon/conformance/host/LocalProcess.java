package dev.pontoon.conformance.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process of this machine that executes an {@link Invocation} behind a prefix such as {@code
 * nsenter}. Where the prefix forks ({@code nsenter --pid}), the program is the prefix's only child;
 * that one gets the signals.
 */
final class LocalProcess implements Execution {

    private static final int MOST_OUTPUT = 16 << 20;
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Process process;
    private final boolean prefixForks;
    private final Invocation invocation;
    private final long started = System.nanoTime();
    private final CompletableFuture<byte[]> stdout;
    private final CompletableFuture<byte[]> stderr;

    private LocalProcess(Process process, boolean prefixForks, Invocation invocation) {
        this.process = process;
        this.prefixForks = prefixForks;
        this.invocation = invocation;
        this.stdout = collect(process.getInputStream());
        this.stderr = collect(process.getErrorStream());
    }

    static LocalProcess start(List<String> prefix, boolean prefixForks, Invocation invocation) {
        List<String> line = new ArrayList<>(prefix);
        switch (invocation.stdin()) {
            case Invocation.Stdin.Closed _ ->
                    line.addAll(List.of("/bin/sh", "-c", "exec \"$@\" <&-", "sh"));
            case Invocation.Stdin.Unreadable _ ->
                    line.addAll(List.of("/bin/sh", "-c", "exec \"$@\" </", "sh"));
            case Invocation.Stdin.Bytes _, Invocation.Stdin.HeldOpen _ -> {}
        }
        line.addAll(invocation.command());
        var builder = new ProcessBuilder(line);
        builder.environment().clear();
        builder.environment().putAll(invocation.environment());
        try {
            var running = new LocalProcess(builder.start(), prefixForks, invocation);
            running.feed();
            return running;
        } catch (IOException e) {
            throw new HarnessFault("start " + String.join(" ", line) + ": " + e.getMessage(), e);
        }
    }

    private void feed() {
        byte[] bytes =
                switch (invocation.stdin()) {
                    case Invocation.Stdin.Bytes(byte[] all) -> all;
                    case Invocation.Stdin.HeldOpen(byte[] first) -> first;
                    case Invocation.Stdin.Closed _, Invocation.Stdin.Unreadable _ -> new byte[0];
                };
        boolean holdOpen = invocation.stdin() instanceof Invocation.Stdin.HeldOpen;
        Thread.startVirtualThread(() -> {
            OutputStream stdin = process.getOutputStream();
            try {
                stdin.write(bytes);
                stdin.flush();
                if (!holdOpen) {
                    stdin.close();
                }
            } catch (IOException _) {
                // A program may end without having read everything.
                discard(stdin);
            }
        });
    }

    private static void discard(OutputStream stream) {
        try {
            stream.close();
        } catch (IOException _) {
            // The other end is gone; nothing is lost.
        }
    }

    private static CompletableFuture<byte[]> collect(InputStream stream) {
        var all = new CompletableFuture<byte[]>();
        Thread.startVirtualThread(() -> all.complete(read(stream)));
        return all;
    }

    private static byte[] read(InputStream stream) {
        var bytes = new ByteArrayOutputStream();
        try {
            var buffer = new byte[8192];
            for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                bytes.write(buffer, 0, Math.min(count, MOST_OUTPUT - bytes.size()));
            }
        } catch (IOException _) {
            // Closed under us after the program's end: what came so far is what there is.
        }
        return bytes.toByteArray();
    }

    @Override
    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void signal(String name) {
        target().ifPresent(handle -> {
            var kill = new ProcessBuilder("/bin/kill", "-" + name, "" + handle.pid());
            try {
                kill.redirectErrorStream(true).start().waitFor();
            } catch (IOException e) {
                throw new HarnessFault("run kill: " + e.getMessage(), e);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private java.util.Optional<ProcessHandle> target() {
        if (!process.isAlive()) {
            return java.util.Optional.empty();
        }
        return prefixForks
                ? process.children().findFirst()
                : java.util.Optional.of(process.toHandle());
    }

    @Override
    public Output await() {
        try {
            var ending = Output.Ending.BY_ITSELF;
            if (!endsWithin(invocation.timeout())) {
                ending = end();
            }
            Duration took = Duration.ofNanos(System.nanoTime() - started);
            discard(process.getOutputStream());
            boolean heldOpen = !closesWithin(stdout, GRACE) | !closesWithin(stderr, GRACE);
            if (heldOpen && ending == Output.Ending.BY_ITSELF) {
                ending = Output.Ending.OUTPUT_HELD_OPEN;
            }
            return new Output(
                    process.exitValue(),
                    stdout.getNow(new byte[0]),
                    stderr.getNow(new byte[0]),
                    ending,
                    took);
        } catch (InterruptedException e) {
            target().ifPresent(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new HarnessFault("interrupted while a program ran", e);
        }
    }

    private Output.Ending end() throws InterruptedException {
        target().ifPresent(ProcessHandle::destroy);
        if (endsWithin(GRACE)) {
            return Output.Ending.TERMINATED;
        }
        target().ifPresent(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.waitFor();
        return Output.Ending.KILLED;
    }

    private boolean endsWithin(Duration time) throws InterruptedException {
        return process.waitFor(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static boolean closesWithin(CompletableFuture<byte[]> stream, Duration time)
            throws InterruptedException {
        try {
            stream.get(time.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException _) {
            return false;
        } catch (ExecutionException e) {
            throw new HarnessFault("read a program's output", e);
        }
    }
}
