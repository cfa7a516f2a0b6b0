package dev.pontoon.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** JSON documents: those that runtimes read and keep, and those that are printed for people. */
public final class Documents {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private static final DefaultPrettyPrinter PRINTER = printer();

    private Documents() {}

    private static DefaultPrettyPrinter printer() {
        DefaultIndenter indenter = new DefaultIndenter("    ", "\n");
        Separators separators =
                Separators.createDefaultInstance()
                        .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                        .withObjectEmptySeparator("")
                        .withArrayEmptySeparator("");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(separators);
        printer.indentObjectsWith(indenter);
        printer.indentArraysWith(indenter);
        return printer;
    }

    /** An object without keys. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Reads a document that must be one object. Throws code 6, which names {@code what}. */
    public static ObjectNode readObject(byte[] json, String what) {
        if (read(json, what) instanceof ObjectNode object) {
            return object;
        }
        throw new CniException(
                ErrorCode.DECODE_FAILURE, "read " + what + " as JSON: it is not an object");
    }

    static JsonNode read(byte[] json, String what) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new CniException(
                            ErrorCode.DECODE_FAILURE,
                            "read "
                                    + what
                                    + " as JSON: "
                                    + e.getOriginalMessage().lines().findFirst().orElse("")
                                    + place(e))
                    .because(e);
        } catch (IOException e) {
            throw new CniException(ErrorCode.DECODE_FAILURE, "read " + what + ": " + e.getMessage())
                    .because(e);
        }
    }

    private static String place(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " (line "
                        + e.getLocation().getLineNr()
                        + ", column "
                        + e.getLocation().getColumnNr()
                        + ")";
    }

    static byte[] bytes(JsonNode document) {
        return document.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** A document over several lines, as libcni prints results. */
    public static String pretty(JsonNode document) {
        try {
            return MAPPER.writer(PRINTER).writeValueAsString(document);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always written", e);
        }
    }
}
