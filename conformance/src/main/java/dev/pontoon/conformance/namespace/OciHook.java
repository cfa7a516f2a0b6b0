package dev.pontoon.conformance.namespace;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Wait;
import java.time.Duration;
import java.util.Optional;

/**
 * A hook that an OCI runtime runs and waits for.
 *
 * @param call the hook's process
 * @param state what the runtime told it: id, pid where there is one, status
 */
record OciHook(RelayedCall call, JsonNode state) {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Duration LONGEST = Duration.ofSeconds(20);

    /**
     * Waits until the runtime has come to its hook.
     *
     * @param begun the runtime's command
     * @throws HarnessFault when it ends before, or does not come to it in time
     */
    static OciHook await(Relay relay, String id, Execution begun) {
        Optional<OciHook> hook = next(relay, id, begun);
        if (hook.isEmpty()) {
            OciRuntime.finished("run a hook of", id, begun);
        }
        return hook.orElseThrow(
                () -> new HarnessFault("the runtime ran no hook of container " + id));
    }

    /** Waits until the runtime has come to its next hook, or has ended without one. */
    static Optional<OciHook> next(Relay relay, String id, Execution begun) {
        return Wait.until(
                "the runtime to call its hook of container " + id,
                LONGEST,
                () -> {
                    boolean running = begun.isAlive();
                    Optional<OciHook> hook = pending(relay, id);
                    return hook.isPresent() || !running ? Optional.of(hook) : Optional.empty();
                });
    }

    private static Optional<OciHook> pending(Relay relay, String id) {
        return relay.pending(call -> state(call).path("id").asText().equals(id))
                .map(call -> new OciHook(call, state(call)));
    }

    /** Lets a runtime's command come to its end, whatever hooks it runs, and however it ends. */
    static void dismissAll(Relay relay, String id, Execution begun) {
        for (var hook = next(relay, id, begun); hook.isPresent(); hook = next(relay, id, begun)) {
            hook.get().release();
        }
    }

    private static JsonNode state(RelayedCall call) {
        try {
            return JSON.readTree(call.stdin());
        } catch (JsonProcessingException e) {
            throw new HarnessFault("read what a runtime told its hook: " + call.stdin(), e);
        }
    }

    long pid() {
        return state.path("pid").asLong();
    }

    /** Lets the runtime go on. */
    void release() {
        call.answer(0, "");
    }
}
