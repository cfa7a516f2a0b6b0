package dev.pontoon.conformance.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Tells what became of a thing, by those of its properties that are not as they were. */
final class Changed {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Changed() {}

    static String between(String was, String now) {
        try {
            if (was.startsWith("{") && now.startsWith("{")) {
                return properties(JSON.readTree(was), JSON.readTree(now));
            }
        } catch (JsonProcessingException _) {
            // Then it only looks like JSON.
        }
        return was + " -> " + now;
    }

    private static String properties(JsonNode was, JsonNode now) {
        var names = new TreeSet<String>();
        was.fieldNames().forEachRemaining(names::add);
        now.fieldNames().forEachRemaining(names::add);
        List<String> changed = new ArrayList<>();
        for (String name : names) {
            if (!was.path(name).equals(now.path(name))) {
                changed.add(name + " " + shown(was.path(name)) + " -> " + shown(now.path(name)));
            }
        }
        return String.join(", ", changed);
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() ? "(none)" : value.toString();
    }
}
