package dev.pontoon.conformance.report;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Verdict;
import java.util.List;

/** The Test Anything Protocol, version 14, with a YAML block below what needs explaining. */
public final class TapReport {

    private final Judgement judgement;
    private final StringBuilder text = new StringBuilder();

    private TapReport(Judgement judgement) {
        this.judgement = judgement;
    }

    /** The whole report as TAP. */
    public static String of(Judgement judgement) {
        var report = new TapReport(judgement);
        List<Verdict> verdicts = judgement.report().verdicts();
        report.line("TAP version 14");
        report.line(
                "1.."
                        + verdicts.size()
                        + (verdicts.isEmpty() ? " # SKIP nothing was selected" : ""));
        report.line("# CNI conformance of " + Visible.line(judgement.report().folder()));
        int number = 0;
        for (Verdict verdict : verdicts) {
            number++;
            report.test(number, verdict);
        }
        report.line("# " + judgement.tally().words());
        return report.text.toString();
    }

    private void test(int number, Verdict verdict) {
        String point = number + " - " + escaped(verdict.key());
        switch (verdict.outcome()) {
            case Outcome.Passed _ -> line("ok " + point);
            case Outcome.Skipped skipped ->
                    line("ok " + point + " # SKIP " + escaped(skipped.need()));
            case Outcome.Failed failed -> {
                String excuse =
                        judgement.standard().excuse(verdict).map(TapReport::todo).orElse("");
                line("not ok " + point + excuse);
                yaml(verdict, failed);
            }
            case Outcome.Broken broken -> {
                line("not ok " + point);
                line("  ---");
                yaml("severity", "broken");
                yaml("message", broken.cause());
                end(verdict);
            }
        }
    }

    private static String todo(String excuse) {
        return " # TODO " + escaped(excuse);
    }

    private void yaml(Verdict verdict, Outcome.Failed failed) {
        line("  ---");
        yaml("severity", verdict.tried().level().toString());
        yaml("message", failed.findings().getFirst().actual());
        line("  findings:");
        for (Outcome.Finding finding : failed.findings()) {
            boolean leftover = finding.kind() == Outcome.Kind.LEFTOVER;
            line("    - kind: " + (leftover ? "leftover" : "requirement"));
            line("      expected:");
            finding.expected().forEach(one -> line("        - " + string(one)));
            line("      actual: " + string(finding.actual()));
        }
        end(verdict);
    }

    private void end(Verdict verdict) {
        yaml("requirement", verdict.tried().when() + ": " + verdict.tried().then());
        yaml("quote", verdict.tried().clause().quote());
        yaml("link", verdict.tried().clause().link());
        line("  transcript:");
        JsonReport.transcript(verdict.outcome())
                .map(TranscriptText::lines)
                .orElse(List.of())
                .forEach(one -> line("    - " + string(one)));
        yaml("again", judgement.rerun(verdict));
        line("  ...");
    }

    private void yaml(String name, String value) {
        line("  " + name + ": " + string(value));
    }

    /** A string of JSON is one of YAML. */
    private static String string(String value) {
        return '"'
                + new String(JsonStringEncoder.getInstance().quoteAsString(Visible.text(value)))
                + '"';
    }

    private static String escaped(String value) {
        return Visible.line(value).replace("\\", "\\\\").replace("#", "\\#");
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
