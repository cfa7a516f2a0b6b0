package dev.pontoon.conformance.lab;

import java.util.List;

/** The plugin did something other than what the case expects. */
public final class Unmet extends RuntimeException {

    private final transient List<String> expected;
    private final String actual;

    /**
     * @param expected every outcome that would have been right, in words
     * @param actual what was seen instead
     */
    public Unmet(List<String> expected, String actual) {
        super("expected " + String.join(" or ", expected) + ", but " + actual);
        this.expected = List.copyOf(expected);
        this.actual = actual;
    }

    public Unmet(String expected, String actual) {
        this(List.of(expected), actual);
    }

    public List<String> expected() {
        return expected;
    }

    public String actual() {
        return actual;
    }
}
