package dev.pontoon.conformance.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.spec.Level;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class ReportsTest {

    private static final Judgement EVERY_OUTCOME = Samples.judged(Samples.everyOutcome());

    @Test
    void jsonIsReadBackAsItWas(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("r.json"), JsonReport.of(EVERY_OUTCOME));

        Recorded read = JsonReport.read(file);

        assertThat(read).isEqualTo(JsonReport.recorded(EVERY_OUTCOME));
        assertThat(read.entries())
                .extracting(Recorded.Entry::outcome)
                .containsExactly(
                        "passed", "failed", "failed", "failed", "skipped", "broken", "failed",
                        "passed");
        assertThat(read.entries().get(1))
                .isEqualTo(
                        new Recorded.Entry(
                                "bridge:del/repeated@ip-netns", "must", "failed", "exit 1"));
    }

    @Test
    void jsonOfTwoEqualRunsDiffersInTheRunOnly() throws IOException {
        var json = new ObjectMapper();
        Report later =
                Samples.report(
                        Samples.everyOutcome().verdicts(),
                        Instant.parse("2027-01-01T00:00:00Z"),
                        "other");
        JsonNode first = json.readTree(JsonReport.of(EVERY_OUTCOME));
        JsonNode second = json.readTree(JsonReport.of(Samples.judged(later)));

        assertThat(first).isNotEqualTo(second);
        assertThat(((ObjectNode) first).without("run").toString())
                .isEqualTo(((ObjectNode) second).without("run").toString())
                .doesNotContain("2026", "millis", "seconds");
    }

    @Test
    void jsonKeepsEveryByteOfWhatThePluginSaid() throws IOException {
        JsonNode json = new ObjectMapper().readTree(JsonReport.of(EVERY_OUTCOME));

        JsonNode trial = json.path("run").path("trials").path(3);
        assertThat(trial.path("transcript").path(2).path("called").path("stdout").asText())
                .isEqualTo(Samples.NASTY);
    }

    @Test
    void whatIsNoReportIsRefusedWithItsName(@TempDir Path folder) throws IOException {
        Path garbage = Files.writeString(folder.resolve("garbage"), "{");
        Path newer = Files.writeString(folder.resolve("newer"), "{\"schema\":2,\"verdicts\":[]}");

        assertThatThrownBy(() -> JsonReport.read(garbage))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("garbage is not a JSON report");
        assertThatThrownBy(() -> JsonReport.read(newer))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("newer is not a JSON report of schema 1");
        assertThatThrownBy(() -> JsonReport.read(folder.resolve("none")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("NoSuchFile");
    }

    @Test
    void junitIsValidAndTellsFailuresErrorsAndSkippedApart() throws Exception {
        String xml = JunitReport.of(EVERY_OUTCOME);

        SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
                .newSchema(
                        new StreamSource(
                                Objects.requireNonNull(
                                        getClass().getResourceAsStream("junit.xsd"))))
                .newValidator()
                .validate(new StreamSource(new StringReader(xml)));
        Element all =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(xml)))
                        .getDocumentElement();
        assertThat(List.of("tests", "failures", "errors", "skipped"))
                .extracting(all::getAttribute)
                .containsExactly("8", "3", "1", "2");
        assertThat(all.getElementsByTagName("failure").getLength()).isEqualTo(3);
        assertThat(all.getElementsByTagName("error").getLength()).isEqualTo(1);
        assertThat(all.getElementsByTagName("skipped").getLength()).isEqualTo(2);
        assertThat(all.getElementsByTagName("failure").item(2).getTextContent())
                .contains("</script><b>&amp;\"'\\u{0}\\u{1b}[31m\\u{d800} ]]>");
    }

    @Test
    void tapHasAPointForEachVerdictAndYamlBelowTheBadOnes() {
        List<String> lines = TapReport.of(EVERY_OUTCOME).lines().toList();

        assertThat(lines).startsWith("TAP version 14", "1..8");
        assertThat(points(lines))
                .containsExactly(
                        "ok 1",
                        "not ok 2",
                        "not ok 3",
                        "not ok 4",
                        "ok 5",
                        "not ok 6",
                        "not ok 7",
                        "ok 8");
        assertThat(lines)
                .contains(
                        "ok 1 - bridge:add/first@ip-netns",
                        "not ok 4 - bridge:del/gone@ip-netns # TODO a should, which counts with --level"
                                + " should only",
                        "ok 5 - bridge:gc/skipped@ip-netns # SKIP this machine lacks \\# the nft command");
        assertThat(lines.stream().filter("  ---"::equals)).hasSize(5);
        assertThat(lines.stream().filter("  ..."::equals)).hasSize(5);
    }

    /** Reads TAP as a consumer does: what is indented between "---" and "..." is no test point. */
    private static List<String> points(List<String> lines) {
        List<String> points = new ArrayList<>();
        boolean yaml = false;
        for (String line : lines.subList(2, lines.size())) {
            if (yaml) {
                assertThat(line).startsWith("  ");
                yaml = !line.equals("  ...");
            } else if (line.equals("  ---")) {
                yaml = true;
            } else if (!line.startsWith("#")) {
                assertThat(line).matches("(not )?ok \\d+ - .*");
                points.add(line.substring(0, line.indexOf(" - ")));
            }
        }
        assertThat(yaml).isFalse();
        return points;
    }

    @Test
    void markdownShowsFailuresInFencesThatPluginsCannotClose() {
        String markdown = MarkdownReport.of(EVERY_OUTCOME);

        assertThat(markdown)
                .contains(
                        "**2 passed, 3 failed, 1 not met, 1 skipped, 1 broken** — Linux 6.1, Debian"
                                + " &lt;12&gt;",
                        "| `bridge` | ! 1 passed, 2 failed, 1 not met, 1 skipped, 1 broken | ✗ 0"
                                + " passed, 1 failed |",
                        "<summary>✗ <code>bridge:del/repeated@ip-netns</code> (must): both calls"
                                + " succeed &amp; nothing is left</summary>",
                        "````text",
                        "- 1 × this machine lacks # the nft command");
    }

    @Test
    void everyReportGivesTheCommandThatRunsACaseAgain() {
        String command =
                "cni-conformance run --plugins '/opt/cni bin/it'\\''s' --type bridge --builder"
                        + " ip-netns del/repeated";

        assertThat(JunitReport.of(EVERY_OUTCOME)).contains(command);
        assertThat(MarkdownReport.of(EVERY_OUTCOME)).contains(command);
        assertThat(TapReport.of(EVERY_OUTCOME)).contains(command.replace("\\", "\\\\"));
        assertThat(HtmlReport.of(EVERY_OUTCOME)).contains(command);
    }

    @Test
    void theJsonReportOfANewerPlanKeepsTheOrderOfTheOldOne() {
        assertThat(JsonReport.of(EVERY_OUTCOME)).isEqualTo(JsonReport.of(EVERY_OUTCOME));
    }

    @Test
    void thePageEscapesWhatPluginsSay() {
        String page = HtmlReport.of(EVERY_OUTCOME);

        assertThat(page).doesNotContain("</script><b>", "\u001b", "\u0000");
        assertThat(page.split("</script>", -1)).hasSize(2);
    }

    @Test
    void thePageOfALargeRunIsSmallEnoughToBeSent() {
        Judgement large = Samples.judged(Samples.large());

        assertThat(large.report().verdicts()).hasSize(1500);
        assertThat(HtmlReport.of(large).length()).isLessThan(400_000);
    }

    @Test
    void thePageOfNothingSaysSo() {
        assertThat(HtmlReport.of(Samples.judged(Samples.report(List.of()))))
                .contains("Nothing was tried.");
    }

    @Test
    void longWordsAreBrokenInDrawings() {
        assertThat(Drawing.wrapped("mount on /run/netns/NAME", 12))
                .containsExactly("mount on", "/run/netns/N", "AME");
        assertThat(Drawing.wrapped("a b c d e f", 1)).containsExactly("a", "b", "c", "d …");
    }

    @Test
    void everyLevelCountsThatIsAskedFor() {
        var gone = Samples.everyOutcome().verdicts().get(3);

        assertThat(Standard.levels(EnumSet.of(Level.SHOULD)).mark(gone)).isEqualTo(Mark.FAILED);
        assertThat(Standard.levels(EnumSet.of(Level.MAY)).mark(gone)).isEqualTo(Mark.NOT_MET);
    }

    @Test
    void whatIsLeftBehindCountsWhateverTheLevel() {
        var left =
                Samples.verdict(
                        "bridge",
                        Samples.tried("del/left", Level.MAY),
                        "ip-netns",
                        Samples.leftover());

        assertThat(EVERY_OUTCOME.mark(left)).isEqualTo(Mark.FAILED);
        assertThat(
                        EVERY_OUTCOME.mark(
                                new dev.pontoon.conformance.run.Verdict(
                                        left.tried(),
                                        "bridge",
                                        "ip-netns",
                                        "1.1.0",
                                        new Outcome.Passed(),
                                        left.duration())))
                .isEqualTo(Mark.PASSED);
    }
}
