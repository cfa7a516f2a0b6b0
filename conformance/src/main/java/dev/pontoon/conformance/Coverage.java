package dev.pontoon.conformance;

import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.spec.Catalogue;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What of the catalogue of assertions the cases cover, as text. */
final class Coverage {

    private static final List<Map.Entry<String, String>> LEVELS =
            List.of(
                    Map.entry("M", "must"),
                    Map.entry("S", "should"),
                    Map.entry("D", "de facto"),
                    Map.entry("R", "recommended"),
                    Map.entry("E", "from operators' reports"));

    private final Catalogue catalogue;
    private final Catalogue.Coverage coverage;
    private final PrintWriter out;

    private Coverage(Catalogue catalogue, Catalogue.Coverage coverage, PrintWriter out) {
        this.catalogue = catalogue;
        this.coverage = coverage;
        this.out = out;
    }

    /**
     * Prints it.
     *
     * @return 0 when every assertion is covered or cannot be, else 1
     */
    static int print(Catalogue catalogue, List<Case> cases, PrintWriter out) {
        List<String> rows = cases.stream().flatMap(one -> one.rows().stream()).toList();
        return new Coverage(catalogue, catalogue.coverage(rows), out).print();
    }

    private int print() {
        undecidable();
        named("No case covers these yet:", coverage.neither());
        unknown();
        out.println(
                "%d assertions: %d covered by cases, %d that no case can decide, %d neither"
                        .formatted(
                                catalogue.assertions().size(),
                                coverage.covered().size(),
                                coverage.undecidable().size(),
                                coverage.neither().size()));
        levels();
        boolean complete = coverage.neither().isEmpty() && coverage.unknown().isEmpty();
        out.println(
                complete
                        ? "next: cni-conformance list ASSERTION tells which cases cover one"
                        : "next: write a case for what is neither, or say in unverifiable.txt why there is none");
        return complete ? 0 : 1;
    }

    private void undecidable() {
        if (!coverage.undecidable().isEmpty()) {
            out.println("No case can decide these:");
            coverage.undecidable()
                    .forEach(id -> out.println("  %-8s %s".formatted(id, reason(id))));
            out.println();
        }
    }

    private String reason(String id) {
        return catalogue.unverifiable().getOrDefault(id, "");
    }

    private void named(String title, Collection<String> ids) {
        if (!ids.isEmpty()) {
            out.println(title);
            for (String id : ids) {
                Catalogue.Assertion assertion = catalogue.assertions().get(id);
                if (assertion != null) {
                    out.println(
                            "  %-8s %s  %s".formatted(id, assertion.level(), assertion.sentence()));
                }
            }
            out.println();
        }
    }

    private void unknown() {
        if (!coverage.unknown().isEmpty()) {
            out.println(
                    "Named by cases, but in no catalogue: "
                            + String.join(", ", coverage.unknown()));
            out.println();
        }
    }

    /** A line for each kind of assertion. */
    private void levels() {
        for (Map.Entry<String, String> level : LEVELS) {
            List<String> ids =
                    catalogue.assertions().values().stream()
                            .filter(assertion -> assertion.level().startsWith(level.getKey()))
                            .map(Catalogue.Assertion::id)
                            .toList();
            if (!ids.isEmpty()) {
                long covered = ids.stream().filter(coverage.covered()::contains).count();
                out.println(
                        "  %-24s %3d of %3d covered"
                                .formatted(level.getValue(), covered, ids.size()));
            }
        }
    }
}
