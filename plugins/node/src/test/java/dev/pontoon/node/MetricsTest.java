package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.plugin.CallRecord;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final Metrics metrics = new Metrics();

    private static CallRecord call(String verb, int code, long millis) {
        return new CallRecord(
                "bridge", verb, "n1", "c1", "eth0", code, "", millis * 1_000_000, List.of(), "");
    }

    private List<String> lines() {
        return metrics.text().lines().toList();
    }

    @Test
    void countsCallsByHowLongTheyTook() {
        metrics.count(call("ADD", 0, 1));
        metrics.count(call("ADD", 0, 4));
        metrics.count(call("ADD", 0, 60_000));
        assertThat(lines())
                .contains(
                        "# TYPE pontoon_call_seconds histogram",
                        "pontoon_call_seconds_bucket{plugin=\"bridge\",verb=\"ADD\",le=\"0.001\"} 1",
                        "pontoon_call_seconds_bucket{plugin=\"bridge\",verb=\"ADD\",le=\"0.003\"} 1",
                        "pontoon_call_seconds_bucket{plugin=\"bridge\",verb=\"ADD\",le=\"0.005\"} 2",
                        "pontoon_call_seconds_bucket{plugin=\"bridge\",verb=\"ADD\",le=\"30.0\"} 2",
                        "pontoon_call_seconds_bucket{plugin=\"bridge\",verb=\"ADD\",le=\"+Inf\"} 3",
                        "pontoon_call_seconds_sum{plugin=\"bridge\",verb=\"ADD\"} 60.005",
                        "pontoon_call_seconds_count{plugin=\"bridge\",verb=\"ADD\"} 3");
    }

    @Test
    void countsErrorsByCode() {
        metrics.count(call("DEL", 100, 1));
        metrics.count(call("DEL", 100, 1));
        metrics.count(call("DEL", 0, 1));
        assertThat(lines())
                .contains(
                        "pontoon_call_errors_total{plugin=\"bridge\",verb=\"DEL\",code=\"100\"} 2")
                .noneMatch(line -> line.contains("code=\"0\""));
    }

    @Test
    void whatIsNoVerbIsOneSeries() {
        metrics.count(call("A\"B\n", 4, 1));
        metrics.count(call("", 4, 1));
        assertThat(lines())
                .contains("pontoon_call_seconds_count{plugin=\"bridge\",verb=\"other\"} 2");
    }

    @Test
    void escapesReasons() {
        metrics.countNotTaken("a \"b\"\\\n");
        assertThat(lines())
                .contains("pontoon_calls_not_taken_total{reason=\"a \\\"b\\\"\\\\\\n\"} 1");
    }
}
