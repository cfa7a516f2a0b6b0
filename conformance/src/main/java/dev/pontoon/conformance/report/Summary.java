package dev.pontoon.conformance.report;

import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.run.Verdict;
import java.io.PrintWriter;
import java.util.List;

/** What is printed at the end of a run. */
public final class Summary {

    private final Judgement judgement;
    private final PrintWriter out;

    private Summary(Judgement judgement, PrintWriter out) {
        this.judgement = judgement;
        this.out = out;
    }

    /**
     * Prints what went wrong, with all that is needed to look into it, and the totals.
     *
     * @param verbose what does not count in full too
     */
    public static void print(Judgement judgement, boolean verbose, PrintWriter out) {
        var summary = new Summary(judgement, out);
        summary.full("The harness broke", Mark.BROKEN);
        summary.full("Failures", Mark.FAILED);
        if (verbose) {
            summary.full("Not met, and not counted", Mark.NOT_MET);
        } else {
            summary.brief();
        }
        summary.vanished();
        summary.unavailable();
        summary.totals();
        out.flush();
    }

    /** 0 when something was tried and nothing that counts failed; 1 when it did; 2; or 3. */
    public static int exitStatus(Judgement judgement) {
        Tally tally = judgement.tally();
        if (tally.of(Mark.BROKEN) > 0) {
            return 3;
        }
        if (tally.of(Mark.FAILED) > 0 || !vanished(judgement).isEmpty()) {
            return 1;
        }
        return tally.total() == 0 ? 2 : 0;
    }

    private void full(String title, Mark mark) {
        List<Verdict> verdicts = judgement.with(mark);
        if (verdicts.isEmpty()) {
            return;
        }
        heading(title);
        int number = 0;
        for (Verdict verdict : verdicts) {
            number++;
            out.println();
            out.println(number + ") " + verdict.key());
            Explanation.lines(judgement, verdict).forEach(line -> out.println("   " + line));
        }
    }

    private void brief() {
        List<Verdict> verdicts = judgement.with(Mark.NOT_MET);
        if (!verdicts.isEmpty()) {
            heading("Not met, and not counted (in full with --verbose, and in the reports)");
            for (Verdict verdict : verdicts) {
                String excuse = judgement.standard().excuse(verdict).orElse("");
                out.println("   " + verdict.key() + ": " + Visible.line(excuse));
            }
        }
    }

    private void vanished() {
        List<String> vanished = vanished(judgement);
        if (!vanished.isEmpty()) {
            heading("Listed as known, but passed: take them off the list");
            vanished.forEach(key -> out.println("   " + key));
        }
    }

    private static List<String> vanished(Judgement judgement) {
        return judgement
                .standard()
                .known()
                .map(known -> known.vanished(judgement.report()))
                .orElse(List.of());
    }

    private void unavailable() {
        List<Report.Unavailable> unavailable = judgement.report().unavailable();
        if (!unavailable.isEmpty()) {
            heading("Kinds of namespace that this machine cannot build");
            unavailable.forEach(
                    one -> out.println("   " + one.builder() + ": " + Visible.line(one.reason())));
        }
    }

    private void heading(String text) {
        out.println();
        out.println(text);
    }

    private void totals() {
        out.println();
        Report report = judgement.report();
        long builders = report.verdicts().stream().map(Verdict::builder).distinct().count();
        long plugins = report.verdicts().stream().map(Verdict::subject).distinct().count();
        out.println(
                "%s; %s on %s, %.1f s"
                        .formatted(
                                judgement.tally().words(),
                                counted(plugins, "plugin"),
                                counted(builders, "kind of namespace", "kinds of namespace"),
                                report.duration().toMillis() / 1000.0));
    }

    private static String counted(long count, String one) {
        return counted(count, one, one + "s");
    }

    private static String counted(long count, String one, String more) {
        return count + " " + (count == 1 ? one : more);
    }
}
