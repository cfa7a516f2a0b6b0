package dev.pontoon.conformance.report;

import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.run.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A report, and how to look at it.
 *
 * @param report what a run found
 * @param standard what counts in it
 * @param again how the command begins that tries one case of this run once more: the harness, its
 *     options, each one word
 */
public record Judgement(Report report, Standard standard, List<String> again) {

    public Judgement {
        again = List.copyOf(again);
    }

    public Mark mark(Verdict verdict) {
        return standard.mark(verdict);
    }

    public Tally tally() {
        return tally(report.verdicts());
    }

    Tally tally(List<Verdict> verdicts) {
        return Tally.of(verdicts.stream().map(this::mark).toList());
    }

    /** Verdicts with a mark, in the order of the report. */
    List<Verdict> with(Mark mark) {
        return report.verdicts().stream().filter(verdict -> mark(verdict) == mark).toList();
    }

    /** Judged verdicts that are worth a look, the worst first. */
    List<Verdict> remarkable() {
        return Stream.of(Mark.BROKEN, Mark.FAILED, Mark.NOT_MET)
                .flatMap(mark -> with(mark).stream())
                .toList();
    }

    /** The command that tries a verdict's case once more, for a POSIX shell. */
    public String rerun(Verdict verdict) {
        List<String> words = new ArrayList<>(again);
        // A network's file names its plugins itself.
        if (!again.contains("--conf")) {
            words.addAll(List.of("--type", verdict.subject()));
        }
        words.addAll(List.of("--builder", verdict.builder()));
        if (!verdict.version().equals(verdict.tried().until().toString())) {
            words.addAll(List.of("--spec-version", verdict.version()));
        }
        words.add(verdict.tried().id());
        return words.stream().map(Judgement::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_@%+=:,./-]+")
                ? word
                : "'" + word.replace("'", "'\\''") + "'";
    }
}
