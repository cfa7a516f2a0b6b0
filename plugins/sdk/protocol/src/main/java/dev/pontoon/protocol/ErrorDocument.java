package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** The JSON form of a failure (spec section 5, Error). */
final class ErrorDocument {
    private ErrorDocument() {}

    static ObjectNode of(CniException failure, String version) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        if (!version.isEmpty()) {
            document.put("cniVersion", version);
        }
        document.put("code", failure.code());
        document.put("msg", failure.text());
        if (!failure.details().isEmpty()) {
            document.put("details", failure.details());
        }
        return document;
    }

    /** The failure that a document tells; empty if the node is no error document. */
    static Optional<CniException> read(JsonNode document) {
        if (!document.isObject()) {
            return Optional.empty();
        }
        ConfigObject error = new ConfigObject((ObjectNode) document, "");
        if (!error.has("code") || !error.has("msg")) {
            return Optional.empty();
        }
        return Optional.of(
                new CniException(
                        error.integer("code", ErrorCode.INTERNAL.number()),
                        error.text("msg", "failed without a reason"),
                        error.text("details", "")));
    }
}
