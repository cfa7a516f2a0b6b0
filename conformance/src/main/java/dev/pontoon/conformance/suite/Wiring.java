package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Unmet;
import java.util.ArrayList;
import java.util.List;

/** How a container is connected, as its result and the kernel tell, and changing it by hand. */
final class Wiring {

    private final Lab lab;
    private final Attachment attachment;

    Wiring(Lab lab, Attachment attachment) {
        this.lab = lab;
        this.attachment = attachment;
    }

    /** Runs a script as an operator in the container would; {@code $if} is the interface. */
    Wiring inside(String script) {
        lab.note("in container " + attachment.id() + ": " + script);
        lab.in(attachment).sh("if=" + attachment.ifname() + "; " + script);
        return this;
    }

    /**
     * Runs a script as an operator of the host would; {@code $port} is the container's link there.
     */
    Wiring onHost(String script) {
        lab.note("on the host: " + script);
        String port = script.contains("$port") ? "port=" + port() + "; " : "";
        lab.onHost().sh(port + script);
        return this;
    }

    /** The host's end of the container's link. */
    String port() {
        int index = lab.in(attachment).needLink(attachment.ifname()).path("link_index").asInt(-1);
        return lab.onHost().links().stream()
                .filter(link -> link.path("ifindex").asInt() == index)
                .map(link -> link.path("ifname").asText())
                .findFirst()
                .orElseThrow(() ->
                        new Unmet(
                                "the host has the other end of " + attachment.ifname(),
                                "the host's links are " + lab.onHost().linkNames()));
    }

    /** The container's own entry of the result; the case does not apply where none is listed. */
    ObjectNode entry(ObjectNode result) {
        for (JsonNode one : result.path("interfaces")) {
            boolean inside = !one.path("sandbox").asText("").isEmpty();
            if (inside && one.path("name").asText().equals(attachment.ifname())) {
                return (ObjectNode) one;
            }
        }
        throw new NotHere("the result lists no interface of the container");
    }

    /** The addresses that the result lists for the container's interface. */
    List<String> addresses() {
        List<String> found = new ArrayList<>();
        ObjectNode result = attachment.result();
        for (JsonNode ip : result.path("ips")) {
            int index = ip.path("interface").asInt(-1);
            if (index < 0 || result.path("interfaces").path(index).equals(entry(result))) {
                found.add(ip.path("address").asText());
            }
        }
        if (found.isEmpty()) {
            throw new NotHere("the result lists no address of the container");
        }
        return found;
    }

    /** The case does not apply where the result lists no default route. */
    Wiring needDefaultRoute() {
        for (JsonNode route : attachment.result().path("routes")) {
            if (route.path("dst").asText().equals("0.0.0.0/0")) {
                return this;
            }
        }
        throw new NotHere("the result lists no default route");
    }
}
