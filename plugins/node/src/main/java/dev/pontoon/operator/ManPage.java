package dev.pontoon.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page of one command, in the language of man(7), from the words that {@code --help}
 * has. Picocli's own generator writes AsciiDoc, which takes a Ruby to become a manual page.
 */
final class ManPage {
    private final StringBuilder page = new StringBuilder();

    private ManPage() {}

    static String of(CommandLine command) {
        return new ManPage().write(command);
    }

    private String write(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        String name = name(spec);
        page.append(".TH \"")
                .append(name.toUpperCase(Locale.ROOT))
                .append("\" \"1\" \"\" \"Pontoon\" \"Pontoon\"\n");
        section("NAME");
        line(name + " - " + firstSentence(spec));
        section("SYNOPSIS");
        line(synopsis(command));
        section("DESCRIPTION");
        for (String each : spec.usageMessage().description()) {
            line(each);
            page.append(".PP\n");
        }
        arguments(spec);
        options(spec);
        commands(command);
        exitStatus(spec);
        return page.toString();
    }

    private void exitStatus(CommandSpec spec) {
        Map<String, String> codes = spec.usageMessage().exitCodeList();
        if (!codes.isEmpty()) {
            section("EXIT STATUS");
        }
        codes.forEach((code, meaning) -> {
            page.append(".TP\n.B ").append(code).append('\n');
            line(meaning);
        });
    }

    /** {@code pontoon-service-start}. */
    static String name(CommandSpec spec) {
        return spec.qualifiedName("-");
    }

    private static String firstSentence(CommandSpec spec) {
        String[] description = spec.usageMessage().description();
        String first = description.length == 0 ? "" : description[0];
        int end = first.indexOf(". ");
        return (end < 0 ? first : first.substring(0, end + 1)).replaceFirst("[.]$", "");
    }

    private static String synopsis(CommandLine command) {
        CommandLine.Help help =
                new CommandLine.Help(
                        command.getCommandSpec(),
                        CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        return help.synopsis(0).replaceAll("\\s+", " ").strip();
    }

    private void arguments(CommandSpec spec) {
        List<PositionalParamSpec> arguments = spec.positionalParameters();
        if (!arguments.isEmpty()) {
            section("ARGUMENTS");
        }
        for (PositionalParamSpec each : arguments) {
            entry(each.paramLabel(), each);
        }
    }

    private void options(CommandSpec spec) {
        section("OPTIONS");
        for (OptionSpec each : spec.options()) {
            String value = each.arity().max() == 0 ? "" : " " + each.paramLabel();
            entry(String.join(", ", each.names()) + value, each);
        }
    }

    private void entry(String term, ArgSpec argument) {
        page.append(".TP\n.B ").append(escaped(term)).append('\n');
        line(String.join(" ", argument.renderedDescription()));
    }

    private void commands(CommandLine command) {
        List<CommandLine> commands = new ArrayList<>(command.getSubcommands().values());
        if (commands.isEmpty()) {
            return;
        }
        section("COMMANDS");
        for (CommandLine each : commands) {
            page.append(".TP\n.BR ").append(escaped(name(each.getCommandSpec()))).append(" (1)\n");
            line(firstSentence(each.getCommandSpec()));
        }
    }

    private void section(String title) {
        page.append(".SH ").append(title).append('\n');
    }

    private void line(String text) {
        String escaped = escaped(text);
        // A line that begins with one of these would be a request.
        page.append(escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" : "")
                .append(escaped)
                .append('\n');
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\e").replace("-", "\\-");
    }
}
