package dev.pontoon.conformance.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Output;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What a plugin answered, and the verbs that say what it should have been. */
public final class Reply {

    private final String command;
    private final Output output;

    Reply(String command, Output output) {
        this.command = command;
        this.output = output;
    }

    /** What a list without plugins would answer. */
    static Reply nothing(String command) {
        return new Reply(
                command,
                new Output(0, new byte[0], new byte[0], Output.Ending.BY_ITSELF, Duration.ZERO));
    }

    public Output output() {
        return output;
    }

    public int exit() {
        return output.exit();
    }

    public String stdout() {
        return output.out();
    }

    public String stderr() {
        return output.err();
    }

    /** It ended by itself, in time. */
    public Reply answered() {
        Expect.that(
                output.inTime(),
                command + " ends by itself in time",
                () ->
                        "it did not end within "
                                + output.duration().toSeconds()
                                + " s and was ended by the harness");
        return this;
    }

    /** Exit status 0. */
    public Reply succeeded() {
        answered();
        Expect.that(
                output.exit() == 0,
                command + " succeeds (exit status 0)",
                () -> "exit status " + output.exit() + ", " + said());
        return this;
    }

    /** Exit status 0 and an empty stdout; white space is tolerated. */
    public Reply succeededSilently() {
        succeeded();
        Expect.that(
                output.out().isBlank(),
                command + " prints nothing on stdout",
                () -> "it printed " + excerpt(output.out()));
        return this;
    }

    /** Exit status 0, and stdout is one JSON object, which is returned. */
    public ObjectNode result() {
        succeeded();
        return document("the result");
    }

    /**
     * The exit status is not 0, and stdout is one error object with a number {@code code} and a
     * non-empty {@code msg}.
     *
     * @param codes the codes that are right; none when any is
     */
    public Refusal refused(int... codes) {
        answered();
        Expect.that(
                output.exit() != 0,
                command + " fails (exit status other than 0)" + named(codes),
                () -> "exit status 0, " + said());
        ObjectNode error = document("the error");
        JsonNode code = error.path("code");
        String msg = error.path("msg").asText("");
        Expect.that(
                code.isIntegralNumber() && !msg.isBlank(),
                "the error has a number `code` and a non-empty `msg`",
                () -> "it is " + excerpt(error.toString()));
        Expect.that(
                codes.length == 0 || IntStream.of(codes).anyMatch(right -> right == code.asInt()),
                "the error" + named(codes),
                () -> "code " + code + ": " + msg);
        return new Refusal(code.asInt(), msg, error);
    }

    private static String named(int... codes) {
        if (codes.length == 0) {
            return "";
        }
        List<String> words = Arrays.stream(codes).mapToObj(Integer::toString).toList();
        return " has code " + String.join(" or ", words);
    }

    private ObjectNode document(String what) {
        try {
            if (Json.parse(output.out()) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException _) {
            // Said below, with what was printed instead.
        }
        throw new Unmet(
                what + " on stdout is one JSON object and nothing else",
                "stdout is " + excerpt(output.out()));
    }

    private String said() {
        String out = output.out().isBlank() ? "" : "stdout " + excerpt(output.out());
        String err = output.err().isBlank() ? "" : "stderr " + excerpt(output.err());
        if (out.isEmpty() && err.isEmpty()) {
            return "nothing printed";
        }
        return out.isEmpty() || err.isEmpty() ? out + err : out + ", " + err;
    }

    static String excerpt(String text) {
        String line = text.strip();
        if (line.isEmpty()) {
            return "empty";
        }
        return line.length() <= 400 ? line : line.substring(0, 400) + " ...";
    }

    /**
     * An error that a plugin gave.
     *
     * @param code its number
     * @param msg never blank
     * @param document all of it
     */
    public record Refusal(int code, String msg, ObjectNode document) {

        /** The message or the details have a word in them, whatever its case. */
        public Refusal mentioning(String word) {
            String all = msg + " " + document.path("details").asText("");
            Expect.that(
                    all.toLowerCase(java.util.Locale.ROOT)
                            .contains(word.toLowerCase(java.util.Locale.ROOT)),
                    "the error names " + word,
                    () -> "it says: " + excerpt(all));
            return this;
        }
    }
}
