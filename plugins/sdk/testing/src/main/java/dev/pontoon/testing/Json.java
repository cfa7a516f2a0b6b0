package dev.pontoon.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.function.Supplier;

/** The two JSON readers of this package: strict for what programs print, lenient for tests. */
final class Json {

    static final ObjectMapper MAPPER =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    static final ObjectMapper LENIENT =
            JsonMapper.builder()
                    .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private Json() {}

    /** Reads exactly one document, or fails the test and shows where the text came from. */
    static JsonNode read(String text, Supplier<String> transcript) {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node == null || node.isMissingNode()) {
                throw new AssertionError("expected one JSON document\n" + transcript.get());
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new AssertionError(
                    "expected one JSON document: "
                            + e.getOriginalMessage()
                            + "\n"
                            + transcript.get(),
                    e);
        }
    }
}
