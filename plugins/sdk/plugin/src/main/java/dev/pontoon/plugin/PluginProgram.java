package dev.pontoon.plugin;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Command;
import dev.pontoon.protocol.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A plugin that is run as a program, in the namespaces and the folder of the caller: with the
 * caller's variables but for CNI_COMMAND, its standard error passed on line by line.
 */
public final class PluginProgram {
    /** How the JDK tells of errno 26, ETXTBSY. */
    private static final String TEXT_FILE_BUSY = "error: 26 ";

    private static final int BUSY_ATTEMPTS = 50;
    private static final int BUSY_PAUSE_MS = 100;
    private static final int STOP_POLL_MS = 50;
    private static final int STOP_GRACE_MS = 5000;
    private static final int OUTPUT_GRACE_MS = 1000;

    private final String name;
    private final Path program;
    private final Call call;

    /** That file under that name; a stop of the call ends an ADD. */
    public PluginProgram(String name, Path program, Call call) {
        this.name = name;
        this.program = program;
        this.call = call;
    }

    /** Whether it can be the name of a plugin: that of a file, and no path. */
    public static boolean isName(String name) {
        return !name.isEmpty()
                && name.indexOf('/') < 0
                && name.indexOf('\0') < 0
                && !name.equals(".")
                && !name.equals("..");
    }

    /** The first regular file of that name in the folders of CNI_PATH. */
    public static Optional<Path> find(String name, List<String> folders) {
        for (String folder : folders) {
            try {
                Path file = Path.of(folder, name);
                if (Files.isRegularFile(file)) {
                    return Optional.of(file);
                }
            } catch (InvalidPathException e) {
                // The locale of this process has no such characters: it cannot reach such a file.
            }
        }
        return Optional.empty();
    }

    /**
     * What it printed. Throws the error it printed, or code 105 if it failed without one.
     *
     * @param document what it gets on standard input
     * @param variables its whole environment, to which CNI_COMMAND is added
     */
    public byte[] run(Command command, byte[] document, Map<String, String> variables) {
        try {
            return outcome(start(command, variables), command, document);
        } catch (IOException e) {
            throw failed(command, "could not be run: " + e.getMessage(), "").because(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(command, "was interrupted", "").because(e);
        }
    }

    private byte[] outcome(Process process, Command command, byte[] document)
            throws InterruptedException {
        feed(process.getOutputStream(), document);
        Collector errors = Collector.start(process.getErrorStream());
        Collector output = Collector.start(process.getInputStream());
        int exit = await(process, command);
        byte[] printed = output.bytes();
        String said = errors.text();
        passOn(said);
        if (exit != 0) {
            throw failure(command, exit, printed, said);
        }
        return printed;
    }

    /** A binary that is being replaced cannot be run for a moment; see execve(2), ETXTBSY. */
    private Process start(Command command, Map<String, String> variables)
            throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return builder(command, variables).start();
            } catch (IOException e) {
                if (!String.valueOf(e.getMessage()).contains(TEXT_FILE_BUSY)
                        || attempt == BUSY_ATTEMPTS) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(BUSY_PAUSE_MS);
            }
        }
    }

    private ProcessBuilder builder(Command command, Map<String, String> given) {
        ProcessBuilder builder = new ProcessBuilder(program.toString());
        builder.directory(call.caller().folder().toAbsolutePath().toFile());
        Map<String, String> wanted = new HashMap<>(given);
        wanted.put("CNI_COMMAND", command.name());
        Map<String, String> variables = builder.environment();
        variables.keySet().retainAll(wanted.keySet());
        for (Map.Entry<String, String> each : wanted.entrySet()) {
            // A variable that is inherited unchanged keeps its bytes, even if they are no text.
            if (!each.getValue().equals(variables.get(each.getKey()))) {
                variables.put(each.getKey(), each.getValue());
            }
        }
        return builder;
    }

    /** Nobody waits for it: once the program has ended it does not matter what it has read. */
    private static void feed(OutputStream stdin, byte[] document) {
        Thread feeder =
                new Thread(
                        () -> {
                            try (stdin) {
                                stdin.write(document);
                            } catch (IOException e) {
                                // It ended without reading everything, which is its right.
                            }
                        },
                        "plugin stdin");
        feeder.setDaemon(true);
        feeder.start();
    }

    /** Waits for the end; a stop ends an ADD too, first by asking. */
    private int await(Process process, Command command) throws InterruptedException {
        try {
            while (!process.waitFor(STOP_POLL_MS, TimeUnit.MILLISECONDS)) {
                if (command == Command.ADD && call.stop().isRequested()) {
                    end(process);
                    call.stop().check();
                }
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static void end(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_GRACE_MS, TimeUnit.MILLISECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    private void passOn(String errors) {
        for (String line : errors.lines().toList()) {
            call.log().line(line);
        }
    }

    private CniException failure(Command command, int exit, byte[] printed, String errors) {
        return CniException.read(printed)
                .orElseGet(() ->
                        failed(
                                command,
                                "ended with status " + exit + said(printed, errors),
                                "it printed no CNI error document"));
    }

    private CniException failed(Command command, String how, String details) {
        return new CniException(
                ErrorCode.PROGRAM_FAILED,
                "run " + name + " (" + program + ") for " + command + ": it " + how,
                details);
    }

    private static String said(byte[] printed, String errors) {
        String text = new String(printed, StandardCharsets.UTF_8).strip();
        String said = text.isEmpty() ? errors.strip() : text;
        if (said.isEmpty()) {
            return " without a word";
        }
        return " and said: " + (said.length() <= 2000 ? said : said.substring(0, 2000) + "...");
    }

    /**
     * Reads a stream beside everything else, so that no pipe fills up. Its end comes when the last
     * process that inherited it has closed it, and a daemon that the program left behind may never
     * do so.
     */
    private static final class Collector {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Thread thread;

        private Collector(InputStream stream) {
            thread =
                    new Thread(
                            () -> {
                                try (stream) {
                                    stream.transferTo(bytes);
                                } catch (IOException e) {
                                    // What came until here is what there is.
                                }
                            },
                            "plugin output");
            thread.setDaemon(true);
        }

        static Collector start(InputStream stream) {
            Collector collector = new Collector(stream);
            collector.thread.start();
            return collector;
        }

        /** What has come; to be called after the program's end. */
        byte[] bytes() throws InterruptedException {
            thread.join(OUTPUT_GRACE_MS);
            return bytes.toByteArray();
        }

        String text() throws InterruptedException {
            return new String(bytes(), StandardCharsets.UTF_8);
        }
    }
}
