package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * Writes a flat JSON object, key by key in the order of the calls; {@link #toString} is the
 * document.
 */
public final class JsonText {
    private final ObjectNode json = JsonNodeFactory.instance.objectNode();

    /** A key with a text. */
    public JsonText put(String key, String value) {
        json.put(key, value);
        return this;
    }

    /** A key with a number. */
    public JsonText put(String key, long value) {
        json.put(key, value);
        return this;
    }

    /** A key with a number that may have a fraction. */
    public JsonText put(String key, double value) {
        json.put(key, value);
        return this;
    }

    /** A key with a boolean. */
    public JsonText put(String key, boolean value) {
        json.put(key, value);
        return this;
    }

    /** A key with an object of texts, in the map's order. */
    public JsonText put(String key, Map<String, String> values) {
        ObjectNode object = json.putObject(key);
        for (Map.Entry<String, String> each : values.entrySet()) {
            object.put(each.getKey(), each.getValue());
        }
        return this;
    }

    /** A key with an object of numbers, in the map's order. */
    public JsonText putNumbers(String key, Map<String, Double> values) {
        ObjectNode object = json.putObject(key);
        for (Map.Entry<String, Double> each : values.entrySet()) {
            object.put(each.getKey(), each.getValue());
        }
        return this;
    }

    @Override
    public String toString() {
        return Json.write(json);
    }
}
