package dev.pontoon.conformance.lab;

import java.util.List;
import java.util.SortedMap;

/**
 * All that happened in a case, in order.
 *
 * @param steps calls of the plugin, and what the harness did and saw between them
 */
public record Transcript(List<Step> steps) {

    public Transcript {
        steps = List.copyOf(steps);
    }

    /** One thing that happened. */
    public sealed interface Step {}

    /**
     * The plugin was called.
     *
     * @param plugin the executable's path
     * @param environment all of it
     * @param stdin as text; what is special about it (held open, closed) in words in brackets
     * @param exit exit status
     * @param stdout as text
     * @param stderr as text
     * @param ending empty when it ended by itself; else how it was ended, in words
     * @param millis wall time
     */
    public record Called(
            String plugin,
            SortedMap<String, String> environment,
            String stdin,
            int exit,
            String stdout,
            String stderr,
            String ending,
            long millis)
            implements Step {}

    /** The harness did or saw something, in words: {@code ip netns del c1}. */
    public record Noted(String text) implements Step {}

    /**
     * Two snapshots were compared.
     *
     * @param what of what, and between which moments
     * @param lines one for each difference; none when they are equal
     */
    public record Compared(String what, List<String> lines) implements Step {
        public Compared {
            lines = List.copyOf(lines);
        }
    }
}
