package dev.pontoon.conformance.report;

import dev.pontoon.conformance.namespace.NamespaceBuilder;
import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.run.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * One page that needs nothing else: no request leaves it. It reads without JavaScript; with it,
 * there are filters.
 */
public final class HtmlReport {

    /** Below this many, every finding is named at the top. */
    private static final int MOST_NAMED = 40;

    private final Judgement judgement;
    private final Report report;
    private final Html html = new Html();

    private HtmlReport(Judgement judgement) {
        this.judgement = judgement;
        this.report = judgement.report();
    }

    /** The whole page. */
    public static String of(Judgement judgement) {
        var page = new HtmlReport(judgement);
        page.head();
        page.header();
        page.findings();
        page.filters();
        page.matrices();
        page.builders();
        page.html.raw("</main><script>").raw(resource("page.js")).raw("</script></body></html>\n");
        return page.html.toString();
    }

    private void head() {
        html.raw("<!doctype html>\n<html lang=en><head><meta charset=utf-8>");
        html.raw("<meta name=viewport content=\"width=device-width,initial-scale=1\">");
        html.raw(
                "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline';");
        html.raw(" script-src 'unsafe-inline'; img-src data:\"><link rel=icon href=\"data:,\">");
        html.element("title", "CNI conformance of " + report.folder());
        html.raw("<style>").raw(resource("page.css")).raw("</style></head><body><main>\n");
    }

    private void header() {
        Tally tally = judgement.tally();
        html.raw("<header><h1>CNI conformance of ").element("code", report.folder()).raw("</h1>");
        html.element("p class=\"sentence " + sentenceStyle(tally) + "\"", sentence(tally));
        bar(tally);
        html.raw("<dl class=facts>");
        fact(
                "Plugins",
                String.join("; ", report.plugins().stream().map(HtmlReport::plugin).toList()));
        fact("Machine", report.machine());
        String started =
                DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
                        .format(report.started().atZone(ZoneOffset.UTC));
        fact("Run", started + ", in " + report.duration().toSeconds() + " s");
        html.raw("</dl></header>\n");
    }

    private static String sentence(Tally tally) {
        if (tally.total() == 0) {
            return "Nothing was tried.";
        }
        if (tally.of(Mark.BROKEN) > 0) {
            return "The harness itself broke in %d of %d trials; %d failed."
                    .formatted(tally.of(Mark.BROKEN), tally.total(), tally.of(Mark.FAILED));
        }
        return tally.of(Mark.FAILED) == 0
                ? "Nothing that counts failed in " + tally.total() + " trials."
                : tally.of(Mark.FAILED) + " of " + tally.total() + " trials failed.";
    }

    private static String sentenceStyle(Tally tally) {
        boolean good =
                tally.of(Mark.FAILED) == 0 && tally.of(Mark.BROKEN) == 0 && tally.total() > 0;
        return good ? "p" : "f";
    }

    private static String plugin(Report.Plugin plugin) {
        return plugin.versions().isEmpty()
                ? plugin.type() + " (no answer to VERSION)"
                : plugin.type() + " (" + String.join(", ", plugin.versions()) + ")";
    }

    private void bar(Tally tally) {
        html.raw("<div class=bar role=img aria-label=\"").text(tally.words()).raw("\">");
        for (Mark mark : Mark.values()) {
            if (tally.of(mark) > 0) {
                html.raw(
                        "<span class="
                                + Matrix.style(mark)
                                + " style=\"flex-grow:"
                                + tally.of(mark)
                                + "\">");
                html.text(mark.symbol() + " " + tally.of(mark) + " " + mark.word()).raw("</span>");
            }
        }
        html.raw("</div>");
    }

    private void fact(String name, String value) {
        html.element("dt", name).element("dd", value);
    }

    /** What needs a look, as links to where it is told. */
    private void findings() {
        List<Verdict> remarkable = judgement.remarkable();
        if (remarkable.isEmpty()) {
            return;
        }
        Map<String, List<Verdict>> alike = new LinkedHashMap<>();
        remarkable.forEach(verdict ->
                alike.computeIfAbsent(
                                verdict.subject() + verdict.tried().id() + judgement.mark(verdict),
                                _ -> new ArrayList<>())
                        .add(verdict));
        html.raw("<section class=findings><h2>What needs a look</h2><ul>");
        alike.values().stream().limit(MOST_NAMED).forEach(this::finding);
        html.raw("</ul>");
        if (alike.size() > MOST_NAMED) {
            html.element("p class=note", "… and " + (alike.size() - MOST_NAMED) + " more below.");
        }
        html.raw("</section>\n");
    }

    private void finding(List<Verdict> alike) {
        Verdict first = alike.getFirst();
        Mark mark = judgement.mark(first);
        html.raw(
                "<li><b class="
                        + Matrix.style(mark)
                        + ">"
                        + mark.symbol()
                        + " "
                        + mark.word()
                        + "</b> ");
        html.raw("<a href=\"#").text(Matrix.id(first)).raw("\">");
        html.text(first.subject() + ": " + first.tried().id()).raw("</a> ");
        html.raw("<i class=level>" + first.tried().level() + "</i> ");
        html.text(first.tried().then());
        html.element(
                "span class=note",
                alike.size() > 1
                        ? " (" + alike.size() + " builders)"
                        : " (" + first.builder() + ")");
        html.raw("</li>");
    }

    private void filters() {
        html.raw("<form class=filters role=search aria-label=\"Filter cases\" hidden>");
        html.raw(
                "<label>Find <input type=search name=text placeholder=\"words of a case\"></label>");
        html.raw("<fieldset><legend>Verdict</legend>");
        for (Mark mark : Mark.values()) {
            html.raw(
                    "<label><input type=checkbox name=mark checked value="
                            + Matrix.style(mark)
                            + "> ");
            html.text(mark.symbol() + " " + mark.word()).raw("</label>");
        }
        html.raw("</fieldset>");
        choice("level", values(verdict -> verdict.tried().level().toString()));
        choice("plugin", values(Verdict::subject));
        choice("group", values(verdict -> verdict.tried().id().split("/", 2)[0]));
        html.raw("<button type=reset>Show all</button> <output name=shown></output></form>\n");
    }

    private Set<String> values(java.util.function.Function<Verdict, String> of) {
        var values = new LinkedHashSet<String>();
        report.verdicts().forEach(verdict -> values.add(of.apply(verdict)));
        return values;
    }

    private void choice(String name, Set<String> values) {
        html.raw("<label>" + name + " <select name=" + name + "><option value=\"\">all</option>");
        values.forEach(value -> html.element("option", value));
        html.raw("</select></label>");
    }

    private void matrices() {
        List<String> columns = List.copyOf(values(Verdict::builder));
        Set<String> told = new HashSet<>();
        for (String subject : values(Verdict::subject)) {
            List<Verdict> its =
                    report.verdicts().stream()
                            .filter(verdict -> verdict.subject().equals(subject))
                            .toList();
            new Matrix(judgement, html, subject, its, columns, told).write();
        }
        html.raw("<p class=\"note nothing\" hidden>No case matches these filters.</p>");
    }

    private void builders() {
        html.raw("<section class=builders><h2>How the namespaces were made</h2><div class=shapes>");
        for (NamespaceBuilder builder : report.builders()) {
            html.raw("<figure id=\"b-").text(builder.id()).raw("\">");
            html.raw(Drawing.of(builder.title(), builder.shape()));
            html.raw("<figcaption>").element("code", builder.id()).text(" · " + builder.title());
            report.unavailable().stream()
                    .filter(one -> one.builder().equals(builder.id()))
                    .forEach(one -> html.element("p class=note", "Not here: " + one.reason()));
            html.raw("</figcaption></figure>");
        }
        html.raw("</div></section>\n");
    }

    private static String resource(String name) {
        try (InputStream stream = HtmlReport.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("the harness's own file " + name + " is missing");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("read " + name, e);
        }
    }
}
