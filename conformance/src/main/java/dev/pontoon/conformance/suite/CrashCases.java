package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V1_1_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Wait;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Call;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Plugins that are ended in the middle of their work. */
final class CrashCases {

    /** Moments, spread evenly over the time that one ADD takes. */
    private static final int MOMENTS = 8;

    private CrashCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("crash/killed")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "libcni kills a plugin with SIGKILL when the runtime's time is over, and the runtime"
                                        + " then calls DEL.")
                        .rows("CON-04", "E12")
                        .thorough()
                        .when(
                                "ADD is killed at eight moments of its work, and each time DEL follows")
                        .then(
                                "every DEL succeeds, the next ADD works, and nothing is left in the end")
                        .run(lab -> sweep(lab, "KILL")),
                Case.named("crash/terminated")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "Whoever supervises a runtime ends it and its plugins with SIGTERM first.")
                        .rows("E13")
                        .thorough()
                        .when(
                                "ADD is sent SIGTERM at eight moments of its work, and each time DEL follows")
                        .then(
                                "stdout has one JSON object at most, every DEL succeeds, and nothing is left")
                        .run(lab -> sweep(lab, "TERM")));
    }

    private static void sweep(Lab lab, String signal) {
        Duration whole = duration(lab);
        for (int moment = 1; moment <= MOMENTS; moment++) {
            var attachment = lab.attachment(lab.container(), config(lab));
            Call.Running running = lab.call("ADD", attachment).start();
            // Ends early only when the plugin was faster than before.
            Wait.holds(whole.multipliedBy(moment).dividedBy(MOMENTS + 1), () -> !running.isAlive());
            running.signal(signal);
            Reply reply = running.reply();
            lab.keepResult(attachment, reply);
            if (signal.equals("TERM")) {
                whole(reply);
            }
            lab.del(attachment).succeeded();
        }
        Attachment last = lab.attachment(lab.container(), config(lab));
        lab.add(last).result();
        if (lab.version().atLeast(V1_1_0)) {
            lab.gc(last.config(), last).succeeded();
        }
    }

    private static ObjectNode config(Lab lab) {
        return Networks.withAnyOf(lab, Trait.MASQUERADE);
    }

    private static Duration duration(Lab lab) {
        var attachment = lab.attachment(lab.container(), config(lab));
        Reply reply = lab.add(attachment);
        reply.result();
        lab.del(attachment).succeeded();
        return reply.output().duration();
    }

    /**
     * A plugin that ended by itself answered as usual; one that the signal ended may have done so
     * before.
     */
    private static void whole(Reply reply) {
        if (reply.stdout().isBlank()) {
            Expect.that(
                    reply.exit() != 0,
                    "an ADD that succeeds prints its result",
                    () -> "exit status 0 and an empty stdout");
            return;
        }
        Optional<ObjectNode> answer = answer(reply);
        Expect.that(
                answer.isPresent(),
                "stdout has one JSON object at most",
                () -> "stdout is " + reply.stdout());
        boolean error = answer.orElseThrow().has("code");
        Expect.that(
                reply.exit() == 0 ? !error : error || reply.output().signal().isPresent(),
                "a success prints a result, and a failure an error",
                () -> "exit status " + reply.exit() + " and " + reply.stdout());
    }

    private static Optional<ObjectNode> answer(Reply reply) {
        try {
            return Json.parse(reply.stdout()) instanceof ObjectNode answer
                    ? Optional.of(answer)
                    : Optional.empty();
        } catch (JsonProcessingException _) {
            return Optional.empty();
        }
    }
}
