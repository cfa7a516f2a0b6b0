package dev.pontoon.plugin;

import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.UnixSocket;
import dev.pontoon.protocol.NetworkConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Where the line goes that tells of a call: where the key {@code log} of the configuration says, or
 * the variable {@code PONTOON_LOG} of the runtime: {@code stderr}, {@code journald}, or the
 * absolute path of a file that lines are added to. Nowhere if neither is given.
 *
 * <p>A log that cannot be written to is no reason to fail: a line on standard error says so.
 */
final class CallLog {
    private static final String STANDARD_ERROR = "stderr";
    private static final String JOURNAL = "journald";
    private static final Path JOURNAL_SOCKET = Path.of("/run/systemd/journal/stdout");

    // As systemd-cat(1) begins: identifier, unit, priority "informational", and four times no.
    private static final String JOURNAL_GREETING = "pontoon\n\n6\n0\n0\n0\n0\n";

    private final String target;
    private final Log log;

    private CallLog(String target, Log log) {
        this.target = target;
        this.log = log;
    }

    /** Where the runtime wants it; a variable that names no target is as none. */
    static CallLog of(Map<String, String> variables, Log log) {
        String target = variables.getOrDefault("PONTOON_LOG", "");
        return new CallLog(isTarget(target) ? target : "", log);
    }

    /** Where the configuration wants it, if it says so. Throws code 7 for a target there is not. */
    CallLog of(NetworkConfig config) {
        String wanted = config.object().text("log", target);
        if (!isTarget(wanted)) {
            throw config.object().invalid("log", "must be stderr, journald or an absolute path");
        }
        return new CallLog(wanted, log);
    }

    private static boolean isTarget(String text) {
        return text.isEmpty()
                || text.equals(STANDARD_ERROR)
                || text.equals(JOURNAL)
                || (text.startsWith("/") && text.indexOf('\0') < 0);
    }

    void write(CallRecord record) {
        if (target.isEmpty()) {
            return;
        }
        String line = record.toJson();
        try {
            switch (target) {
                case STANDARD_ERROR -> log.bare(line);
                case JOURNAL -> toJournal(line);
                default ->
                        Files.writeString(
                                Path.of(target),
                                line + "\n",
                                StandardOpenOption.CREATE,
                                StandardOpenOption.APPEND);
            }
        } catch (IOException | KernelException e) {
            log.line("write to the log " + target + ": " + e.getMessage());
        }
    }

    private static void toJournal(String line) throws IOException {
        try (UnixSocket journal = UnixSocket.to(JOURNAL_SOCKET)) {
            journal.write((JOURNAL_GREETING + line + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
