package dev.pontoon.tuning;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The sysctls that whoever runs the node permits: a file of regular expressions, one on each line,
 * of which one must match some part of a key as it is written. Without the file all are permitted.
 */
final class Allowlist {
    static final Path FILE = Path.of("/etc/cni/tuning/allowlist.conf");

    private final @Nullable List<Pattern> patterns;

    private Allowlist(@Nullable List<Pattern> patterns) {
        this.patterns = patterns;
    }

    /** Reads the node's file. Throws code 5 if it cannot be read, 7 if a line is no expression. */
    static Allowlist ofNode() {
        try {
            return of(Files.readAllLines(FILE));
        } catch (NoSuchFileException e) {
            return new Allowlist(null);
        } catch (IOException e) {
            throw new CniException(
                            ErrorCode.IO_FAILURE,
                            "read " + FILE + ": " + e.getMessage(),
                            "no sysctl is set while it is unknown which are permitted")
                    .because(e);
        }
    }

    static Allowlist of(List<String> lines) {
        List<Pattern> patterns = new ArrayList<>();
        for (String line : lines) {
            if (!line.isBlank()) {
                patterns.add(pattern(line.strip()));
            }
        }
        return new Allowlist(patterns);
    }

    private static Pattern pattern(String line) {
        try {
            return Pattern.compile(line);
        } catch (PatternSyntaxException e) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    FILE + ": \"" + line + "\" is no regular expression: " + e.getDescription());
        }
    }

    /** Throws code 7 if one of these is not permitted. */
    void require(List<Setting> settings) {
        if (patterns == null) {
            return;
        }
        for (Setting each : settings) {
            if (!permits(each.key(), patterns)) {
                throw new CniException(
                        ErrorCode.INVALID_CONFIG,
                        "set sysctl " + each.key() + ": this node does not permit it",
                        FILE + " permits " + patterns);
            }
        }
    }

    private static boolean permits(String key, List<Pattern> patterns) {
        for (Pattern each : patterns) {
            if (each.matcher(key).find()) {
                return true;
            }
        }
        return false;
    }
}
