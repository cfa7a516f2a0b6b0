package dev.pontoon.conformance.host;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * What a program left behind when it ended.
 *
 * @param exit its exit status; 128 and the signal's number when a signal ended it
 * @param stdout all of it, at most 16 MiB
 * @param stderr all of it, at most 16 MiB
 * @param ending how it came to its end
 * @param duration from start to end
 */
public record Output(int exit, byte[] stdout, byte[] stderr, Ending ending, Duration duration) {

    /** How a program came to its end. */
    public enum Ending {
        /** By itself. */
        BY_ITSELF,
        /** The harness asked it to (SIGTERM) because its time was over, and it ended then. */
        TERMINATED,
        /** The harness had to kill it (SIGKILL) after its time was over. */
        KILLED,
        /** It ended, but a process it started still holds its output open. */
        OUTPUT_HELD_OPEN
    }

    public boolean inTime() {
        return ending == Ending.BY_ITSELF || ending == Ending.OUTPUT_HELD_OPEN;
    }

    public String out() {
        return new String(stdout, StandardCharsets.UTF_8);
    }

    public String err() {
        return new String(stderr, StandardCharsets.UTF_8);
    }

    /** The signal that ended it, if one did. */
    public OptionalInt signal() {
        return exit > 128 && exit <= 128 + 64 ? OptionalInt.of(exit - 128) : OptionalInt.empty();
    }
}
