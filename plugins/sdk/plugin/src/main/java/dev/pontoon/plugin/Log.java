package dev.pontoon.plugin;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Lines for people, on standard error, each starting with the plugin's name. Never on standard
 * output.
 */
public final class Log {
    private final String name;
    private final OutputStream out;

    /** A log of the plugin of that name. Whether {@code out} can be written to is no matter. */
    public Log(String name, OutputStream out) {
        this.name = name;
        this.out = out;
    }

    /** Writes one line. */
    public void line(String text) {
        bare(name + ": " + text);
    }

    /** Writes one line that does not start with the plugin's name. */
    void bare(String text) {
        try {
            out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            // Nobody reads it. What the call does matters more than what is said about it.
        }
    }

    /** Writes a failure with its stack trace, for the person who has to find the bug. */
    public void failure(Throwable failure) {
        PrintStream lines = new PrintStream(out, false, StandardCharsets.UTF_8);
        failure.printStackTrace(lines);
        lines.flush();
    }

    /** The log of a plugin that this one calls. */
    public Log of(String name) {
        return new Log(name, out);
    }
}
