package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** An object in which a key stood more than once, and which. Rare enough to be made only then. */
@SuppressWarnings("serial") // never written by Java's own serialization
final class RepeatingObject extends ObjectNode {
    private final Set<String> repeated = new TreeSet<>();

    private RepeatingObject(Map<String, JsonNode> fields) {
        super(JsonNodeFactory.instance, fields);
    }

    /** The same object, with the knowledge that this key stood in it before. */
    static RepeatingObject noting(String key, ObjectNode object) {
        RepeatingObject noted;
        if (object instanceof RepeatingObject already) {
            noted = already;
        } else {
            Map<String, JsonNode> fields = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                fields.put(field.getKey(), field.getValue());
            }
            noted = new RepeatingObject(fields);
        }
        noted.repeated.add(key);
        return noted;
    }

    Set<String> repeated() {
        return repeated;
    }

    // What is written twice is the same object all the same.
    @Override
    public boolean equals(Object other) {
        return super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
