package dev.pontoon.conformance;

import dev.pontoon.conformance.report.BadInput;
import dev.pontoon.conformance.report.Comparison;
import dev.pontoon.conformance.report.JsonReport;
import dev.pontoon.conformance.report.Judgement;
import dev.pontoon.conformance.report.Progress;
import dev.pontoon.conformance.report.Recorded;
import dev.pontoon.conformance.report.Standard;
import dev.pontoon.conformance.run.Report;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what two implementations, or two runs, disagree on. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Runs the same cases on two folders of plugins, or reads two JSON reports, and tells which verdicts differ.",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:no verdict differs",
            "1:at least one differs",
            "2:the command line is wrong, or there is nothing to compare",
            "3:the harness or this machine is at fault"
        },
        footer = {
            "",
            "Examples:",
            "  cni-conformance compare old.json new.json",
            "  cni-conformance compare /usr/lib/cni /opt/cni/bin --type bridge --cases del"
        })
final class CompareCommand implements Callable<Integer> {

    private final Main.Surroundings surroundings;

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "A",
            description = "A folder of plugins, or a JSON report.")
    private Path first = Path.of("");

    @Parameters(index = "1", paramLabel = "B", description = "Another one.")
    private Path second = Path.of("");

    @Option(
            names = "--cases",
            split = ",",
            paramLabel = "PREFIX",
            description = "Only these cases, as run takes them (default: all).")
    private List<String> cases = new ArrayList<>();

    @Mixin private JudgingOptions options = new JudgingOptions();

    CompareCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Comparison comparison = Comparison.of(recorded(first, out), recorded(second, out));
        print(comparison, out);
        if (comparison.same() == 0 && comparison.rows().isEmpty()) {
            throw new BadInput("the two have no verdict of the same plugin, case and builder");
        }
        return comparison.rows().isEmpty() ? 0 : 1;
    }

    private Recorded recorded(Path what, PrintWriter out) {
        if (!Files.isDirectory(what)) {
            return JsonReport.read(what);
        }
        var standard = Standard.levels(Set.of());
        Judging.Order order = options.order(what, Selection.of(cases));
        out.println("judging " + what);
        Report report =
                new Judging(order)
                        .report(plan ->
                                new Progress(out, plan, standard, surroundings.terminal(), false));
        return JsonReport.recorded(new Judgement(report, standard, List.of()));
    }

    private void print(Comparison comparison, PrintWriter out) {
        out.println();
        if (!comparison.rows().isEmpty()) {
            out.println("%-48s %-9s %-8s %-8s".formatted("", "level", "A", "B"));
        }
        for (Comparison.Row row : comparison.rows()) {
            out.println(
                    "%-48s %-9s %-8s %-8s"
                            .formatted(row.key(), row.level(), row.first(), row.second()));
            out.println("    " + row.what().lines().findFirst().orElse(""));
        }
        out.println();
        out.println("A is " + first + ", B is " + second);
        out.println(
                "%d verdicts differ, %d are the same, %d exist in one of them only"
                        .formatted(
                                comparison.rows().size(), comparison.same(), comparison.onlyOne()));
        out.println("next: cni-conformance explain ID tells of a case");
    }
}
