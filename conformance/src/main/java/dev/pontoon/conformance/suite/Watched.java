package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.lab.Unmet;
import java.util.List;

/** An IPAM plugin of the harness's own in the place of a real one, to see how it is called. */
final class Watched {

    private static final String NAME = "conformance-watched";

    private final Stub stub;
    private final ObjectNode config;

    /** Gives out addresses of 10.88.0.0/24, and succeeds silently otherwise. */
    Watched(Lab lab) {
        stub = lab.stub(NAME).answersAdd(Lab.addresses(lab.version(), "10.88.0.@N@/24", ""));
        config = lab.config();
        config.set("ipam", Json.object().put("type", NAME));
    }

    Stub stub() {
        return stub;
    }

    /** The smallest configuration that delegates to it. */
    ObjectNode config() {
        return config;
    }

    /** The calls from a number on; the case fails when their commands are others. */
    List<Stub.Called> expect(int first, String... commands) {
        List<Stub.Called> calls = stub.calls();
        List<Stub.Called> later = calls.subList(Math.min(first, calls.size()), calls.size());
        Expect.equal(
                "the list of calls of the delegated plugin",
                List.of(commands),
                later.stream().map(Stub.Called::command).toList());
        return later;
    }

    /** The case fails unless the call got exactly that configuration. */
    static void expectStdin(JsonNode sent, Stub.Called call) {
        JsonNode received;
        try {
            received = Json.parse(call.stdin());
        } catch (JsonProcessingException e) {
            throw new Unmet(
                    "the delegated plugin gets the configuration that the plugin got",
                    "its stdin is no JSON (" + e.getOriginalMessage() + "): " + call.stdin());
        }
        Expect.that(
                received.equals(sent),
                "the delegated plugin gets the configuration that the plugin got: " + sent,
                () -> "it got " + received);
    }
}
