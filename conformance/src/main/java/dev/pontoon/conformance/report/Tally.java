package dev.pontoon.conformance.report;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How many verdicts have which mark. */
public record Tally(Map<Mark, Integer> counts) {

    public Tally {
        counts = new EnumMap<>(counts);
    }

    static Tally of(List<Mark> marks) {
        Map<Mark, Integer> counts = new EnumMap<>(Mark.class);
        marks.forEach(mark -> counts.merge(mark, 1, Integer::sum));
        return new Tally(counts);
    }

    public int of(Mark mark) {
        return counts.getOrDefault(mark, 0);
    }

    public int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /**
     * {@code 40 passed, 1 failed, 2 skipped}; what did not happen is left out, but for failures.
     */
    public String words() {
        List<String> parts = new ArrayList<>();
        for (Mark mark : Mark.values()) {
            if (of(mark) > 0 || mark == Mark.PASSED || mark == Mark.FAILED) {
                parts.add(of(mark) + " " + mark.word());
            }
        }
        return String.join(", ", parts);
    }
}
