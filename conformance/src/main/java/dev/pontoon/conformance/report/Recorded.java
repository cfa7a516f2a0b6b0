package dev.pontoon.conformance.report;

import java.util.List;

/**
 * As much of a report as two are compared by.
 *
 * @param judged the plugins' folder or the network's file
 * @param entries in the report's order
 */
public record Recorded(String judged, List<Entry> entries) {

    public Recorded {
        entries = List.copyOf(entries);
    }

    /**
     * A verdict.
     *
     * @param key plugin, case and builder: {@code bridge:del/twice@ip-netns}
     * @param level the case's
     * @param outcome passed, failed, skipped or broken
     * @param what what was seen, or why nothing was; empty when passed
     */
    public record Entry(String key, String level, String outcome, String what) {}
}
