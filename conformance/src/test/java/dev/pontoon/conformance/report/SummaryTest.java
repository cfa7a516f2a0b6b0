package dev.pontoon.conformance.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Verdict;
import dev.pontoon.conformance.spec.Level;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SummaryTest {

    private static final Verdict PASSED =
            Samples.verdict(
                    "bridge", Samples.tried("add/a", Level.MUST), "ip-netns", new Outcome.Passed());
    private static final Verdict FAILED =
            Samples.verdict(
                    "bridge", Samples.tried("del/b", Level.MUST), "ip-netns", Samples.failed("no"));
    private static final Verdict SHOULD =
            Samples.verdict(
                    "bridge",
                    Samples.tried("del/c", Level.SHOULD),
                    "ip-netns",
                    Samples.failed("no"));
    private static final Verdict SKIPPED =
            Samples.verdict(
                    "bridge",
                    Samples.tried("gc/d", Level.MUST),
                    "ip-netns",
                    new Outcome.Skipped("nft"));
    private static final Verdict BROKEN =
            Samples.verdict(
                    "bridge", Samples.tried("gc/e", Level.MUST), "ip-netns", Samples.broken());

    @Test
    void theExitStatusTellsAPluginsFaultFromOurs() {
        assertThat(status(PASSED)).isZero();
        assertThat(status(PASSED, SHOULD, SKIPPED)).isZero();
        assertThat(status(PASSED, FAILED)).isEqualTo(1);
        assertThat(status()).isEqualTo(2);
        assertThat(status(PASSED, FAILED, BROKEN)).isEqualTo(3);
    }

    private static int status(Verdict... verdicts) {
        return Summary.exitStatus(Samples.judged(Samples.report(List.of(verdicts))));
    }

    @Test
    void knownFindingsMakeAGoodRunIfTheyAreExactlyThose() {
        String b = "bridge:del/b@ip-netns  a reason";
        String c = "bridge:del/c@*  another reason";
        assertThat(status(List.of(b, c), PASSED, FAILED, SHOULD)).isZero();
        assertThat(status(List.of("# comment", "", b), PASSED, FAILED, SHOULD)).isEqualTo(1);
        assertThat(status(List.of(b, "bridge:add/a@* gone"), PASSED, FAILED)).isEqualTo(1);
        assertThat(status(List.of(b, "bridge:gc/d@ip-netns r"), FAILED, SKIPPED)).isZero();
        assertThat(status(List.of(b, "bridge:not/tried@ip-netns r"), FAILED)).isZero();
        assertThat(status(List.of(b), FAILED, BROKEN)).isEqualTo(3);
    }

    private static int status(List<String> known, Verdict... verdicts) {
        Standard standard = Standard.known(KnownFindings.parse(known, "known"));
        return Summary.exitStatus(Samples.judged(Samples.report(List.of(verdicts)), standard));
    }

    @Test
    void aLineThatIsNoKnownFindingIsNamed() {
        assertThatThrownBy(() -> KnownFindings.parse(List.of("", "bridge:del/b@ip-netns"), "known"))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("known, line 2: not \"PLUGIN:CASE@BUILDER reason\"");
        String twice = "bridge:del/b@ip-netns r";
        assertThatThrownBy(() -> KnownFindings.parse(List.of(twice, twice), "known"))
                .hasMessage("known, line 2: bridge:del/b@ip-netns is listed twice");
    }

    @Test
    void theEndTellsAllOfAFailure() {
        var text = new StringWriter();
        Summary.print(
                Samples.judged(Samples.report(List.of(PASSED, FAILED, SHOULD))),
                false,
                new PrintWriter(text));

        assertThat(text.toString().lines())
                .containsSubsequence(
                        "Failures",
                        "1) bridge:del/b@ip-netns",
                        "   Requirement  must: when DEL is called twice, then both calls succeed &"
                                + " nothing is left",
                        "   Source       CNI spec 1.1.0: \"Plugins MUST accept multiple `DEL` calls"
                                + " for <the> same pair.\"",
                        "   Expected     exit 0",
                        "                or exit 11",
                        "   Actual       no",
                        "         CNI_COMMAND=DEL",
                        "         stdin: "
                                + " {\"cniVersion\":\"1.1.0\",\"name\":\"t\",\"type\":\"bridge\"}",
                        "         exit:   137 (killed after 60 s), 60000 ms",
                        "         stderr: panic: no",
                        "         + link veth12 {\"mtu\":1500}",
                        "   Again        cni-conformance run --plugins '/opt/cni bin/it'\\''s'"
                                + " --type bridge --builder ip-netns del/b",
                        "   bridge:del/c@ip-netns: a should, which counts with --level should only",
                        "1 passed, 1 failed, 1 not met; 1 plugin on 1 kind of namespace, 12.0 s");
    }

    @Test
    void aComparisonNamesWhatDiffers() {
        Verdict other =
                Samples.verdict("bridge", PASSED.tried(), "ip-netns", Samples.failed("exit 7"));
        Comparison comparison =
                Comparison.of(recorded(PASSED, FAILED, SHOULD), recorded(other, FAILED, BROKEN));

        assertThat(comparison.rows())
                .containsExactly(
                        new Comparison.Row(
                                "bridge:add/a@ip-netns", "must", "passed", "failed", "exit 7"));
        assertThat(comparison.same()).isEqualTo(1);
        assertThat(comparison.onlyOne()).isEqualTo(2);
    }

    private static Recorded recorded(Verdict... verdicts) {
        return JsonReport.recorded(
                Samples.judged(Samples.report(List.of(verdicts)), Standard.levels(Set.of())));
    }
}
