package dev.pontoon.node;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What a running service can tell of itself. */
final class ServiceState {
    private final String build;
    private final String keeper;
    private final Instant started = Instant.now();
    private final LongAdder begun = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Map<String, LongAdder> notTaken = new ConcurrentHashMap<>();

    /**
     * A service that has begun just now.
     *
     * @param keeper who starts it again should it end
     */
    ServiceState(String build, String keeper) {
        this.build = build;
        this.keeper = keeper;
    }

    String build() {
        return build;
    }

    void callBegins() {
        begun.increment();
    }

    void callEnds(boolean succeeded) {
        ended.increment();
        if (!succeeded) {
            failed.increment();
        }
    }

    void callNotTaken(String why) {
        notTaken.computeIfAbsent(why, each -> new LongAdder()).increment();
    }

    /** Lines for people. */
    String text() {
        StringBuilder text =
                new StringBuilder()
                        .append("process    ")
                        .append(ProcessHandle.current().pid())
                        .append("\nbuild      ")
                        .append(build)
                        .append("\nkept by    ")
                        .append(keeper)
                        .append("\nrunning    ")
                        .append(Duration.between(started, Instant.now()).toSeconds())
                        .append(" s\ncalls      ")
                        .append(ended.sum())
                        .append(" served, ")
                        .append(failed.sum())
                        .append(" of them with an error; ")
                        .append(begun.sum() - ended.sum())
                        .append(" under way\n");
        new TreeMap<>(notTaken)
                .forEach((why, count) ->
                        text.append("not taken  ")
                                .append(count.sum())
                                .append(": ")
                                .append(why)
                                .append('\n'));
        return text.toString();
    }
}
