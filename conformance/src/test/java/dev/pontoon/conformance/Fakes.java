package dev.pontoon.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.namespace.Builders;
import dev.pontoon.conformance.namespace.NamespaceBuilder;
import dev.pontoon.conformance.run.Listener;
import dev.pontoon.conformance.run.Plan;
import dev.pontoon.conformance.run.Verdict;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Profile;
import dev.pontoon.conformance.subject.Subject;
import dev.pontoon.conformance.suite.Suite;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The good plugins and the broken ones, which are Python scripts beside the tests. */
final class Fakes {

    static final Map<String, Case> CASES =
            Suite.all().stream().collect(Collectors.toMap(Case::id, Function.identity()));

    static final Listener SILENT =
            new Listener() {
                @Override
                public void started(Plan.Entry entry) {}

                @Override
                public void ended(Verdict verdict) {}
            };

    private Fakes() {}

    /**
     * A plugin that breaks one rule.
     *
     * @param caught the id of the case that has to fail
     * @param name of the variant; the case's id and perhaps a number
     * @param type the type of plugin that is broken
     * @param says words that the failure has to have
     * @param builder the kind of namespace it shows on
     */
    record Variant(String caught, String name, String type, String says, String builder) {
        /** Whether it is the first that breaks this case. */
        boolean isFirst() {
            return name.equals(caught);
        }

        Path folderIn(Path parent) {
            return parent.resolve(name.replace('/', '+'));
        }
    }

    static List<Variant> variants() {
        var json = new ObjectMapper();
        List<Variant> variants = new ArrayList<>();
        for (String line : python("--list").lines().toList()) {
            try {
                JsonNode one = json.readTree(line);
                variants.add(
                        new Variant(
                                one.path("case").asText(),
                                one.path("variant").asText(),
                                one.path("type").asText(),
                                one.path("says").asText(),
                                one.at("/conf/builder").asText("ip-netns")));
            } catch (IOException e) {
                throw new AssertionError("breaking.py --list printed " + line, e);
            }
        }
        return variants;
    }

    static void installGood(Path folder) {
        python("--install", folder.toString());
    }

    static void installBroken(Path folder) {
        python("--install-all", folder.toString());
    }

    /** One case with one of the fakes; empty when it is not about plugins of that type. */
    static Optional<Plan.Entry> entry(Case tried, Path folder, String type, String builder) {
        Subject subject = new Subject(folder, Profile.known(type).orElseThrow());
        List<String> versions =
                Arrays.stream(CniVersion.values()).map(CniVersion::toString).toList();
        return Plan.of(
                        List.of(tried),
                        List.of(new Plan.Candidate(subject, versions)),
                        List.of(builder(builder)),
                        true,
                        Optional.empty())
                .entries()
                .stream()
                .findFirst();
    }

    private static NamespaceBuilder builder(String id) {
        return Builders.named(id).orElseThrow(() -> new AssertionError("no builder " + id));
    }

    private static String python(String... arguments) {
        List<String> line = new ArrayList<>(List.of("python3", script().toString()));
        line.addAll(List.of(arguments));
        try {
            var process =
                    new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            String out = new String(process.getInputStream().readAllBytes());
            if (process.waitFor() != 0) {
                throw new AssertionError(line + " ended with " + process.exitValue());
            }
            return out;
        } catch (IOException e) {
            throw new AssertionError(line + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Path script() {
        try {
            var url = Fakes.class.getResource("fakes/breaking.py");
            if (url == null) {
                throw new AssertionError("fakes/breaking.py is missing");
            }
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
