package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Expect;
import java.util.List;
import java.util.TreeMap;

/**
 * When two results say the same: what is empty counts as absent, the order of keys does not matter.
 */
final class Equivalence {

    private Equivalence() {}

    static boolean same(JsonNode one, JsonNode other) {
        JsonNode first = plain(one);
        JsonNode second = plain(other);
        return first.equals(second) || isNothing(first) && isNothing(second);
    }

    /** The case fails unless a result says what prevResult said, but for cniVersion. */
    static void passedOn(JsonNode prevResult, JsonNode result) {
        for (String part : List.of("interfaces", "ips", "routes", "dns", "ip4", "ip6")) {
            Expect.that(
                    same(prevResult.path(part), result.path(part)),
                    part + " of the result is that of prevResult: " + prevResult.path(part),
                    () -> part + " is " + shown(result.path(part)));
        }
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "absent" : node.toString();
    }

    /** Without what says nothing. Numbers and texts stay what they are. */
    private static JsonNode plain(JsonNode node) {
        if (node instanceof ObjectNode object) {
            var sorted = new TreeMap<String, JsonNode>();
            object.properties()
                    .forEach(entry -> sorted.put(entry.getKey(), plain(entry.getValue())));
            sorted.values().removeIf(Equivalence::isNothing);
            ObjectNode plain = JsonNodeFactory.instance.objectNode();
            plain.setAll(sorted);
            return plain;
        }
        if (node instanceof ArrayNode array) {
            ArrayNode plain = JsonNodeFactory.instance.arrayNode();
            array.forEach(one -> plain.add(plain(one)));
            return plain;
        }
        return node.isMissingNode() ? JsonNodeFactory.instance.nullNode() : node;
    }

    private static boolean isNothing(JsonNode node) {
        return node.isNull()
                || node.isTextual() && node.asText().isEmpty()
                || node.isContainerNode() && node.isEmpty();
    }
}
