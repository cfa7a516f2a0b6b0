package dev.pontoon.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.conformance.namespace.Builders;
import dev.pontoon.conformance.namespace.NamespaceBuilder;
import dev.pontoon.conformance.report.BadInput;
import dev.pontoon.conformance.report.KnownFindings;
import dev.pontoon.conformance.report.Standard;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.spec.Level;
import dev.pontoon.conformance.subject.Profile;
import dev.pontoon.conformance.subject.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which plugins are judged, on which namespaces, and by which standard. */
final class JudgingOptions {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final int DEFAULT_TIMEOUT = 60;

    /** Which namespaces a run uses when no builder is named. */
    enum Breadth {
        QUICK,
        FULL
    }

    @Option(
            names = "--type",
            split = ",",
            paramLabel = "TYPE",
            description =
                    "Plugins to judge, by the names of their executables (default: every executable of the folder that the harness knows).")
    private List<String> types = new ArrayList<>();

    @Option(
            names = "--conf",
            paramLabel = "FILE",
            description =
                    "Judge this network, a conflist: its first plugin as the cases ask for, the others behind it as in a runtime.")
    private @Nullable Path conf;

    @Option(
            names = "--profile-file",
            paramLabel = "FILE",
            description =
                    "JSON that describes a type of plugin the harness does not know: type, is, can, config, invalid, permanent.")
    private List<Path> profileFiles = new ArrayList<>();

    @Option(
            names = "--builder",
            split = ",",
            paramLabel = "ID",
            description = "Kinds of namespace to try every case on, or all (default: ip-netns).")
    private List<String> builders = new ArrayList<>();

    @Option(
            names = "--profile",
            paramLabel = "quick|full",
            description =
                    "quick: ip-netns only, and not the cases that call a plugin dozens of times unless they are named. full: all cases, and on every other kind that works here those that are about the kind (default: all cases, ip-netns only).")
    private @Nullable Breadth breadth;

    @Option(
            names = "--level",
            split = ",",
            paramLabel = "LEVEL",
            description =
                    "Failures of these levels count too: should, de-facto, may. A must, and anything left behind, always counts.")
    private Set<Level> levels = Set.of();

    @Option(
            names = "--known",
            paramLabel = "FILE",
            description =
                    "Findings that are expected, a \"PLUGIN:CASE@BUILDER reason\" in each line (@* for every builder). Exactly these make a good run: whatever else fails counts, of any level, and one that passes by now does too.")
    private @Nullable Path known;

    @Option(
            names = "--spec-version",
            paramLabel = "VERSION",
            description =
                    "Ask for this version only, 0.1.0 to 1.1.0 (default: the newest that plugin and case have in common).")
    private @Nullable CniVersion version;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description =
                    "A call of a plugin that takes longer is ended, and failed (default: 60).")
    private int timeout = DEFAULT_TIMEOUT;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description =
                    "How many cases are tried at once (default: as many as there are processors).")
    private int jobs = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--prepare",
            paramLabel = "COMMAND",
            description =
                    "A shell runs this in every host before anything is tried there, to start a daemon that the plugins talk to, say. It must come to an end.")
    private String preparation = "";

    /** What counts. */
    Standard standard() {
        return known == null ? Standard.levels(levels) : Standard.known(KnownFindings.read(known));
    }

    /** An order for the plugins of a folder. */
    Judging.Order order(Path folder, Selection selection) {
        if (timeout < 1 || jobs < 1) {
            throw new BadInput("--timeout and --jobs are at least 1");
        }
        return new Judging.Order(
                judged(folder),
                subjects(folder),
                breadth == Breadth.QUICK ? selection.quickCases() : selection.cases(),
                chosenBuilders(),
                !builders.isEmpty(),
                Optional.ofNullable(version),
                Duration.ofSeconds(timeout),
                jobs,
                preparation);
    }

    /** As reports name it. */
    private String judged(Path folder) {
        String given = (conf == null ? folder : conf).toString();
        return preparation.isEmpty() ? given : given + ", each host after: " + preparation;
    }

    /** The options that have to be given once more to try the same again. */
    List<String> again() {
        List<String> again = new ArrayList<>();
        if (conf != null) {
            again.addAll(List.of("--conf", conf.toString()));
        }
        for (Path file : profileFiles) {
            again.addAll(List.of("--profile-file", file.toString()));
        }
        if (!preparation.isEmpty()) {
            again.addAll(List.of("--prepare", preparation));
        }
        if (timeout != DEFAULT_TIMEOUT) {
            again.addAll(List.of("--timeout", Integer.toString(timeout)));
        }
        return again;
    }

    private List<NamespaceBuilder> chosenBuilders() {
        if (!builders.isEmpty() && breadth != null) {
            throw new BadInput("--builder names what --profile would choose: give one of them");
        }
        if (builders.contains("all") || breadth == Breadth.FULL) {
            return Builders.all();
        }
        return builders.isEmpty()
                ? List.of(Builders.all().getFirst())
                : builders.stream().distinct().map(JudgingOptions::builder).toList();
    }

    private static NamespaceBuilder builder(String id) {
        return Builders.named(id)
                .orElseThrow(() ->
                        new BadInput(
                                "no builder is called "
                                        + id
                                        + "; there are "
                                        + Builders.all().stream()
                                                .map(NamespaceBuilder::id)
                                                .collect(Collectors.joining(", "))));
    }

    private List<Subject> subjects(Path given) {
        if (!Files.isDirectory(given)) {
            throw new BadInput(given + " is no folder; --plugins names the one with the plugins");
        }
        Path folder = given.toAbsolutePath().normalize();
        if (conf != null) {
            return List.of(network(folder, conf));
        }
        Map<String, Profile> written = new LinkedHashMap<>();
        for (Path file : profileFiles) {
            Profile profile = profile(file);
            written.put(profile.type(), profile);
        }
        List<Subject> subjects =
                types.isEmpty()
                        ? everyKnown(folder, written)
                        : types.stream()
                                .distinct()
                                .map(type -> named(folder, type, written))
                                .toList();
        if (subjects.isEmpty()) {
            throw new BadInput(
                    given
                            + " holds no plugin that the harness knows; --profile-file describes"
                            + " others");
        }
        return subjects;
    }

    private Subject network(Path folder, Path file) {
        if (!types.isEmpty() || !profileFiles.isEmpty()) {
            throw new BadInput(
                    "--conf names the plugins itself: leave out --type and --profile-file");
        }
        try {
            JsonNode conflist = JSON.readTree(Files.readString(file));
            for (JsonNode plugin : conflist.path("plugins")) {
                executable(folder, plugin.path("type").asText());
            }
            return Subject.ofNetwork(folder, conflist);
        } catch (IOException | IllegalArgumentException e) {
            throw new BadInput("read the network " + file + ": " + e.getMessage(), e);
        }
    }

    private static void executable(Path folder, String type) {
        Path file = folder.resolve(type);
        if (!Files.isRegularFile(file) || !Files.isExecutable(file)) {
            throw new BadInput(file + " is no executable");
        }
    }

    private static Profile profile(Path file) {
        try {
            JsonNode json = JSON.readTree(Files.readString(file));
            if (!json.path("type").isTextual()) {
                throw new BadInput(file + ": a profile is a JSON object with a \"type\"");
            }
            return Profile.of(json);
        } catch (IOException | IllegalArgumentException e) {
            throw new BadInput("read the profile " + file + ": " + e.getMessage(), e);
        }
    }

    private static List<Subject> everyKnown(Path folder, Map<String, Profile> written) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isExecutable)
                    .filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .flatMap(type -> profile(type, written).stream())
                    .map(profile -> new Subject(folder, profile))
                    .toList();
        } catch (IOException e) {
            throw new BadInput("read " + folder + ": " + e, e);
        }
    }

    private static Optional<Profile> profile(String type, Map<String, Profile> written) {
        return Optional.ofNullable(written.get(type)).or(() -> Profile.known(type));
    }

    private static Subject named(Path folder, String type, Map<String, Profile> written) {
        executable(folder, type);
        return profile(type, written)
                .map(profile -> new Subject(folder, profile))
                .orElseThrow(() ->
                        new BadInput(
                                "the harness knows no plugin of type "
                                        + type
                                        + "; describe it with --profile-file"));
    }
}
