package dev.pontoon.conformance;

import dev.pontoon.conformance.host.RunFolder;
import dev.pontoon.conformance.namespace.Builders;
import dev.pontoon.conformance.namespace.NamespaceBuilder;
import dev.pontoon.conformance.run.Runner;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells in which ways namespaces can be built. */
@Command(
        name = "builders",
        mixinStandardHelpOptions = true,
        description = "Lists the ways in which the harness builds network namespaces.",
        footer = {
            "",
            "Examples:",
            "  cni-conformance builders            all, and how each does it",
            "  cni-conformance builders --probe    also tries each on this machine (needs root)"
        })
final class BuildersCommand implements Callable<Integer> {

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Option(
            names = "--probe",
            description = "Build one namespace with each, and tell which cannot work here and why.")
    private boolean probe;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (probe) {
            probed(out);
        } else {
            Builders.all().forEach(builder -> print(builder, out));
        }
        out.println();
        out.println(
                Builders.all().size()
                        + " kinds of namespace; next: cni-conformance run --builder ID"
                        + (probe ? "" : ", or builders --probe"));
        return 0;
    }

    private static void probed(PrintWriter out) {
        try (RunFolder run = RunFolder.create();
                Runner runner = new Runner(run, Duration.ofMinutes(1), 1)) {
            for (NamespaceBuilder builder : Builders.all()) {
                print(builder, out);
                Optional<String> missing = runner.missing(builder);
                out.println(
                        missing.map(reason -> "    not here:  " + reason).orElse("    works here"));
                out.flush();
            }
        }
    }

    private static void print(NamespaceBuilder builder, PrintWriter out) {
        NamespaceBuilder.Shape shape = builder.shape();
        out.println(builder.id() + ": " + builder.title());
        out.println(
                "    made by    " + shape.maker() + ", in " + shape.owner() + " user namespace");
        out.println("    kept by    " + shape.pin());
        out.println("    CNI_NETNS  " + shape.path());
        out.println("    ADD comes  " + shape.moment());
        out.println("    DEL finds  " + shape.atDel());
    }
}
