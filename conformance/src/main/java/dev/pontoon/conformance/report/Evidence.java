package dev.pontoon.conformance.report;

import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.lab.Transcript;
import dev.pontoon.conformance.run.Verdict;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the page unfolds for verdicts of one case that went wrong in the same way: expected, actual,
 * the transcript of one of them, the command.
 */
final class Evidence {

    private static final int MOST_TEXT = 6000;
    private static final int MOST_DIFFERENCES = 60;

    private final Judgement judgement;
    private final Html html;
    private int calls;
    private String lastEnvironment = "";
    private String lastStdin = "";

    private Evidence(Judgement judgement, Html html) {
        this.judgement = judgement;
        this.html = html;
    }

    /** What two verdicts have to have in common to be shown as one. */
    static String likeness(Judgement judgement, Verdict verdict) {
        String what =
                switch (verdict.outcome()) {
                    case Outcome.Failed failed ->
                            failed.findings().stream()
                                    .map(Outcome.Finding::actual)
                                    .collect(Collectors.joining("\n"));
                    case Outcome.Broken broken -> broken.cause();
                    case Outcome.Skipped skipped -> skipped.need();
                    case Outcome.Passed _ -> "";
                };
        // Paths, ids and numbers differ from builder to builder and make nothing else of it.
        return judgement.mark(verdict) + what.replaceAll("(/[\\w.:-]+)+|[0-9a-f]{6,}|\\d+", "*");
    }

    /** Writes it; {@code alike} is not empty. */
    static void write(Judgement judgement, Html html, String id, List<Verdict> alike) {
        new Evidence(judgement, html).verdicts(id, alike);
    }

    private void verdicts(String id, List<Verdict> alike) {
        Verdict shown = alike.getFirst();
        Mark mark = judgement.mark(shown);
        String builders = alike.stream().map(Verdict::builder).collect(Collectors.joining(", "));
        html.raw(
                "<section class=\"evidence "
                        + Matrix.style(mark)
                        + "\" id=\""
                        + id
                        + "\" tabindex=-1>");
        html.element("h4", mark.symbol() + " " + mark.word() + " on " + builders);
        if (alike.size() > 1) {
            html.element(
                    "p class=note",
                    "As seen on " + shown.builder() + "; the others are in the JSON report.");
        }
        judgement.standard().excuse(shown).ifPresent(excuse -> html.element("p", excuse));
        outcome(shown.outcome());
        JsonReport.transcript(shown.outcome()).ifPresent(this::transcript);
        html.element("p class=note", "Run it again:");
        html.element("pre class=again", judgement.rerun(shown)).raw("</section>");
    }

    private void outcome(Outcome outcome) {
        switch (outcome) {
            case Outcome.Failed failed -> failed.findings().forEach(this::finding);
            case Outcome.Broken broken -> pre("Harness", broken.cause());
            case Outcome.Skipped _, Outcome.Passed _ -> {}
        }
    }

    private void finding(Outcome.Finding finding) {
        boolean leftover = finding.kind() == Outcome.Kind.LEFTOVER;
        html.raw("<dl>");
        pair("Expected", String.join("\nor ", finding.expected()));
        pair(leftover ? "Left behind" : "Actual", finding.actual());
        html.raw("</dl>");
    }

    private void pair(String name, String value) {
        html.element("dt", name).raw("<dd>");
        if (name.equals("Left behind")) {
            differences(value.lines().toList());
        } else {
            html.element("pre", shortened(value));
        }
        html.raw("</dd>");
    }

    private void pre(String name, String value) {
        html.raw("<dl>");
        html.element("dt", name).raw("<dd>").element("pre", shortened(value)).raw("</dd></dl>");
    }

    private void transcript(Transcript transcript) {
        if (!transcript.steps().isEmpty()) {
            html.raw("<details open class=seen><summary>Transcript</summary><ol>");
            transcript.steps().forEach(this::step);
            html.raw("</ol></details>");
        }
    }

    private void step(Transcript.Step step) {
        html.raw("<li>");
        switch (step) {
            case Transcript.Called called -> called(called);
            case Transcript.Noted noted -> html.element("code", shortened(noted.text()));
            case Transcript.Compared compared -> {
                html.element("span", compared.what());
                if (compared.lines().isEmpty()) {
                    html.raw(": no difference");
                } else {
                    differences(compared.lines());
                }
            }
        }
        html.raw("</li>");
    }

    private void called(Transcript.Called called) {
        calls++;
        String command = called.environment().getOrDefault("CNI_COMMAND", "(unset)");
        String end = called.ending().isEmpty() ? "" : " (" + called.ending() + ")";
        html.element("b", "CNI_COMMAND=" + command).raw(" ").element("code", called.plugin());
        html.text(", exit %d%s, %d ms".formatted(called.exit(), end, called.millis()));
        html.raw("<dl class=call>");
        String environment =
                called.environment().entrySet().stream()
                        .filter(entry -> !entry.getKey().equals("CNI_COMMAND"))
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining("\n"));
        boolean same = environment.equals(lastEnvironment);
        stream("environment", same ? "(as before, but the command)" : environment);
        lastEnvironment = environment;
        stream(
                "stdin",
                called.stdin().equals(lastStdin) && calls > 1 ? "(as before)" : called.stdin());
        lastStdin = called.stdin();
        stream("stdout", called.stdout());
        stream("stderr", called.stderr());
        html.raw("</dl>");
    }

    private void stream(String name, String text) {
        html.element("dt", name).raw("<dd>");
        if (text.isEmpty()) {
            html.raw("<i>empty</i>");
        } else {
            html.element("pre", shortened(text));
        }
        html.raw("</dd>");
    }

    private void differences(List<String> lines) {
        html.raw("<pre class=diff>");
        lines.stream().limit(MOST_DIFFERENCES).forEach(this::difference);
        if (lines.size() > MOST_DIFFERENCES) {
            html.text("… and " + (lines.size() - MOST_DIFFERENCES) + " more, in the JSON report");
        }
        html.raw("</pre>");
    }

    private void difference(String line) {
        String begun = Visible.beginning(line);
        switch (line.isEmpty() ? ' ' : line.charAt(0)) {
            case '+' -> html.element("ins", begun);
            case '-' -> html.element("del", begun);
            case '~' -> html.element("em", begun);
            default -> html.text(begun);
        }
        html.raw("\n");
    }

    private static String shortened(String text) {
        return text.length() <= MOST_TEXT
                ? text
                : text.substring(0, MOST_TEXT)
                        + "\n… and "
                        + (text.length() - MOST_TEXT)
                        + " more characters, in the JSON report";
    }
}
