package dev.pontoon.conformance;

import dev.pontoon.conformance.host.RunFolder;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Removes what killed runs left. */
@Command(
        name = "clean",
        mixinStandardHelpOptions = true,
        description = {
            "Removes what runs that were killed left on this machine.",
            "Their namespaces, mounts and processes ended with them; what stays is an empty folder below"
                    + " /run/cni-conformance, and perhaps control groups. Runs that go on are left alone."
        },
        footer = {"", "Example:", "  cni-conformance clean"})
final class CleanCommand implements Callable<Integer> {

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        List<String> removed = RunFolder.cleanAbandoned();
        removed.forEach(out::println);
        List<Long> running = RunFolder.running();
        if (!running.isEmpty()) {
            out.println("left alone: runs that go on, of the processes " + running);
        }
        out.println(removed.isEmpty() ? "nothing was left behind" : "done; nothing else is left");
        return 0;
    }
}
