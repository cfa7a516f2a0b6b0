package dev.pontoon.conformance.lab;

import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Writes the transcript of one case; calls may come from several threads. */
final class Recorder {

    private static final int LONGEST = 16_384;

    private final List<Transcript.Step> steps = new ArrayList<>();

    synchronized void note(String text) {
        steps.add(new Transcript.Noted(text));
    }

    synchronized void compared(String what, Snapshot.Difference difference) {
        steps.add(new Transcript.Compared(what, difference.lines()));
    }

    synchronized void called(Invocation invocation, Output output) {
        steps.add(
                new Transcript.Called(
                        String.join(" ", invocation.command()),
                        new TreeMap<>(invocation.environment()),
                        cut(Call.shown(invocation.stdin())),
                        output.exit(),
                        cut(output.out()),
                        cut(output.err()),
                        ending(output),
                        output.duration().toMillis()));
    }

    synchronized Transcript transcript() {
        return new Transcript(steps);
    }

    private static String ending(Output output) {
        return switch (output.ending()) {
            case BY_ITSELF -> "";
            case TERMINATED -> "ended by SIGTERM after its time was over";
            case KILLED -> "killed after its time was over; SIGTERM did not end it";
            case OUTPUT_HELD_OPEN -> "ended, but something it started holds its output open";
        };
    }

    private static String cut(String text) {
        return text.length() <= LONGEST
                ? text
                : text.substring(0, LONGEST) + " [... " + text.length() + " characters in all]";
    }
}
