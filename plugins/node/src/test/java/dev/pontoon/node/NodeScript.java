package dev.pontoon.node;

import dev.pontoon.testing.Command;
import dev.pontoon.testing.Host;
import java.nio.file.Path;
import java.util.List;

/** What {@code scripts/nodes} can do, done in a host. */
record NodeScript(Host host) {

    private static final Path SCRIPT = Path.of("../../scripts/nodes").toAbsolutePath().normalize();

    /** One of its functions with its arguments, as words for a shell. */
    static List<String> words(String call) {
        return List.of("bash", "-eu", "-o", "pipefail", "-c", ". " + SCRIPT + "; " + call);
    }

    /** Runs a function to its end and returns what it printed; it must succeed. */
    String run(String call) {
        Command command = host.command(words(call));
        // Docker's client looks for its settings there.
        return command.env("HOME", "/run").ok();
    }
}
