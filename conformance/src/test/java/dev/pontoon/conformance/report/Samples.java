package dev.pontoon.conformance.report;

import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.lab.Transcript;
import dev.pontoon.conformance.namespace.Builders;
import dev.pontoon.conformance.namespace.NamespaceBuilder;
import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.run.Verdict;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.spec.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reports of runs that never were. */
final class Samples {

    /**
     * What a hostile plugin prints: markup, controls, a half surrogate, a fence, a comment's end.
     */
    static final String NASTY =
            "</script><b>&amp;\"'\u0000\u001b[31m\ud800 ]]> --> ``` # * | \\ 1.0.0\n...\n---\nTAP";

    private Samples() {}

    static Case tried(String id, Level level) {
        return Case.named(id)
                .level(level)
                .spec("del", "Plugins MUST accept multiple `DEL` calls for <the> same pair.")
                .rows("DEL-02")
                .since(CniVersion.V0_4_0)
                .when("DEL is called twice")
                .then("both calls succeed & nothing is left")
                .run(_ -> {});
    }

    static Verdict verdict(String plugin, Case tried, String builder, Outcome outcome) {
        return new Verdict(tried, plugin, builder, "1.1.0", outcome, Duration.ofMillis(1234));
    }

    static Transcript transcript(String said) {
        var environment =
                new TreeMap<>(
                        Map.of(
                                "CNI_COMMAND", "DEL",
                                "CNI_CONTAINERID", "c1",
                                "CNI_IFNAME", "eth0",
                                "CNI_NETNS", "/run/netns/c1",
                                "CNI_PATH", "/opt/cni/bin"));
        String configuration = "{\"cniVersion\":\"1.1.0\",\"name\":\"t\",\"type\":\"bridge\"}";
        return new Transcript(
                List.of(
                        new Transcript.Called(
                                "/opt/cni/bin/bridge",
                                environment,
                                configuration,
                                0,
                                "",
                                "",
                                "",
                                31),
                        new Transcript.Noted("ip netns del c1"),
                        new Transcript.Called(
                                "/opt/cni/bin/bridge",
                                environment,
                                configuration,
                                137,
                                said,
                                "panic: " + said,
                                "killed after 60 s",
                                60_000),
                        new Transcript.Compared(
                                "the host, before and after",
                                List.of(
                                        "+ link veth12 {\"mtu\":1500}",
                                        "- route main",
                                        "~ sysctl a: 0 -> 1")),
                        new Transcript.Compared("the container", List.of())));
    }

    static Outcome failed(String actual) {
        return new Outcome.Failed(
                List.of(
                        new Outcome.Finding(
                                Outcome.Kind.REQUIREMENT, List.of("exit 0", "exit 11"), actual)),
                transcript(actual));
    }

    static Outcome leftover() {
        return new Outcome.Failed(
                List.of(
                        new Outcome.Finding(
                                Outcome.Kind.LEFTOVER,
                                List.of("nothing left on the host"),
                                "+ link veth12\n+ file /var/lib/cni/x")),
                transcript("left"));
    }

    static Outcome broken() {
        return new Outcome.Broken(
                "the case itself: java.lang.IllegalStateException: <oops>\n\tat a.B.c(B.java:1)",
                transcript("broken"));
    }

    /** One verdict of each kind, and two with nothing but trouble in their words. */
    static Report everyOutcome() {
        return report(
                List.of(
                        verdict(
                                "bridge",
                                tried("add/first", Level.MUST),
                                "ip-netns",
                                new Outcome.Passed()),
                        verdict(
                                "bridge",
                                tried("del/repeated", Level.MUST),
                                "ip-netns",
                                failed("exit 1")),
                        verdict("bridge", tried("del/left", Level.SHOULD), "ip-netns", leftover()),
                        verdict(
                                "bridge",
                                tried("del/gone", Level.SHOULD),
                                "ip-netns",
                                failed(NASTY)),
                        verdict(
                                "bridge",
                                tried("gc/skipped", Level.MUST),
                                "ip-netns",
                                new Outcome.Skipped("this machine lacks # the nft command")),
                        verdict("bridge", tried("gc/broken", Level.MUST), "ip-netns", broken()),
                        verdict(
                                "bridge",
                                tried("del/repeated", Level.MUST),
                                "unshare",
                                failed(NASTY)),
                        verdict(
                                "static",
                                tried("add/first", Level.MUST),
                                "ip-netns",
                                new Outcome.Passed())));
    }

    static Report report(List<Verdict> verdicts) {
        return report(verdicts, Instant.parse("2026-01-02T03:04:05Z"), "Linux 6.1, Debian <12>");
    }

    static Report report(List<Verdict> verdicts, Instant started, String machine) {
        List<NamespaceBuilder> builders = Builders.all();
        return new Report(
                "/opt/cni bin/it's",
                List.of(
                        new Report.Plugin("bridge", List.of("0.4.0", "1.0.0", "1.1.0")),
                        new Report.Plugin("static", List.of())),
                builders,
                List.of(
                        new Report.Unavailable(
                                builders.getLast().id(), "containerd is not installed")),
                verdicts,
                machine,
                started,
                Duration.ofSeconds(12));
    }

    /**
     * A run as large as a full one: four plugins, a hundred and fifty cases, ten builders, 1 in 60
     * failed.
     */
    static Report large() {
        List<Verdict> verdicts = new ArrayList<>();
        List<NamespaceBuilder> builders = Builders.all();
        for (String plugin : List.of("bridge", "host-local", "loopback", "static")) {
            for (int builder = 0; builder < 10; builder++) {
                for (int number = 0; number < (builder == 0 ? 105 : 30); number++) {
                    Outcome outcome =
                            (number * 7 + builder) % 60 == 0
                                    ? failed("exit " + builder)
                                    : new Outcome.Passed();
                    String group = List.of("add", "check", "del", "gc", "version").get(number / 21);
                    verdicts.add(
                            verdict(
                                    plugin,
                                    tried(
                                            group + "/case-number-" + number,
                                            Level.values()[number % 4]),
                                    builders.get(builder % builders.size()).id(),
                                    outcome));
                }
            }
        }
        return report(verdicts);
    }

    static Judgement judged(Report report) {
        return judged(report, Standard.levels(Set.of()));
    }

    static Judgement judged(Report report, Standard standard) {
        return new Judgement(
                report, standard, List.of("cni-conformance", "run", "--plugins", report.folder()));
    }
}
