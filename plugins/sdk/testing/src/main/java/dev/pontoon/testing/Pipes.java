package dev.pontoon.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Named pipes for the output of processes, as a runtime would read it: to the end, even if a child
 * still writes after the process is gone.
 *
 * <p>The pipes that the JDK makes do not serve: it closes them when the process exits.
 */
final class Pipes {

    private static final int AT_ONCE = 16;

    private final Path folder;
    private final Deque<Path> free = new ArrayDeque<>();
    private int made;

    Pipes(Path folder) {
        this.folder = folder;
    }

    synchronized Path take() {
        if (free.isEmpty()) {
            make();
        }
        return free.removeFirst();
    }

    /** Takes back a pipe that was read to its end, so that nobody has it open for writing. */
    synchronized void giveBack(Path pipe) {
        free.addLast(pipe);
    }

    /** Several at once, because each call costs a process. */
    private void make() {
        List<String> line = new ArrayList<>(List.of("mkfifo"));
        for (int count = 0; count < AT_ONCE; count++) {
            Path pipe = folder.resolve(Integer.toString(made++));
            line.add(pipe.toString());
            free.addLast(pipe);
        }
        try {
            int exit = new ProcessBuilder(line).inheritIO().start().waitFor();
            if (exit != 0) {
                throw new IllegalStateException("make pipes in " + folder + ": exit " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("make pipes in " + folder, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while making pipes in " + folder, e);
        }
    }
}
