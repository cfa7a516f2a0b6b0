package dev.pontoon.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * What a plugin call left behind.
 *
 * @param verb the call's {@code CNI_COMMAND}
 * @param exit the exit status; 128 plus the signal's number when a signal ended it
 * @param elapsed from start to exit; for people, never to be asserted
 * @param request environment, command and input, for {@link #transcript}
 */
public record CniResult(
        String verb, int exit, String stdout, String stderr, Duration elapsed, String request) {

    static String request(Command command) {
        var text = new StringBuilder();
        command.environment()
                .forEach(
                        (name, value) -> text.append(name).append("='").append(value).append("' "));
        text.append("\\\n  ").append(String.join(" ", command.words())).append('\n');
        text.append(Transcript.block("stdin", new String(command.input(), StandardCharsets.UTF_8)));
        return text.toString();
    }

    /** Environment, stdin, stdout, stderr and exit status, for people. */
    public String transcript() {
        return request
                + Transcript.block("stdout", stdout)
                + Transcript.block("stderr", stderr)
                + "exit "
                + exit
                + " after "
                + elapsed.toMillis()
                + " ms\n";
    }

    /** The message and the details of an error document. */
    public static String words(JsonNode error) {
        return error.path("msg").asText() + " " + error.path("details").asText();
    }

    /** The one JSON document on stdout; anything else there fails the test. */
    public JsonNode json() {
        return Json.read(stdout, this::transcript);
    }

    /**
     * Asserts exit status 0 and the output the specification gives to the verb: one JSON object for
     * ADD and VERSION, nothing for the others.
     */
    public CniResult succeeded() {
        require(exit == 0, "expected exit 0");
        if (verb.equals("ADD") || verb.equals("VERSION")) {
            require(json().isObject(), "expected a JSON object on stdout");
        } else {
            require(stdout.isBlank(), "expected nothing on stdout");
        }
        return this;
    }

    /** Asserts an exit status other than 0 and one JSON error on stdout, with this code. */
    public CniResult failedWith(int code) {
        failed();
        require(json().path("code").intValue() == code, "expected error code " + code);
        return this;
    }

    /** Asserts an exit status other than 0 and one JSON error on stdout, whatever its code. */
    public CniResult failed() {
        require(exit != 0, "expected an exit status other than 0");
        JsonNode error = json();
        require(error.path("code").isInt(), "expected an error with an integer code");
        require(!error.path("msg").asText("").isBlank(), "expected an error with a msg");
        return this;
    }

    private void require(boolean claim, String expectation) {
        if (!claim) {
            throw new AssertionError(expectation + "\n" + transcript());
        }
    }
}
