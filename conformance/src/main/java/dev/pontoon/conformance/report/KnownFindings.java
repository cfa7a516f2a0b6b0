package dev.pontoon.conformance.report;

import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Report;
import dev.pontoon.conformance.run.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Findings that are expected, from a file with one in each line: {@code KEY reason}. A key is as
 * reports have it, {@code bridge:del/twice@ip-netns}; {@code @*} stands for every builder. Empty
 * lines and lines that begin with {@code #} say nothing.
 */
public final class KnownFindings {

    private final Map<String, String> reasons;

    private KnownFindings(Map<String, String> reasons) {
        this.reasons = reasons;
    }

    /**
     * Reads a file.
     *
     * @throws BadInput when it cannot be read, or a line is not a key and a reason
     */
    public static KnownFindings read(Path file) {
        try {
            return parse(Files.readAllLines(file), file.toString());
        } catch (IOException e) {
            throw new BadInput("read the known findings in " + file + ": " + e, e);
        }
    }

    static KnownFindings parse(List<String> lines, String origin) {
        Map<String, String> reasons = new LinkedHashMap<>();
        int number = 0;
        for (String line : lines) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] part = line.strip().split("\\s+", 2);
            if (part.length < 2 || !part[0].matches("[^:@]+:[^:@]+@[^:@]+")) {
                throw new BadInput(
                        "%s, line %d: not \"PLUGIN:CASE@BUILDER reason\": %s"
                                .formatted(origin, number, line));
            }
            if (reasons.putIfAbsent(part[0], part[1]) != null) {
                throw new BadInput(
                        "%s, line %d: %s is listed twice".formatted(origin, number, part[0]));
            }
        }
        return new KnownFindings(reasons);
    }

    /** Why a verdict is expected to have failed. */
    Optional<String> reason(Verdict verdict) {
        return Optional.ofNullable(reasons.get(verdict.key()))
                .or(() -> Optional.ofNullable(reasons.get(everyBuilder(verdict))));
    }

    /**
     * The keys of findings that a run should have had and had not: their cases were tried, none
     * failed and at least one passed.
     */
    public List<String> vanished(Report report) {
        return reasons.keySet().stream().filter(key -> vanished(key, report)).toList();
    }

    private static boolean vanished(String key, Report report) {
        List<Outcome> outcomes =
                report.verdicts().stream()
                        .filter(verdict ->
                                verdict.key().equals(key) || everyBuilder(verdict).equals(key))
                        .map(Verdict::outcome)
                        .toList();
        return outcomes.stream().anyMatch(Outcome.Passed.class::isInstance)
                && outcomes.stream().noneMatch(Outcome.Failed.class::isInstance);
    }

    private static String everyBuilder(Verdict verdict) {
        return verdict.key().substring(0, verdict.key().lastIndexOf('@')) + "@*";
    }
}
