package dev.pontoon.conformance.host;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A program to be run: absolute path and arguments, its whole environment, its standard input.
 *
 * @param command the program, found without PATH, and its arguments
 * @param environment all of it; nothing of the harness's own is added
 * @param stdin what it can read
 * @param timeout after this it is sent SIGTERM, two seconds later SIGKILL
 */
public record Invocation(
        List<String> command,
        SortedMap<String, String> environment,
        Stdin stdin,
        Duration timeout) {

    /** What a program finds at file descriptor 0. */
    public sealed interface Stdin {
        /** These bytes, then the end. */
        record Bytes(byte[] bytes) implements Stdin {}

        /** These bytes, and then neither more nor the end, until the program has ended. */
        record HeldOpen(byte[] bytes) implements Stdin {}

        /** Nothing: the descriptor is closed. */
        record Closed() implements Stdin {}

        /** A descriptor whose every read fails: a folder (EISDIR). */
        record Unreadable() implements Stdin {}

        static Stdin text(String text) {
            return new Bytes(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    public Invocation {
        command = List.copyOf(command);
        environment = new TreeMap<>(environment);
    }

    /** A tool run to observe or arrange something: usual PATH, empty stdin, one minute. */
    public static Invocation tool(List<String> command) {
        return new Invocation(
                command,
                new TreeMap<>(
                        Map.of(
                                "PATH",
                                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                "HOME",
                                "/root")),
                Stdin.text(""),
                Duration.ofMinutes(1));
    }
}
