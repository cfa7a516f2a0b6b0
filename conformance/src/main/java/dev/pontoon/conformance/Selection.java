package dev.pontoon.conformance;

import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.report.BadInput;
import dev.pontoon.conformance.suite.Suite;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Parameters;

/** The cases a user names. */
final class Selection {

    @Parameters(
            paramLabel = "PREFIX",
            arity = "0..*",
            description =
                    "Cases by id, or by how their ids begin: del/repeated, del, e02 (default: all).")
    private List<String> prefixes = new ArrayList<>();

    static Selection of(List<String> prefixes) {
        var selection = new Selection();
        selection.prefixes = List.copyOf(prefixes);
        return selection;
    }

    /**
     * In the suite's order.
     *
     * @throws BadInput when one of the names means no case
     */
    List<Case> cases() {
        if (prefixes.isEmpty()) {
            return Suite.all();
        }
        Set<Case> chosen = new LinkedHashSet<>();
        prefixes.forEach(prefix -> chosen.addAll(meant(prefix)));
        return Suite.all().stream().filter(chosen::contains).toList();
    }

    /** As {@link #cases}, but when none is named without those that take long. */
    List<Case> quickCases() {
        return cases().stream().filter(one -> !prefixes.isEmpty() || !one.thorough()).toList();
    }

    /** The case of that id alone, else those that begin so, else those that cover the assertion. */
    private static List<Case> meant(String name) {
        List<Case> exactly = Suite.all().stream().filter(one -> one.id().equals(name)).toList();
        if (!exactly.isEmpty()) {
            return exactly;
        }
        List<Case> found =
                Suite.all().stream()
                        .filter(one ->
                                one.id().startsWith(name)
                                        || one.rows().stream().anyMatch(name::equalsIgnoreCase))
                        .toList();
        if (found.isEmpty()) {
            throw new BadInput(
                    "no case is called or begins with "
                            + name
                            + "; groups are "
                            + groups()
                            + "; all cases: cni-conformance list");
        }
        return found;
    }

    private static String groups() {
        return Suite.all().stream()
                .map(one -> one.id().substring(0, one.id().indexOf('/')))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    /** The case of that id. */
    static Case named(String id) {
        List<Case> found = meant(id);
        if (found.size() > 1) {
            throw new BadInput(
                    id
                            + " means several cases: "
                            + found.stream().map(Case::id).collect(Collectors.joining(", ")));
        }
        return found.getFirst();
    }
}
