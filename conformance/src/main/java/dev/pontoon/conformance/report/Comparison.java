package dev.pontoon.conformance.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What two reports disagree on.
 *
 * @param rows in the order of the first report; then what only the second one has
 * @param same how many verdicts are the same in both
 * @param onlyOne how many keys only one of the reports has
 */
public record Comparison(List<Row> rows, int same, int onlyOne) {

    /**
     * A verdict that differs.
     *
     * @param key which
     * @param level the case's
     * @param first the outcome in the first report
     * @param second the outcome in the second report
     * @param what what was seen where it did not pass
     */
    public record Row(String key, String level, String first, String second, String what) {}

    public Comparison {
        rows = List.copyOf(rows);
    }

    public static Comparison of(Recorded first, Recorded second) {
        Map<String, Recorded.Entry> left = byKey(first);
        Map<String, Recorded.Entry> right = byKey(second);
        Set<String> keys = new LinkedHashSet<>(left.keySet());
        keys.addAll(right.keySet());
        List<Row> rows = new ArrayList<>();
        int same = 0;
        int onlyOne = 0;
        for (String key : keys) {
            Recorded.Entry one = left.get(key);
            Recorded.Entry other = right.get(key);
            if (one == null || other == null) {
                onlyOne++;
            } else if (one.outcome().equals(other.outcome())) {
                same++;
            } else {
                rows.add(row(one, other));
            }
        }
        return new Comparison(rows, same, onlyOne);
    }

    private static Map<String, Recorded.Entry> byKey(Recorded report) {
        Map<String, Recorded.Entry> entries = new LinkedHashMap<>();
        report.entries().forEach(entry -> entries.putIfAbsent(entry.key(), entry));
        return entries;
    }

    private static Row row(Recorded.Entry one, Recorded.Entry other) {
        String what = one.what().isEmpty() ? other.what() : one.what();
        return new Row(one.key(), one.level(), one.outcome(), other.outcome(), what);
    }
}
