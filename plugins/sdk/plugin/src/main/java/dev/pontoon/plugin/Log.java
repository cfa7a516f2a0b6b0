package dev.pontoon.plugin;

import java.io.PrintStream;

/**
 * Lines for people, on standard error, each starting with the plugin's name. Never on standard
 * output.
 */
public final class Log {
    private final String name;
    private final PrintStream out;

    /** A log of the plugin of that name. */
    public Log(String name, PrintStream out) {
        this.name = name;
        this.out = out;
    }

    /** Writes one line. */
    public void line(String text) {
        out.println(name + ": " + text);
    }

    /** Writes a failure with its stack trace, for the person who has to find the bug. */
    public void failure(Throwable failure) {
        failure.printStackTrace(out);
    }

    /** The log of a plugin that this one calls. */
    public Log of(String name) {
        return new Log(name, out);
    }
}
