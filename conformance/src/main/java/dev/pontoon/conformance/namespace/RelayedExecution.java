package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A program in the hands of a runtime's call; seen through the files of its job. */
final class RelayedExecution implements Execution {

    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration START = Duration.ofSeconds(5);

    private final RelayedCall call;
    private final Path job;
    private final Duration timeout;
    private final long started = System.nanoTime();

    RelayedExecution(RelayedCall call, Path job, Duration timeout) {
        this.call = call;
        this.job = job;
        this.timeout = timeout;
    }

    @Override
    public boolean isAlive() {
        return !exists("exit");
    }

    private boolean exists(String name) {
        return Files.exists(job.resolve(name));
    }

    @Override
    public void signal(String name) {
        if (Wait.holds(START, () -> exists("pid") || exists("exit")) && isAlive()) {
            call.signal(name, read("pid").strip());
        }
    }

    @Override
    public Output await() {
        var ending = Output.Ending.BY_ITSELF;
        if (!Wait.holds(timeout, () -> exists("exit"))) {
            ending = end();
        }
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        if (!Wait.holds(GRACE, () -> exists("closed")) && ending == Output.Ending.BY_ITSELF) {
            ending = Output.Ending.OUTPUT_HELD_OPEN;
        }
        int exit = Integer.parseInt(read("exit").strip());
        return new Output(exit, bytes("stdout"), bytes("stderr"), ending, took);
    }

    private Output.Ending end() {
        signal("TERM");
        if (Wait.holds(GRACE, () -> exists("exit"))) {
            return Output.Ending.TERMINATED;
        }
        signal("KILL");
        if (!Wait.holds(GRACE, () -> exists("exit"))) {
            throw new HarnessFault(
                    "a program in a runtime's call does not end, or the runtime ended the call");
        }
        return Output.Ending.KILLED;
    }

    private String read(String name) {
        return new String(bytes(name), java.nio.charset.StandardCharsets.UTF_8);
    }

    private byte[] bytes(String name) {
        try {
            return Files.readAllBytes(job.resolve(name));
        } catch (IOException e) {
            throw new HarnessFault("read what a program in a runtime's call left", e);
        }
    }
}
