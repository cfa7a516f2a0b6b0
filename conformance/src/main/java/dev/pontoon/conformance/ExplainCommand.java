package dev.pontoon.conformance;

import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Need;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tells all about one case. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Tells what one case demands, who says so, and how to run it.",
        footer = {"", "Example:", "  cni-conformance explain del/repeated"})
final class ExplainCommand implements Callable<Integer> {

    private final Main.Surroundings surroundings;

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "ID",
            description = "The case's id, or an assertion that one case covers.")
    private String id = "";

    ExplainCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Case one = Selection.named(id);
        lines(one).forEach(out::println);
        out.println();
        out.println(
                "next: "
                        + String.join(
                                " ", surroundings.command(List.of("run", one.id(), "--verbose"))));
        return 0;
    }

    private static List<String> lines(Case one) {
        return List.of(
                one.id() + " (" + one.level() + ")",
                "",
                "  When       " + one.when(),
                "  then       " + one.then() + ".",
                "",
                "  Source     "
                        + one.clause().source().title()
                        + ": \""
                        + one.clause().quote()
                        + "\"",
                "             " + one.clause().link(),
                "  Covers     " + orNone(String.join(", ", one.rows())),
                "  Versions   " + one.since() + " to " + one.until(),
                "  Plugins    " + plugins(one),
                "  Machine    " + needs(one),
                "  Namespaces " + namespaces(one),
                "",
                "  A plugin fails it by anything else than the above, by a call that does not end in time,",
                "  and by leaving behind (or taking away) links, addresses, routes, rules, sysctls or files.");
    }

    private static String orNone(String text) {
        return text.isEmpty() ? "none of the numbered assertions" : text;
    }

    private static String plugins(Case one) {
        return one.traits().isEmpty()
                ? "all"
                : "those with "
                        + one.traits().stream()
                                .map(Object::toString)
                                .sorted()
                                .collect(Collectors.joining(", "));
    }

    private static String needs(Case one) {
        return one.needs().isEmpty()
                ? "needs nothing special"
                : "needs "
                        + one.needs().stream()
                                .sorted()
                                .map(Need::what)
                                .collect(Collectors.joining(", "));
    }

    private static String namespaces(Case one) {
        return one.everywhere()
                ? "every kind in a full run, because the kind matters"
                : "ip netns add; others when --builder names them";
    }
}
