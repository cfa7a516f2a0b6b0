package dev.pontoon.conformance.report;

import static java.util.stream.Collectors.joining;

import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Verdict;
import java.util.ArrayList;
import java.util.List;

/** All that a reader needs to know of a verdict that is not as hoped, in plain lines. */
final class Explanation {

    private final List<String> lines = new ArrayList<>();

    private Explanation() {}

    /** Requirement, Expected, Actual, transcript, and the command to try it once more. */
    static List<String> lines(Judgement judgement, Verdict verdict) {
        var explanation = new Explanation();
        explanation.requirement(verdict.tried());
        explanation.outcome(verdict);
        judgement
                .standard()
                .excuse(verdict)
                .ifPresent(excuse -> explanation.block("Not counted", excuse));
        JsonReport.transcript(verdict.outcome())
                .map(TranscriptText::lines)
                .ifPresent(explanation::transcript);
        explanation.block("Again", judgement.rerun(verdict));
        return explanation.lines;
    }

    private void requirement(Case tried) {
        block(
                "Requirement",
                "%s: when %s, then %s".formatted(tried.level(), tried.when(), tried.then()));
        block("Source", tried.clause().source().title() + ": \"" + tried.clause().quote() + "\"");
        block("", tried.clause().link());
    }

    private void outcome(Verdict verdict) {
        switch (verdict.outcome()) {
            case Outcome.Failed failed -> failed.findings().forEach(this::finding);
            case Outcome.Broken broken -> block("Harness", broken.cause());
            case Outcome.Skipped skipped -> block("Skipped", skipped.need());
            case Outcome.Passed _ -> {}
        }
    }

    private void finding(Outcome.Finding finding) {
        block("Expected", String.join("\nor ", finding.expected()));
        if (finding.kind() == Outcome.Kind.LEFTOVER) {
            block(
                    "Leftover",
                    finding.actual().lines().map(Visible::beginning).collect(joining("\n")));
        } else {
            block("Actual", finding.actual());
        }
    }

    private void transcript(List<String> transcript) {
        if (!transcript.isEmpty()) {
            lines.add("Transcript");
            transcript.forEach(line -> lines.add("  " + line));
        }
    }

    private void block(String name, String text) {
        String head = name;
        for (String line : text.stripTrailing().split("\n", -1)) {
            lines.add("%-12s %s".formatted(head, Visible.text(line)));
            head = "";
        }
    }
}
