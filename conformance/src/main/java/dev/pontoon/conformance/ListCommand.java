package dev.pontoon.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.report.JsonReport;
import dev.pontoon.conformance.spec.Catalogue;
import dev.pontoon.conformance.suite.Suite;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells which cases there are. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the cases, without running any.",
        footer = {
            "",
            "Examples:",
            "  cni-conformance list del            the cases whose ids begin with del",
            "  cni-conformance list E02            the cases that cover the assertion E02",
            "  cni-conformance list --coverage     which assertions are covered, and which cannot be"
        })
final class ListCommand implements Callable<Integer> {

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Mixin private Selection selection = new Selection();

    @Option(
            names = "--json",
            description = "As a JSON array, with everything that is known of each.")
    private boolean json;

    @Option(
            names = "--coverage",
            description =
                    "How many of the spec's assertions the cases cover; names those that none does.")
    private boolean coverage;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
        if (coverage) {
            return Coverage.print(Catalogue.load(), Suite.all(), out);
        }
        List<Case> cases = selection.cases();
        if (json) {
            ArrayNode array = new ObjectMapper().createArrayNode();
            cases.forEach(one -> JsonReport.describe(one, array.addObject()));
            out.println(array.toPrettyString());
            return 0;
        }
        cases.forEach(one -> print(one, out));
        out.println();
        out.println(
                cases.size()
                        + (cases.size() == 1 ? " case" : " cases")
                        + "; next: cni-conformance explain ID, or run PREFIX");
        return 0;
    }

    private static void print(Case one, PrintWriter out) {
        out.println(
                "%-40s %-9s %s to %s%s"
                        .formatted(
                                one.id(),
                                one.level(),
                                one.since(),
                                one.until(),
                                one.everywhere() ? ", on every kind of namespace" : ""));
        out.println("    when " + one.when());
        out.println("    then " + one.then());
    }
}
