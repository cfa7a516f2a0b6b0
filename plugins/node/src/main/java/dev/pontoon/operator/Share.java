package dev.pontoon.operator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * What belongs below {@code share/} of an installation: manual pages and completions of the shell.
 */
final class Share {
    private Share() {}

    /** Writes it all into a folder; scripts/package calls this. */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]));
    }

    static void write(Path folder) throws IOException {
        CommandLine command = PontoonCommand.commandLine();
        Path completions = Files.createDirectories(folder.resolve("bash-completion/completions"));
        Files.writeString(completions.resolve("pontoon"), AutoComplete.bash("pontoon", command));
        writePages(Files.createDirectories(folder.resolve("man/man1")), command);
    }

    private static void writePages(Path folder, CommandLine command) throws IOException {
        String name = ManPage.name(command.getCommandSpec());
        Files.writeString(folder.resolve(name + ".1"), ManPage.of(command));
        for (CommandLine each : command.getSubcommands().values()) {
            writePages(folder, each);
        }
    }
}
