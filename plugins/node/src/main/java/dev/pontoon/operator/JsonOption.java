package dev.pontoon.operator;

import picocli.CommandLine.Option;

/** {@code --json}, which every command has that tells something. */
final class JsonOption {
    static final String NAME = "--json";

    @Option(names = NAME, description = "Prints one JSON document instead of lines for people.")
    private boolean wanted;

    boolean wanted() {
        return wanted;
    }
}
