package dev.pontoon.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * What a finished process left behind.
 *
 * @param words the command as the test gave it
 * @param exit the exit status; 128 plus the signal's number when a signal ended it
 */
public record Output(List<String> words, int exit, String stdout, String stderr) {

    public Output {
        words = List.copyOf(words);
    }

    /** Returns stdout after asserting that the process exited with 0. */
    public String ok() {
        if (exit != 0) {
            throw new AssertionError("expected exit 0\n" + transcript());
        }
        return stdout;
    }

    /** Returns stdout as JSON after asserting exit 0; no output at all reads as an empty array. */
    public JsonNode json() {
        String text = ok();
        return text.isBlank() ? Json.MAPPER.createArrayNode() : Json.read(text, this::transcript);
    }

    /** Command, both streams and exit status, for people. */
    public String transcript() {
        return "$ "
                + String.join(" ", words)
                + "\n"
                + Transcript.block("stdout", stdout)
                + Transcript.block("stderr", stderr)
                + "exit "
                + exit
                + "\n";
    }
}
