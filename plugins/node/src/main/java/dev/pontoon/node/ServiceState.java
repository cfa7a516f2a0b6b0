package dev.pontoon.node;

import dev.pontoon.plugin.CallRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** What a running service can tell of itself. */
final class ServiceState {
    private final String build;
    private final String keeper;
    private final Instant started = Instant.now();
    private final LongAdder begun = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Metrics metrics = new Metrics();

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
        metrics.countNotTaken(why);
    }

    /** A call that has come to its end, and what there is to tell of it. */
    void count(CallRecord call) {
        metrics.count(call);
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
        new TreeMap<>(metrics.notTaken())
                .forEach((why, count) ->
                        text.append("not taken  ")
                                .append(count.sum())
                                .append(": ")
                                .append(why)
                                .append('\n'));
        return text.toString();
    }

    /** The same and more for Prometheus. */
    String metrics() {
        StringBuilder text = new StringBuilder();
        Metrics.begin(text, "pontoon_build_info", "gauge", "Which build it is; always 1.");
        text.append("pontoon_build_info{build=\"").append(build).append("\"} 1\n");
        Metrics.begin(
                text,
                "process_start_time_seconds",
                "gauge",
                "When the service started, in seconds since 1970.");
        text.append("process_start_time_seconds ").append(started.getEpochSecond()).append('\n');
        Metrics.begin(text, "pontoon_calls_under_way", "gauge", "Calls that are being served.");
        text.append("pontoon_calls_under_way ").append(begun.sum() - ended.sum()).append('\n');
        return text.append(metrics.text()).toString();
    }
}
