package dev.pontoon.conformance.report;

/** How a verdict counts in one run. */
public enum Mark {
    PASSED("passed", "pass", "✓"),
    FAILED("failed", "FAIL", "✗"),
    /** The plugin did something else, but that does not count in this run. */
    NOT_MET("not met", "not met", "△"),
    SKIPPED("skipped", "skip", "–"),
    BROKEN("broken", "BROKEN", "!");

    private final String word;
    private final String label;
    private final String symbol;

    Mark(String word, String label, String symbol) {
        this.word = word;
        this.label = label;
        this.symbol = symbol;
    }

    /** For sentences: {@code not met}. */
    public String word() {
        return word;
    }

    /** For cells of a table. */
    public String label() {
        return label;
    }

    /** One character that tells the marks apart without colour. */
    public String symbol() {
        return symbol;
    }
}
