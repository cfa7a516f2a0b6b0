package dev.pontoon.conformance;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.report.BadInput;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.spec.Level;
import java.io.Console;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** Judges CNI plugins from outside. */
@Command(
        name = "cni-conformance",
        mixinStandardHelpOptions = true,
        version = "cni-conformance for CNI 0.1.0 to 1.1.0",
        synopsisSubcommandLabel = "COMMAND",
        description = "Judges any CNI plugin by what can be seen from outside.",
        footer = {
            "",
            "Examples:",
            "  cni-conformance run                              all known plugins of /opt/cni/bin",
            "  cni-conformance run --plugins out --type bridge  one plugin of the folder out",
            "  cni-conformance list del                         the cases about DEL",
            "  cni-conformance explain del/repeated             one case, in words",
            "",
            "Needs root. This machine's own network is left alone: all happens in namespaces.",
            "Shell completion: source <(cni-conformance generate-completion)"
        },
        subcommands = {
            RunCommand.class,
            ListCommand.class,
            ExplainCommand.class,
            CompareCommand.class,
            BuildersCommand.class,
            CleanCommand.class,
            PodsCommand.class,
            GenerateCompletion.class
        })
public final class Main implements Runnable {

    /** How the user started the harness, where a wrapper did; for the commands in reports. */
    private static final String PROGRAM_PROPERTY = "conformance.program";

    @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

    public static void main(String[] arguments) {
        var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        Console console = System.console();
        boolean terminal = console != null && console.isTerminal();
        int status =
                commandLine(new Surroundings(program(), terminal), out, err).execute(arguments);
        out.flush();
        err.flush();
        System.exit(status);
    }

    /** The command line, printing to these. */
    static CommandLine commandLine(Surroundings surroundings, PrintWriter out, PrintWriter err) {
        return new CommandLine(new Main(), new Commands(surroundings))
                .setOut(out)
                .setErr(err)
                .setUsageHelpWidth(100)
                .setUsageHelpAutoWidth(false)
                .registerConverter(Level.class, Main::level)
                .registerConverter(CniVersion.class, CniVersion::of)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::misused)
                .setExecutionExceptionHandler(Main::failed);
    }

    /**
     * What the commands cannot know by themselves.
     *
     * @param program the words a user types to start the harness
     * @param terminal whether somebody watches
     */
    record Surroundings(List<String> program, boolean terminal) {

        /** A whole command line. */
        List<String> command(List<String> arguments) {
            List<String> words = new ArrayList<>(program);
            words.addAll(arguments);
            return words;
        }
    }

    /** Makes the commands. */
    private record Commands(Surroundings surroundings) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            if (type == RunCommand.class) {
                return type.cast(new RunCommand(surroundings));
            }
            if (type == CompareCommand.class) {
                return type.cast(new CompareCommand(surroundings));
            }
            if (type == ExplainCommand.class) {
                return type.cast(new ExplainCommand(surroundings));
            }
            return CommandLine.defaultFactory().create(type);
        }
    }

    private static Level level(String text) {
        return Arrays.stream(Level.values())
                .filter(level -> level.toString().equals(text))
                .findFirst()
                .orElseThrow(() ->
                        new TypeConversionException(
                                text + " is none of " + Arrays.toString(Level.values())));
    }

    private static List<String> program() {
        return Optional.ofNullable(System.getProperty(PROGRAM_PROPERTY))
                .map(List::of)
                .orElseGet(Main::jar);
    }

    private static List<String> jar() {
        try {
            Path code =
                    Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return code.toString().endsWith(".jar")
                    ? List.of("java", "-jar", code.toString())
                    : List.of("cni-conformance");
        } catch (URISyntaxException e) {
            throw new IllegalStateException("find out where the harness itself lies", e);
        }
    }

    /** Says what is wrong, not all that could be right. */
    private static int misused(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        err.println(name + ": " + e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        err.println("next: " + name + " --help");
        return 2;
    }

    private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
        PrintWriter err = command.getErr();
        switch (e) {
            case BadInput bad -> {
                err.println(command.getCommandSpec().qualifiedName() + ": " + bad.getMessage());
                return 2;
            }
            case HarnessFault fault -> {
                err.println("the harness failed: " + fault.getMessage());
                Throwable cause = fault.getCause();
                if (cause != null && !(cause instanceof java.io.IOException)) {
                    cause.printStackTrace(err);
                }
                return 3;
            }
            default -> {
                err.println("the harness failed; this is a bug of it:");
                e.printStackTrace(err);
                return 3;
            }
        }
    }

    @Override
    public void run() {
        java.util.Objects.requireNonNull(spec);
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
