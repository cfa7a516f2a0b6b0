package dev.pontoon.conformance.report;

import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Verdict;
import dev.pontoon.conformance.spec.CniVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** One plugin's part of the page: a line for each case, a cell for each builder. */
final class Matrix {

    private final Judgement judgement;
    private final Html html;
    private final String plugin;
    private final List<Verdict> verdicts;
    private final List<String> builders;
    private final Set<String> told;

    /**
     * @param verdicts the plugin's
     * @param builders the columns
     * @param told the cases whose requirement the page has already; it is in there once, because
     *     other plugins' lines would double its size
     */
    Matrix(
            Judgement judgement,
            Html html,
            String plugin,
            List<Verdict> verdicts,
            List<String> builders,
            Set<String> told) {
        this.judgement = judgement;
        this.html = html;
        this.plugin = plugin;
        this.verdicts = verdicts;
        this.builders = builders;
        this.told = told;
    }

    /** The class that colours a mark. */
    static String style(Mark mark) {
        return switch (mark) {
            case PASSED -> "p";
            case FAILED -> "f";
            case NOT_MET -> "n";
            case SKIPPED -> "s";
            case BROKEN -> "b";
        };
    }

    /** The id of the place where a verdict is explained. */
    static String id(Verdict verdict) {
        return "v-" + verdict.key().replace('@', '.');
    }

    void write() {
        html.raw("<section class=plugin data-p=\"").text(plugin).raw("\">");
        html.element("h2", plugin);
        html.element("p class=tally", judgement.tally(verdicts).words());
        html.raw("<div class=scroll><div class=matrix style=\"--n:" + builders.size() + "\">");
        head();
        groups().forEach(this::group);
        html.raw("</div></div></section>\n");
    }

    private void head() {
        html.raw("<div class=\"row head\"><span>case</span>");
        for (String builder : builders) {
            html.raw("<a href=\"#b-").text(builder).raw("\">").text(builder).raw("</a>");
        }
        html.raw("</div>");
    }

    private Map<String, Map<String, List<Verdict>>> groups() {
        Map<String, Map<String, List<Verdict>>> groups = new LinkedHashMap<>();
        for (Verdict verdict : verdicts) {
            String id = verdict.tried().id();
            groups.computeIfAbsent(id.substring(0, id.indexOf('/')), _ -> new LinkedHashMap<>())
                    .computeIfAbsent(id, _ -> new ArrayList<>())
                    .add(verdict);
        }
        return groups;
    }

    private void group(String name, Map<String, List<Verdict>> rows) {
        html.raw("<section class=group data-g=\"").text(name).raw("\">");
        html.raw("<h3>").text(name).raw(" <small>" + rows.size() + "</small></h3>");
        rows.values().forEach(this::row);
        html.raw("</section>");
    }

    private void row(List<Verdict> row) {
        Case tried = row.getFirst().tried();
        String marks =
                row.stream()
                        .map(verdict -> style(judgement.mark(verdict)))
                        .distinct()
                        .collect(Collectors.joining());
        html.raw("<details class=case data-l=" + tried.level() + " data-m=" + marks + ">");
        html.raw("<summary class=row><span>").element("code", tried.id());
        html.raw(" <i class=level>" + tried.level() + "</i></span>");
        builders.forEach(builder -> cell(row, builder));
        html.raw("</summary><div class=body>");
        requirement(tried);
        explain(row);
        html.raw("</div></details>\n");
    }

    private void cell(List<Verdict> row, String builder) {
        List<Verdict> here =
                row.stream().filter(verdict -> verdict.builder().equals(builder)).toList();
        if (here.isEmpty()) {
            html.raw("<b></b>");
            return;
        }
        Verdict worst =
                here.stream()
                        .max(
                                java.util.Comparator.comparing(
                                        verdict -> weight(judgement.mark(verdict))))
                        .orElseThrow();
        Mark mark = judgement.mark(worst);
        html.raw("<b class=" + style(mark));
        if (weight(mark) > 1) {
            html.raw(" data-v=\"").text(id(worst)).raw("\"");
        }
        html.raw(">" + mark.symbol() + " " + mark.label() + "</b>");
    }

    private static int weight(Mark mark) {
        return switch (mark) {
            case SKIPPED -> 0;
            case PASSED -> 1;
            case NOT_MET -> 2;
            case FAILED -> 3;
            case BROKEN -> 4;
        };
    }

    private void requirement(Case tried) {
        String id = Html.escaped("c-" + tried.id());
        if (told.add(tried.id())) {
            html.raw("<div id=\"" + id + "\">");
            sentences(tried);
        } else {
            html.raw("<div data-same=\"" + id + "\"><a href=\"#" + id + "\">What is asked for</a>");
        }
        html.raw("</div>");
    }

    private void sentences(Case tried) {
        html.raw("<p>When ").text(tried.when()).raw(", then <strong>").text(tried.then());
        html.raw("</strong>.</p><blockquote>").text(tried.clause().quote()).raw("</blockquote>");
        html.raw("<p class=note><a href=\"").text(tried.clause().link()).raw("\">");
        html.text(tried.clause().source().title()).raw("</a>").text(scope(tried)).raw("</p>");
    }

    private static String scope(Case tried) {
        List<String> parts = new ArrayList<>();
        if (tried.since() != CniVersion.V0_1_0) {
            parts.add("since " + tried.since());
        }
        if (tried.until() != CniVersion.V1_1_0) {
            parts.add("until " + tried.until());
        }
        parts.addAll(tried.rows());
        return parts.isEmpty() ? "" : " · " + String.join(" · ", parts);
    }

    private void explain(List<Verdict> row) {
        Map<String, List<Verdict>> alike = new LinkedHashMap<>();
        for (Verdict verdict : row) {
            alike.computeIfAbsent(Evidence.likeness(judgement, verdict), _ -> new ArrayList<>())
                    .add(verdict);
        }
        alike.values().forEach(this::explainAlike);
    }

    private void explainAlike(List<Verdict> alike) {
        Verdict first = alike.getFirst();
        switch (first.outcome()) {
            case Outcome.Passed _ -> {}
            case Outcome.Skipped skipped -> {
                String where =
                        alike.stream().map(Verdict::builder).collect(Collectors.joining(", "));
                html.element("p class=note", "Skipped on " + where + ": " + skipped.need());
            }
            case Outcome.Failed _, Outcome.Broken _ -> {
                // So that a cell of every builder finds its place.
                alike.stream()
                        .skip(1)
                        .forEach(verdict -> html.raw("<a id=\"").text(id(verdict)).raw("\"></a>"));
                Evidence.write(judgement, html, Html.escaped(id(first)), alike);
            }
        }
    }
}
