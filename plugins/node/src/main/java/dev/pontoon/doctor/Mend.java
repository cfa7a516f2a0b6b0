package dev.pontoon.doctor;

import java.util.List;

/**
 * How a fault is mended.
 *
 * @param commands for a shell, to be run one after the other by root; none if no command can do it
 * @param words what there is to know besides, or instead; empty for nothing
 */
record Mend(List<String> commands, String words) {
    Mend {
        commands = List.copyOf(commands);
    }

    static Mend by(String... commands) {
        return new Mend(List.of(commands), "");
    }

    static Mend by(List<String> commands) {
        return new Mend(commands, "");
    }

    /** By hand: there is something to be decided that no program knows. */
    static Mend byHand(String words) {
        return new Mend(List.of(), words);
    }

    Mend knowing(String more) {
        return new Mend(commands, more);
    }
}
