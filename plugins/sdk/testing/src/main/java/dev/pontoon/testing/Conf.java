package dev.pontoon.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Network configurations from text in which {@code '} may stand for {@code "}. */
public final class Conf {

    private Conf() {}

    /** Reads one object: {@code {'cniVersion':'1.1.0','name':'n1','type':'bridge'}}. */
    public static ObjectNode of(String text) {
        try {
            return (ObjectNode) Json.LENIENT.readTree(text);
        } catch (JsonProcessingException | ClassCastException e) {
            throw new IllegalArgumentException("not a JSON object: " + text, e);
        }
    }

    /** A copy with these keys added or replaced: {@code Conf.with(conf, "{'ipMasq':true}")}. */
    public static ObjectNode with(ObjectNode configuration, String keys) {
        ObjectNode copy = configuration.deepCopy();
        copy.setAll(of(keys));
        return copy;
    }

    /** A copy with one key added or replaced. */
    public static ObjectNode with(ObjectNode configuration, String key, JsonNode value) {
        ObjectNode copy = configuration.deepCopy();
        copy.set(key, value);
        return copy;
    }

    /** A copy with the result of an ADD as its {@code prevResult}. */
    public static ObjectNode after(ObjectNode configuration, CniResult added) {
        return with(configuration, "prevResult", added.succeeded().json());
    }
}
