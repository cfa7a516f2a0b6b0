package dev.pontoon.conformance.report;

import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.run.Verdict;
import java.util.List;

/**
 * A report, and how to look at it.
 *
 * @param report what a run found
 * @param standard what counts in it
 * @param program what a reader types to start the harness, for the commands that re-run a case
 */
public record Judgement(Report report, Standard standard, String program) {

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
        return java.util.stream.Stream.of(Mark.BROKEN, Mark.FAILED, Mark.NOT_MET)
                .flatMap(mark -> with(mark).stream())
                .toList();
    }

    /** The command that tries a verdict's case once more, for a POSIX shell. */
    public String rerun(Verdict verdict) {
        return String.join(
                " ",
                program,
                "run",
                "--plugins",
                quoted(report.folder()),
                "--type",
                quoted(verdict.subject()),
                "--builder",
                verdict.builder(),
                verdict.tried().id());
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
