package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.namespace.Container;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Real connections, datagrams and frames between containers and their host. */
final class Exchange {

    private static final String SCRIPT = script();

    private final Lab lab;

    Exchange(Lab lab) {
        this.lab = lab;
    }

    /** Somebody asks a server that listens on a port of a container. */
    Question to(Container server, int port) {
        return new Question(server.netns(), "container " + server.id(), port);
    }

    /** Somebody asks a server that listens on a port of the host. */
    Question toHost(int port) {
        return new Question("", "the host", port);
    }

    /** A question that is being prepared: over TCP, asked by the host, unless said otherwise. */
    final class Question {
        private final ObjectNode asked = Json.object().put("what", "tcp").put("client", "");
        private final String server;
        private String client = "the host";

        private Question(String netns, String server, int port) {
            this.server = server;
            asked.put("server", netns).put("listen", port);
        }

        Question from(Container container) {
            client = "container " + container.id();
            asked.put("client", container.netns());
            return this;
        }

        Question udp() {
            asked.put("what", "udp");
            return this;
        }

        /** Always from the same port, so that it is one flow. */
        Question fromPort(int port) {
            asked.put("sport", port);
            return this;
        }

        /** From this address of the host. */
        Question fromAddress(String address) {
            asked.put("source", address);
            return this;
        }

        /** Asks without expecting an answer for long. */
        Question briefly() {
            asked.put("seconds", 0.6);
            return this;
        }

        /** Asks at an address and port. */
        Answer at(String address, int port) {
            JsonNode found = run(asked.put("to", address).put("port", port));
            String what = asked.path("what").asText();
            String sentence =
                    client + " reaches " + server + " over " + what + " at " + address + ":" + port;
            var answer =
                    new Answer(
                            sentence,
                            found.path("reached").asBoolean(),
                            found.path("source").asText(),
                            found.path("why").asText());
            lab.note(
                    sentence
                            + ": "
                            + (answer.reached() ? "yes, as " + answer.source() : answer.why()));
            return answer;
        }
    }

    /**
     * What came of a question.
     *
     * @param sentence what was tried, as if it had worked
     * @param reached whether the server got it and its answer came back
     * @param source who asked, as the server saw it
     * @param why it did not work
     */
    record Answer(String sentence, boolean reached, String source, String why) {

        /** The case fails unless the answer came; returns who asked as the server saw it. */
        String expected() {
            Expect.that(reached, sentence, () -> "it does not: " + why);
            return source;
        }
    }

    /** Whether a link of another namespace got to see frames of a container's interface. */
    record Seen(boolean forged, boolean honest) {}

    /** Sends frames from a container's interface, from a forged MAC address and from its own. */
    Seen frames(Container sender, String link, Container observer, String at, String forged) {
        JsonNode found =
                run(
                        Json.object()
                                .put("what", "frames")
                                .put("sender", sender.netns())
                                .put("link", link)
                                .put("observer", observer.netns())
                                .put("at", at)
                                .put("forged", forged));
        lab.note(
                "frames sent from "
                        + link
                        + " of container "
                        + sender.id()
                        + " and seen: "
                        + found);
        return new Seen(found.path("forged").asBoolean(), found.path("honest").asBoolean());
    }

    /** Sends bytes from the host to a container, and returns the seconds they took. */
    double secondsTo(Container container, String address, int bytes) {
        return seconds(
                Json.object().put("server", container.netns()).put("client", ""), address, bytes);
    }

    /**
     * Sends bytes from a container to an address of the host, and returns the seconds they took.
     */
    double secondsFrom(Container container, String address, int bytes) {
        return seconds(
                Json.object().put("server", "").put("client", container.netns()), address, bytes);
    }

    private double seconds(ObjectNode asked, String address, int bytes) {
        asked.put("what", "flow").put("to", address).put("listen", 7007).put("size", bytes);
        JsonNode found = run(asked);
        lab.note("sent " + bytes + " bytes to " + address + ": " + found);
        Expect.that(
                found.path("received").asInt() == bytes,
                bytes + " bytes sent to " + address + " arrive within 20 s",
                () -> found.path("received").asInt() + " arrived");
        return found.path("seconds").asDouble();
    }

    private JsonNode run(ObjectNode asked) {
        return lab.onHost().json("/usr/bin/python3", "-I", "-c", SCRIPT, asked.toString());
    }

    private static String script() {
        try (InputStream stream = Exchange.class.getResourceAsStream("exchange.py")) {
            if (stream == null) {
                throw new HarnessFault("the harness's own file exchange.py is missing");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new HarnessFault("read exchange.py", e);
        }
    }
}
