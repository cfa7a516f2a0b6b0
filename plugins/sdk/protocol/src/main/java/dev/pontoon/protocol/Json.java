package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * JSON text to tree and back.
 *
 * <p>Of a key that stands twice the last value counts, as with every reader written in Go. Text
 * after the document is an error, and so are a byte-order mark, any encoding but UTF-8, nesting
 * deeper than 1000, numbers of more than 1000 characters, and texts of more than 20 million.
 */
final class Json {
    private Json() {}

    /**
     * Reads exactly one document. Throws {@link CniException} (code 6) that names {@code what} it
     * was.
     */
    static JsonNode read(byte[] bytes, String what) {
        return new JsonReader(bytes, what).document();
    }

    /** The tree as text on one line. */
    static String write(JsonNode tree) {
        return JsonWriter.write(tree);
    }
}
