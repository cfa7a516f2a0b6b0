package dev.pontoon.conformance;

import dev.pontoon.conformance.report.Judgement;
import dev.pontoon.conformance.report.Progress;
import dev.pontoon.conformance.report.Standard;
import dev.pontoon.conformance.report.Summary;
import dev.pontoon.conformance.run.Plan;
import dev.pontoon.conformance.run.Report;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tries cases on plugins. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Judges the plugins of a folder, or a network of them.",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:something was tried, and nothing that counts failed",
            "1:something that counts failed, or the findings are not those of --known",
            "2:the command line is wrong, or nothing was selected",
            "3:the harness or this machine is at fault"
        },
        footer = {
            "",
            "Examples:",
            "  cni-conformance run                                  all known plugins of /opt/cni/bin",
            "  cni-conformance run del --type bridge                the DEL cases, with bridge only",
            "  cni-conformance run --builder runc-gap,docker        every case on these namespaces",
            "  cni-conformance run --conf 10-net.conflist           the network of this file",
            "  cni-conformance run --profile full --html page.html  everything, as a page to read",
            "  cni-conformance run --level should --junit out.xml   should counts too, for a build server"
        })
final class RunCommand implements Callable<Integer> {

    private final Main.Surroundings surroundings;

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Mixin private Selection selection = new Selection();

    @Option(
            names = "--plugins",
            paramLabel = "DIR",
            description = "The folder with the plugins (default: /opt/cni/bin).")
    private Path plugins = Path.of("/opt/cni/bin");

    @Mixin private JudgingOptions options = new JudgingOptions();

    @Mixin private ReportFiles files = new ReportFiles();

    @Option(
            names = "--verbose",
            description = "A line for each verdict, and in full also what does not count.")
    private boolean verbose;

    RunCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Judging.Order order = options.order(plugins, selection);
        Standard standard = options.standard();
        files.prepare();
        Report report = new Judging(order).report(plan -> progress(out, plan, standard));
        var judgement = new Judgement(report, standard, again());
        List<Path> written = files.write(judgement);
        Summary.print(judgement, verbose, out);
        if (report.verdicts().isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println(
                            "nothing was tried: no selected case is for these plugins, versions and namespaces");
        }
        out.println(next(written, Summary.exitStatus(judgement)));
        return Summary.exitStatus(judgement);
    }

    private List<String> again() {
        List<String> again =
                new ArrayList<>(
                        List.of(
                                "run",
                                "--plugins",
                                plugins.toAbsolutePath().normalize().toString()));
        again.addAll(options.again());
        return surroundings.command(again);
    }

    private Progress progress(PrintWriter out, Plan plan, Standard standard) {
        return new Progress(out, plan, standard, surroundings.terminal(), verbose);
    }

    private static String next(List<Path> written, int status) {
        String files = written.stream().map(Path::toString).collect(Collectors.joining(", "));
        if (!files.isEmpty()) {
            return "wrote " + files;
        }
        return status == 0
                ? "next: --profile full tries more kinds of namespace, --html FILE writes a page to read"
                : "next: cni-conformance explain ID tells of a case, --html FILE writes a page to read";
    }
}
