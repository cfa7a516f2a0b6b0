package dev.pontoon.conformance.lab;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** JSON as configurations and results have it. */
public final class Json {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectMapper STRICT =
            new ObjectMapper()
                    .enable(
                            com.fasterxml.jackson.databind.DeserializationFeature
                                    .FAIL_ON_TRAILING_TOKENS)
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    private Json() {}

    /** An object written in the harness's own code; single quotes may stand for double ones. */
    public static ObjectNode object(String text) {
        try {
            return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not an object: " + text, e);
        }
    }

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /**
     * What a plugin printed: one value and nothing more.
     *
     * @throws JsonProcessingException when it is anything else
     */
    public static JsonNode parse(String text) throws JsonProcessingException {
        return STRICT.readTree(text);
    }

    public static String text(JsonNode node) {
        return node.toString();
    }

    /** Puts all keys of the second into the first; objects in both are merged the same way. */
    public static ObjectNode merge(ObjectNode into, ObjectNode from) {
        from.properties()
                .forEach(entry -> {
                    JsonNode there = into.get(entry.getKey());
                    if (there instanceof ObjectNode deeper
                            && entry.getValue() instanceof ObjectNode more) {
                        merge(deeper, more);
                    } else {
                        into.set(entry.getKey(), entry.getValue().deepCopy());
                    }
                });
        return into;
    }
}
