package dev.pontoon.conformance.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.lab.Transcript;
import dev.pontoon.conformance.namespace.NamespaceBuilder;
import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.run.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The record of a run: a JSON object, schema 1. Two runs that found the same differ in {@code run}
 * only.
 *
 * <table>
 * <caption>Schema 1</caption>
 * <tr><td>{@code schema}</td><td>1; a reader that knows only this one refuses others</td></tr>
 * <tr><td>{@code judged}</td><td>the plugins' folder or the network's file, as given</td></tr>
 * <tr><td>{@code plugins[]}</td><td>{@code type}, {@code versions[]} that VERSION answered</td></tr>
 * <tr><td>{@code builders[]}</td><td>{@code id}, {@code title}, {@code shape} ({@code maker}, {@code
 *     pin}, {@code path}, {@code moment}, {@code atDel}, {@code owner}), and {@code missing}, the
 *     reason, where it cannot work on this machine</td></tr>
 * <tr><td>{@code cases[]}</td><td>sorted by {@code id}: {@code level} (must, should, may, de-facto),
 *     {@code rows[]}, {@code since}, {@code until}, {@code source}, {@code link}, {@code quote},
 *     {@code when}, {@code then}</td></tr>
 * <tr><td>{@code verdicts[]}</td><td>in the plan's order: {@code key}, {@code plugin}, {@code case},
 *     {@code builder}, {@code version}; {@code outcome}, one of passed, failed, skipped, broken;
 *     {@code findings[]} of a failed one ({@code kind} requirement or leftover, {@code expected[]}:
 *     every outcome that would have been right, {@code actual}); {@code reason} of a skipped or
 *     broken one; {@code excuse}, why a failed one does not count</td></tr>
 * <tr><td>{@code totals}</td><td>numbers: {@code passed}, {@code failed}, {@code not-met}, {@code
 *     skipped}, {@code broken}</td></tr>
 * <tr><td>{@code run}</td><td>{@code started} (ISO 8601), {@code seconds}, {@code machine}, {@code
 *     trials[]} in the order of the verdicts: {@code key}, {@code millis}, and of failed and broken
 *     ones {@code transcript[]}, whose steps have one key each: {@code called} ({@code plugin},
 *     {@code environment}, {@code stdin}, {@code exit}, {@code stdout}, {@code stderr}, {@code
 *     ending}, {@code millis}), {@code noted}, or {@code compared} ({@code what}, {@code lines[]})
 *     </td></tr>
 * </table>
 */
public final class JsonReport {

    private static final int SCHEMA = 1;

    /** ASCII, so that half surrogates, which UTF-8 has not, come back as the plugin said them. */
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private final Judgement judgement;
    private final Report report;
    private final ObjectNode root = JSON.createObjectNode();

    private JsonReport(Judgement judgement) {
        this.judgement = judgement;
        this.report = judgement.report();
    }

    /** The whole report as JSON text. */
    public static String of(Judgement judgement) {
        var indenter = new DefaultIndenter("  ", "\n");
        var printer = new DefaultPrettyPrinter().withObjectIndenter(indenter);
        printer.indentArraysWith(indenter);
        try {
            return JSON.writer(printer).writeValueAsString(new JsonReport(judgement).tree()) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("write a report as JSON", e);
        }
    }

    /** What a report has that can be compared. */
    public static Recorded recorded(Judgement judgement) {
        return recorded(new JsonReport(judgement).tree());
    }

    private ObjectNode tree() {
        root.put("schema", SCHEMA).put("judged", report.folder());
        plugins();
        builders();
        cases();
        verdicts();
        totals();
        run();
        return root;
    }

    private void plugins() {
        ArrayNode plugins = root.putArray("plugins");
        for (Report.Plugin plugin : report.plugins()) {
            ObjectNode one = plugins.addObject().put("type", plugin.type());
            plugin.versions().forEach(one.putArray("versions")::add);
        }
    }

    private void builders() {
        ArrayNode builders = root.putArray("builders");
        for (NamespaceBuilder builder : report.builders()) {
            ObjectNode one = builders.addObject();
            one.put("id", builder.id()).put("title", builder.title());
            NamespaceBuilder.Shape shape = builder.shape();
            one.putObject("shape")
                    .put("maker", shape.maker())
                    .put("pin", shape.pin())
                    .put("path", shape.path())
                    .put("moment", shape.moment())
                    .put("atDel", shape.atDel())
                    .put("owner", shape.owner());
            missing(builder).ifPresent(reason -> one.put("missing", reason));
        }
    }

    private Optional<String> missing(NamespaceBuilder builder) {
        return report.unavailable().stream()
                .filter(one -> one.builder().equals(builder.id()))
                .map(Report.Unavailable::reason)
                .findFirst();
    }

    private void cases() {
        var cases = new java.util.TreeMap<String, Case>();
        report.verdicts().forEach(verdict -> cases.put(verdict.tried().id(), verdict.tried()));
        ArrayNode array = root.putArray("cases");
        cases.values().forEach(tried -> describe(tried, array.addObject()));
    }

    /** Writes what is known of a case without running it. */
    public static void describe(Case tried, ObjectNode to) {
        to.put("id", tried.id()).put("level", tried.level().toString());
        tried.rows().forEach(to.putArray("rows")::add);
        to.put("since", tried.since().toString())
                .put("until", tried.until().toString())
                .put("source", tried.clause().source().title())
                .put("link", tried.clause().link())
                .put("quote", tried.clause().quote())
                .put("when", tried.when())
                .put("then", tried.then());
    }

    private void verdicts() {
        ArrayNode verdicts = root.putArray("verdicts");
        for (Verdict verdict : report.verdicts()) {
            ObjectNode one = verdicts.addObject();
            one.put("key", verdict.key())
                    .put("plugin", verdict.subject())
                    .put("case", verdict.tried().id())
                    .put("builder", verdict.builder())
                    .put("version", verdict.version());
            outcome(verdict.outcome(), one);
            judgement.standard().excuse(verdict).ifPresent(excuse -> one.put("excuse", excuse));
        }
    }

    private static void outcome(Outcome outcome, ObjectNode to) {
        switch (outcome) {
            case Outcome.Passed _ -> to.put("outcome", "passed");
            case Outcome.Failed failed -> {
                ArrayNode findings = to.put("outcome", "failed").putArray("findings");
                failed.findings().forEach(finding -> finding(finding, findings.addObject()));
            }
            case Outcome.Skipped skipped ->
                    to.put("outcome", "skipped").put("reason", skipped.need());
            case Outcome.Broken broken -> to.put("outcome", "broken").put("reason", broken.cause());
        }
    }

    private static void finding(Outcome.Finding finding, ObjectNode to) {
        to.put(
                "kind",
                switch (finding.kind()) {
                    case REQUIREMENT -> "requirement";
                    case LEFTOVER -> "leftover";
                });
        finding.expected().forEach(to.putArray("expected")::add);
        to.put("actual", finding.actual());
    }

    private void totals() {
        ObjectNode totals = root.putObject("totals");
        Tally tally = judgement.tally();
        for (Mark mark : Mark.values()) {
            totals.put(mark.word().replace(' ', '-'), tally.of(mark));
        }
    }

    private void run() {
        ObjectNode run = root.putObject("run");
        run.put("started", report.started().toString())
                .put("seconds", report.duration().toMillis() / 1000.0)
                .put("machine", report.machine());
        ArrayNode trials = run.putArray("trials");
        for (Verdict verdict : report.verdicts()) {
            ObjectNode trial = trials.addObject();
            trial.put("key", verdict.key()).put("millis", verdict.duration().toMillis());
            transcript(verdict.outcome())
                    .ifPresent(transcript -> {
                        ArrayNode steps = trial.putArray("transcript");
                        transcript.steps().forEach(step -> step(step, steps.addObject()));
                    });
        }
    }

    static Optional<Transcript> transcript(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Failed failed -> Optional.of(failed.transcript());
            case Outcome.Broken broken -> Optional.of(broken.transcript());
            case Outcome.Passed _, Outcome.Skipped _ -> Optional.empty();
        };
    }

    private static void step(Transcript.Step step, ObjectNode to) {
        switch (step) {
            case Transcript.Called called -> called(called, to.putObject("called"));
            case Transcript.Noted noted -> to.put("noted", noted.text());
            case Transcript.Compared compared -> {
                ObjectNode one = to.putObject("compared").put("what", compared.what());
                compared.lines().forEach(one.putArray("lines")::add);
            }
        }
    }

    private static void called(Transcript.Called called, ObjectNode to) {
        to.put("plugin", called.plugin());
        ObjectNode environment = to.putObject("environment");
        called.environment().forEach(environment::put);
        to.put("stdin", called.stdin())
                .put("exit", called.exit())
                .put("stdout", called.stdout())
                .put("stderr", called.stderr())
                .put("ending", called.ending())
                .put("millis", called.millis());
    }

    /**
     * Reads a report back.
     *
     * @throws BadInput when the file cannot be read or is no report of this schema
     */
    public static Recorded read(Path file) {
        try {
            JsonNode json = JSON.readTree(Files.readString(file));
            if (json.path("schema").asInt() != SCHEMA || !json.path("verdicts").isArray()) {
                throw new BadInput(file + " is not a JSON report of schema " + SCHEMA);
            }
            return recorded(json);
        } catch (JsonProcessingException e) {
            throw new BadInput(file + " is not a JSON report: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new BadInput("read the report " + file + ": " + e, e);
        }
    }

    private static Recorded recorded(JsonNode json) {
        Map<String, String> levels = new LinkedHashMap<>();
        json.path("cases")
                .forEach(one -> levels.put(one.path("id").asText(), one.path("level").asText()));
        List<Recorded.Entry> entries = new ArrayList<>();
        for (JsonNode verdict : json.path("verdicts")) {
            String id = verdict.path("case").asText();
            entries.add(
                    new Recorded.Entry(
                            verdict.path("key").asText(),
                            levels.getOrDefault(id, ""),
                            verdict.path("outcome").asText(),
                            what(verdict)));
        }
        return new Recorded(json.path("judged").asText(), entries);
    }

    private static String what(JsonNode verdict) {
        List<String> seen = new ArrayList<>();
        verdict.path("findings").forEach(finding -> seen.add(finding.path("actual").asText()));
        return seen.isEmpty() ? verdict.path("reason").asText("") : String.join("; ", seen);
    }
}
