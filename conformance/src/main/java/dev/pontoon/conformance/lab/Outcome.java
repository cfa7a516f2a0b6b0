package dev.pontoon.conformance.lab;

import java.util.List;

/** What came of a case. Failed is the plugin's fault, Broken is ours. */
public sealed interface Outcome {

    /** Everything was as the case expects, and nothing was left behind. */
    record Passed() implements Outcome {}

    /**
     * The plugin did something else.
     *
     * @param findings what, at least one
     */
    record Failed(List<Finding> findings, Transcript transcript) implements Outcome {
        public Failed {
            findings = List.copyOf(findings);
        }
    }

    /** The machine lacks what the case needs. */
    record Skipped(String need) implements Outcome {}

    /**
     * The harness did not come to a verdict.
     *
     * @param cause in words, with the stack where it is a bug
     */
    record Broken(String cause, Transcript transcript) implements Outcome {}

    /**
     * One thing that was not as expected.
     *
     * @param kind whether the case's own expectation was not met, or something was left behind
     * @param expected every outcome that would have been right
     * @param actual what was seen
     */
    record Finding(Kind kind, List<String> expected, String actual) {
        public Finding {
            expected = List.copyOf(expected);
        }
    }

    /** What a finding is about. */
    enum Kind {
        /** What the case is about. */
        REQUIREMENT,
        /** Something that was not there before the case, or is missing after it. */
        LEFTOVER
    }
}
