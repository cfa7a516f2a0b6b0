package dev.pontoon.conformance.report;

import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.run.Verdict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Markdown for a pull request or a wiki: totals, a table of plugins and builders, what went wrong.
 */
public final class MarkdownReport {

    private final Judgement judgement;
    private final Report report;
    private final StringBuilder text = new StringBuilder();

    private MarkdownReport(Judgement judgement) {
        this.judgement = judgement;
        this.report = judgement.report();
    }

    /** The whole report as Markdown. */
    public static String of(Judgement judgement) {
        var markdown = new MarkdownReport(judgement);
        markdown.head();
        markdown.table();
        markdown.remarkable("Failures", Mark.FAILED);
        markdown.remarkable("The harness broke", Mark.BROKEN);
        markdown.remarkable("Not met, and not counted", Mark.NOT_MET);
        markdown.skipped();
        return markdown.text.toString();
    }

    private void head() {
        line("# CNI conformance of " + code(report.folder()));
        line("");
        line("**" + judgement.tally().words() + "** — " + escaped(report.machine()));
        line("");
        for (Report.Plugin plugin : report.plugins()) {
            String versions = String.join(", ", plugin.versions());
            line(
                    "- "
                            + code(plugin.type())
                            + ": "
                            + escaped(versions.isEmpty() ? "no answer to VERSION" : versions));
        }
        report.unavailable()
                .forEach(one ->
                        line("- not here: " + code(one.builder()) + ", " + escaped(one.reason())));
        line("");
    }

    private void table() {
        Map<String, Map<String, List<Verdict>>> cells = new LinkedHashMap<>();
        Map<String, Boolean> builders = new LinkedHashMap<>();
        for (Verdict verdict : report.verdicts()) {
            builders.put(verdict.builder(), true);
            cells.computeIfAbsent(verdict.subject(), _ -> new LinkedHashMap<>())
                    .computeIfAbsent(verdict.builder(), _ -> new java.util.ArrayList<>())
                    .add(verdict);
        }
        line("| | " + String.join(" | ", builders.keySet()) + " |");
        line("|---|" + "---|".repeat(builders.size()));
        cells.forEach((subject, row) -> row(subject, row, List.copyOf(builders.keySet())));
        line("");
    }

    private void row(String subject, Map<String, List<Verdict>> row, List<String> builders) {
        text.append("| ").append(code(subject));
        for (String builder : builders) {
            List<Verdict> verdicts = row.getOrDefault(builder, List.of());
            text.append(" | ").append(verdicts.isEmpty() ? "" : cell(judgement.tally(verdicts)));
        }
        line(" |");
    }

    private static String cell(Tally tally) {
        Mark worst =
                tally.of(Mark.BROKEN) > 0
                        ? Mark.BROKEN
                        : tally.of(Mark.FAILED) > 0 ? Mark.FAILED : Mark.PASSED;
        return worst.symbol() + " " + tally.words();
    }

    private void remarkable(String title, Mark mark) {
        List<Verdict> verdicts = judgement.with(mark);
        if (verdicts.isEmpty()) {
            return;
        }
        line("## " + title);
        line("");
        for (Verdict verdict : verdicts) {
            line(
                    "<details><summary>"
                            + mark.symbol()
                            + " <code>"
                            + html(verdict.key())
                            + "</code> ("
                            + verdict.tried().level()
                            + "): "
                            + html(verdict.tried().then())
                            + "</summary>");
            line("");
            line(
                    "["
                            + escaped(verdict.tried().clause().source().title())
                            + "]("
                            + verdict.tried().clause().link()
                            + ")");
            line("");
            fenced(Explanation.lines(judgement, verdict));
            line("</details>");
            line("");
        }
    }

    /** A fence longer than any in the text. */
    private void fenced(List<String> lines) {
        String fence = "```";
        while (String.join("\n", lines).contains(fence)) {
            fence += "`";
        }
        line(fence + "text");
        lines.forEach(this::line);
        line(fence);
        line("");
    }

    private void skipped() {
        Map<String, Integer> reasons = new LinkedHashMap<>();
        for (Verdict verdict : judgement.with(Mark.SKIPPED)) {
            if (verdict.outcome()
                    instanceof dev.pontoon.conformance.lab.Outcome.Skipped(String need)) {
                reasons.merge(need, 1, Integer::sum);
            }
        }
        if (!reasons.isEmpty()) {
            line("## Skipped");
            line("");
            reasons.forEach((need, count) -> line("- " + count + " × " + escaped(need)));
        }
    }

    private static String code(String text) {
        String line = Visible.line(text).replace("|", "\\|");
        return line.contains("`") ? "`` " + line + " ``" : "`" + line + "`";
    }

    private static String escaped(String text) {
        return html(text).replaceAll("([\\\\`*_\\[\\]|])", "\\\\$1");
    }

    private static String html(String text) {
        return Visible.line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
