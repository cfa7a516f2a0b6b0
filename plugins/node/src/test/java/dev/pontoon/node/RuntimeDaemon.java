package dev.pontoon.node;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.Running;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.opentest4j.TestAbortedException;

/** A daemon of a runtime, running inside a host and reached through a socket in its /run. */
final class RuntimeDaemon implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LAST_WORDS = 600;

    private final Running process;

    private RuntimeDaemon(Running process) {
        this.process = process;
    }

    /**
     * Starts the daemon and waits until a client gets an answer. A daemon that gives up, which no
     * plugin could be blamed for, skips the test with what it said.
     */
    static RuntimeDaemon start(Host host, List<String> words, List<String> client) {
        var daemon = new RuntimeDaemon(host.command(words).start());
        BooleanSupplier answers = () -> host.run(client).exit() == 0;
        Await.until(
                words.getFirst() + " to answer or to give up",
                PATIENCE,
                () -> !daemon.process.alive() || answers.getAsBoolean(),
                Boolean::booleanValue);
        if (!daemon.process.alive()) {
            throw new TestAbortedException(
                    "needs: " + words.getFirst() + " that starts here (" + daemon.said() + ")");
        }
        return daemon;
    }

    private String said() {
        String log = process.stderr().strip();
        return log.substring(Math.max(0, log.length() - LAST_WORDS));
    }

    /** Asks it to end, as an administrator does, and waits until it has. */
    @Override
    public void close() {
        process.signal("TERM");
        Await.until("the end of a daemon", PATIENCE, process::alive, alive -> !alive);
    }
}
