package dev.pontoon.attachment;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A program of the host, looked for where the administrator's programs are even if PATH is not set.
 */
public final class Program {
    private static final List<String> FOLDERS =
            List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin");

    private final Path file;

    /** How it ended, and everything it printed. */
    public record Outcome(int exit, String text) {}

    private Program(Path file) {
        this.file = file;
    }

    /** The program of that name, first in the folders of {@code path} (a PATH, or empty). */
    public static Optional<Program> find(String name, String path) {
        List<String> folders = new ArrayList<>(List.of(path.split(":")));
        folders.addAll(FOLDERS);
        for (String folder : folders) {
            if (!folder.startsWith("/")) {
                continue;
            }
            Path file = Path.of(folder, name);
            if (Files.isExecutable(file)) {
                return Optional.of(new Program(file));
            }
        }
        return Optional.empty();
    }

    /** Runs it to its end. Throws code 105 if it cannot be run. */
    public Outcome run(List<String> arguments) {
        return run(arguments, "");
    }

    /** As above; the program reads {@code input}. */
    public Outcome run(List<String> arguments, String input) {
        List<String> command = new ArrayList<>();
        command.add(file.toString());
        command.addAll(arguments);
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            feed(process, input);
            byte[] printed = process.getInputStream().readAllBytes();
            return new Outcome(
                    process.waitFor(), new String(printed, StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            throw failure(String.valueOf(e.getMessage())).because(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted").because(e);
        }
    }

    /** A program may end before it has read everything; what it says then tells more. */
    private static void feed(Process process, String input) {
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It closed its input.
        }
    }

    private CniException failure(String why) {
        return new CniException(ErrorCode.PROGRAM_FAILED, "run " + file + ": " + why);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
