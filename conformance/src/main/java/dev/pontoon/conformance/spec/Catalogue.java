package dev.pontoon.conformance.spec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Everything that a plugin can be asked for, whether a case can decide it or not, so that coverage
 * is a number and not a hope.
 *
 * @param assertions by id, in the order of the spec
 * @param unverifiable why no case can decide it, by id
 */
public record Catalogue(Map<String, Assertion> assertions, Map<String, String> unverifiable) {

    /**
     * One thing that can be asked for.
     *
     * @param id {@code DEL-05}, or {@code E02} for a case of operators' reports
     * @param level {@code M} must, {@code S} should, {@code D} de facto, {@code R} recommended,
     *     {@code E} from operators' reports
     * @param sentence condition and what has to be seen
     */
    public record Assertion(String id, String level, String sentence) {}

    /**
     * How the catalogue and the cases fit together.
     *
     * @param covered ids that a case covers
     * @param undecidable ids that no case can decide
     * @param neither ids that are neither: a gap
     * @param unknown ids that cases name but the catalogue does not have
     */
    public record Coverage(
            Collection<String> covered,
            Collection<String> undecidable,
            Collection<String> neither,
            Collection<String> unknown) {}

    /**
     * Reads the harness's own lists.
     *
     * @throws IllegalStateException when they are broken
     */
    public static Catalogue load() {
        var assertions =
                lines("assertions.txt").stream()
                        .map(line -> line.split("\\|", 3))
                        .map(field -> new Assertion(field[0], field[1], field[2]))
                        .collect(
                                Collectors.toMap(
                                        Assertion::id,
                                        Function.identity(),
                                        (_, twice) -> {
                                            throw new IllegalStateException("two " + twice.id());
                                        },
                                        LinkedHashMap::new));
        var unverifiable =
                lines("unverifiable.txt").stream()
                        .map(line -> line.split("\\|", 2))
                        .collect(
                                Collectors.toMap(
                                        field -> field[0],
                                        field -> field[1],
                                        (first, _) -> first,
                                        LinkedHashMap::new));
        return new Catalogue(assertions, unverifiable);
    }

    private static List<String> lines(String name) {
        try (InputStream stream = Catalogue.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("the harness's own file " + name + " is missing");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException("read " + name, e);
        }
    }

    /**
     * @param rows the ids that cases say they cover
     */
    public Coverage coverage(Collection<String> rows) {
        var covered = new TreeSet<>(rows);
        covered.retainAll(assertions.keySet());
        var undecidable = new TreeSet<>(unverifiable.keySet());
        undecidable.removeAll(covered);
        var neither = new TreeSet<>(assertions.keySet());
        neither.removeAll(covered);
        neither.removeAll(undecidable);
        var unknown = new TreeSet<>(rows);
        unknown.addAll(unverifiable.keySet());
        unknown.removeAll(assertions.keySet());
        return new Coverage(covered, undecidable, neither, unknown);
    }
}
