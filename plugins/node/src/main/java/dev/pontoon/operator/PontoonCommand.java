package dev.pontoon.operator;

import dev.pontoon.doctor.DoctorCommand;
import dev.pontoon.protocol.CniVersion;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pontoon}, the command for whoever runs a node. */
@Command(
        name = "pontoon",
        description = "Looks after Pontoon's CNI plugins on this node.",
        versionProvider = PontoonCommand.Version.class,
        subcommands = {
            StatusCommand.class,
            ListCommand.class,
            ShowCommand.class,
            GcCommand.class,
            AddCommand.class,
            DelCommand.class,
            CheckCommand.class,
            OciHookCommand.class,
            DoctorCommand.class,
            RepairCommand.class,
            ServiceCommand.class,
            MetricsCommand.class
        })
final class PontoonCommand implements Callable<Integer> {
    @Option(
            names = "--help",
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "Tells this.")
    private boolean help;

    @Option(
            names = "--version",
            versionHelp = true,
            description = "Tells the build, where it is, and the versions of CNI.")
    private boolean version;

    /** What {@code --version} of a plugin tells as well. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "pontoon, build "
                        + System.getProperty("pontoon.build", "unknown")
                        + ", in "
                        + System.getProperty("pontoon.home", "an unknown folder"),
                "CNI "
                        + CniVersion.ALL.stream()
                                .map(CniVersion::text)
                                .collect(Collectors.joining(" "))
            };
        }
    }

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        int status = commandLine().setOut(out).execute(args);
        out.flush();
        Runtime.getRuntime().halt(status);
    }

    static CommandLine commandLine() {
        return new CommandLine(new PontoonCommand()).setExecutionExceptionHandler(new Reporting());
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "name a command");
    }
}
