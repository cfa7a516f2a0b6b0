package dev.pontoon.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.RunFolder;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.namespace.NamespaceBuilder;
import dev.pontoon.conformance.run.Listener;
import dev.pontoon.conformance.run.Plan;
import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.run.Runner;
import dev.pontoon.conformance.run.Verdict;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** One run, from what was asked for to the report. */
final class Judging {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Order order;

    /**
     * What was asked for.
     *
     * @param folder as the user wrote it, and what is peculiar to this run, in words
     * @param subjects the plugins
     * @param cases to be tried
     * @param builders the first of them is the one that every case is tried on
     * @param everyCaseEverywhere whether every case is tried on the others too
     * @param version the version to ask for; empty: the newest that fits each case
     * @param timeout for each call of a plugin
     * @param jobs how many cases are tried at once
     * @param preparation what a shell runs in every host first; empty for nothing
     */
    record Order(
            String folder,
            List<Subject> subjects,
            List<Case> cases,
            List<NamespaceBuilder> builders,
            boolean everyCaseEverywhere,
            Optional<CniVersion> version,
            Duration timeout,
            int jobs,
            String preparation) {}

    Judging(Order order) {
        this.order = order;
    }

    /**
     * Runs it.
     *
     * @param listener hears of it; made when it is known what will be tried
     */
    Report report(Function<Plan, Listener> listener) {
        RunFolder.cleanAbandoned();
        Instant started = Instant.now();
        try (RunFolder run = RunFolder.create(order.preparation());
                Runner runner = new Runner(run, order.timeout(), order.jobs())) {
            List<Report.Unavailable> unavailable = new ArrayList<>();
            List<NamespaceBuilder> available = available(runner, unavailable);
            List<Plan.Candidate> candidates = candidates(run);
            Plan plan =
                    Plan.of(
                            order.cases(),
                            candidates,
                            available,
                            order.everyCaseEverywhere(),
                            order.version());
            List<Verdict> verdicts = runner.run(plan, listener.apply(plan));
            return new Report(
                    order.folder(),
                    candidates.stream().map(Judging::introduced).toList(),
                    order.builders(),
                    unavailable,
                    verdicts,
                    machine(),
                    started,
                    Duration.between(started, Instant.now()));
        }
    }

    private List<NamespaceBuilder> available(Runner runner, List<Report.Unavailable> unavailable) {
        List<NamespaceBuilder> available = new ArrayList<>();
        List<Optional<String>> missing = runner.missing(order.builders());
        for (int index = 0; index < missing.size(); index++) {
            NamespaceBuilder builder = order.builders().get(index);
            missing.get(index)
                    .ifPresentOrElse(
                            reason -> unavailable.add(new Report.Unavailable(builder.id(), reason)),
                            () -> available.add(builder));
        }
        return available;
    }

    private List<Plan.Candidate> candidates(RunFolder run) {
        try (Host host = Host.create(run)) {
            return order.subjects().stream()
                    .map(subject -> new Plan.Candidate(subject, advertised(host, subject)))
                    .toList();
        }
    }

    /** What VERSION answers; nothing when that is no answer, which a case of its own judges. */
    private List<String> advertised(Host host, Subject subject) {
        Output output =
                host.run(
                        new Invocation(
                                List.of(subject.executable().toString()),
                                new TreeMap<>(
                                        Map.of(
                                                "CNI_COMMAND",
                                                "VERSION",
                                                "CNI_PATH",
                                                subject.folder().toString())),
                                Invocation.Stdin.text("{\"cniVersion\":\"1.1.0\"}"),
                                order.timeout()));
        List<String> versions = new ArrayList<>();
        try {
            JsonNode answer = JSON.readTree(output.out());
            answer.path("supportedVersions").forEach(version -> versions.add(version.asText()));
        } catch (JsonProcessingException _) {
            return List.of();
        }
        return versions;
    }

    private static Report.Plugin introduced(Plan.Candidate candidate) {
        return new Report.Plugin(candidate.subject().name(), candidate.advertised());
    }

    private static String machine() {
        String kernel =
                "Linux " + System.getProperty("os.version") + " " + System.getProperty("os.arch");
        try {
            return Files.readAllLines(Path.of("/etc/os-release")).stream()
                    .filter(line -> line.startsWith("PRETTY_NAME="))
                    .map(line -> line.substring("PRETTY_NAME=".length()).replace("\"", ""))
                    .findFirst()
                    .map(name -> kernel + ", " + name)
                    .orElse(kernel);
        } catch (IOException _) {
            // A machine without the file still has a kernel.
            return kernel;
        }
    }
}
