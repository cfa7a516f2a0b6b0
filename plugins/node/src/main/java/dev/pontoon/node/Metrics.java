package dev.pontoon.node;

import dev.pontoon.plugin.CallRecord;
import dev.pontoon.protocol.Command;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a service counts, and tells in the text format of Prometheus (version 0.0.4, <a
 * href="https://prometheus.io/docs/instrumenting/exposition_formats/">exposition formats</a>).
 */
final class Metrics {
    private static final double NANOS_OF_A_SECOND = 1e9;

    /** Upper bounds of the histogram, in seconds. */
    private static final double[] BOUNDS = {
        0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30
    };

    private final Map<String, Durations> durations = new ConcurrentSkipListMap<>();
    private final Map<String, LongAdder> errors = new ConcurrentSkipListMap<>();
    private final Map<String, LongAdder> notTaken = new ConcurrentHashMap<>();

    /** The calls of one plugin and verb: how many took no longer than each bound, and the sum. */
    private static final class Durations {
        private final LongAdder[] within = new LongAdder[BOUNDS.length + 1];
        private final LongAdder nanos = new LongAdder();

        Durations() {
            for (int i = 0; i < within.length; i++) {
                within[i] = new LongAdder();
            }
        }

        void add(long duration) {
            int bound = 0;
            while (bound < BOUNDS.length && duration > BOUNDS[bound] * NANOS_OF_A_SECOND) {
                bound++;
            }
            within[bound].increment();
            nanos.add(duration);
        }
    }

    void count(CallRecord call) {
        // A runtime may say anything; what is no verb is one series.
        String verb = Command.of(call.verb()).isPresent() ? call.verb() : "other";
        String labels = "plugin=\"" + call.plugin() + "\",verb=\"" + verb + "\"";
        durations.computeIfAbsent(labels, _ -> new Durations()).add(call.nanos());
        if (call.code() != 0) {
            errors.computeIfAbsent(labels + ",code=\"" + call.code() + "\"", _ -> new LongAdder())
                    .increment();
        }
    }

    void countNotTaken(String why) {
        notTaken.computeIfAbsent(why, _ -> new LongAdder()).increment();
    }

    /** How many calls were left to their launchers, by the reason. */
    Map<String, LongAdder> notTaken() {
        return notTaken;
    }

    /** All that was counted. */
    String text() {
        StringBuilder text = new StringBuilder();
        begin(text, "pontoon_call_seconds", "histogram", "How long calls took in the service.");
        durations.forEach((labels, each) -> append(text, labels, each));
        begin(text, "pontoon_call_errors_total", "counter", "Calls that failed, by error code.");
        errors.forEach((labels, count) -> sample(text, "pontoon_call_errors_total", labels, count));
        begin(
                text,
                "pontoon_calls_not_taken_total",
                "counter",
                "Calls left to their launchers, which serve them more slowly, by the reason.");
        notTaken.forEach((why, count) ->
                sample(
                        text,
                        "pontoon_calls_not_taken_total",
                        "reason=\"" + escaped(why) + "\"",
                        count));
        return text.toString();
    }

    static void begin(StringBuilder text, String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void append(StringBuilder text, String labels, Durations each) {
        long count = 0;
        for (int i = 0; i <= BOUNDS.length; i++) {
            count += each.within[i].sum();
            String bound = i < BOUNDS.length ? Double.toString(BOUNDS[i]) : "+Inf";
            sample(
                    text,
                    "pontoon_call_seconds_bucket",
                    labels + ",le=\"" + bound + "\"",
                    Long.toString(count));
        }
        String sum = Double.toString(each.nanos.sum() / NANOS_OF_A_SECOND);
        sample(text, "pontoon_call_seconds_sum", labels, sum);
        sample(text, "pontoon_call_seconds_count", labels, Long.toString(count));
    }

    private static void sample(StringBuilder text, String name, String labels, Object value) {
        text.append(name).append('{').append(labels).append("} ").append(value).append('\n');
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
