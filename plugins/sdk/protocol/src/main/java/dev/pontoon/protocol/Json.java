package dev.pontoon.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * JSON text to tree and back, by the streaming parser alone: an ObjectMapper costs a cold start 25
 * ms.
 *
 * <p>Of a key that stands twice the last value counts, as with every reader written in Go. Text
 * after the document is an error, and so are a byte-order mark, any encoding but UTF-8, and what
 * exceeds Jackson's limits: nesting of 1000, numbers of 1000 digits, texts of 20 million
 * characters.
 */
final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Json() {}

    /**
     * Reads exactly one document. Throws {@link CniException} (code 6) that names {@code what} it
     * was.
     */
    static JsonNode read(byte[] bytes, String what) {
        requireUtf8(bytes, what);
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw undecodable(what, "it is empty");
            }
            JsonNode document = value(parser, first);
            if (parser.nextToken() != null) {
                throw undecodable(what, "there is text after the end of the document");
            }
            return document;
        } catch (JsonProcessingException e) {
            throw undecodable(what, e.getOriginalMessage() + position(e));
        } catch (IOException | NumberFormatException e) {
            // The latter is what Jackson lets through for an exponent of eleven digits.
            throw undecodable(what, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Jackson guesses UTF-16 and UTF-32, and reads overlong forms of UTF-8, which hide a character
     * from whoever looks at the bytes. A delegate gets those bytes.
     */
    private static void requireUtf8(byte[] bytes, String what) {
        boolean ascii = true;
        for (byte each : bytes) {
            if (each == 0) {
                throw undecodable(what, "it has a zero byte, which no JSON text in UTF-8 has");
            }
            ascii &= each > 0;
        }
        if (ascii) {
            return;
        }
        if (bytes.length >= 3
                && bytes[0] == (byte) 0xef
                && bytes[1] == (byte) 0xbb
                && bytes[2] == (byte) 0xbf) {
            throw undecodable(what, "it starts with a byte-order mark");
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            throw undecodable(what, "it is not UTF-8");
        }
    }

    /** The tree as text on one line. */
    static String write(JsonNode tree) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            write(tree, generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static CniException undecodable(String what, String why) {
        return new CniException(ErrorCode.DECODE_FAILURE, "read " + what + " as JSON: " + why);
    }

    private static String position(JsonProcessingException e) {
        var at = e.getLocation();
        return at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }

    private static JsonNode value(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> NODES.textNode(parser.getText());
            case VALUE_NUMBER_INT -> integer(parser);
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            default -> NODES.nullNode();
        };
    }

    private static ObjectNode object(JsonParser parser) throws IOException {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            object.set(key, value(parser, parser.nextToken()));
        }
        return object;
    }

    private static ArrayNode array(JsonParser parser) throws IOException {
        ArrayNode array = NODES.arrayNode();
        JsonToken token;
        while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
            array.add(value(parser, token));
        }
        return array;
    }

    private static JsonNode integer(JsonParser parser) throws IOException {
        return switch (parser.getNumberType()) {
            case INT -> NODES.numberNode(parser.getIntValue());
            case LONG -> NODES.numberNode(parser.getLongValue());
            default -> NODES.numberNode(parser.getBigIntegerValue());
        };
    }

    private static void write(JsonNode node, JsonGenerator out) throws IOException {
        switch (node.getNodeType()) {
            case OBJECT -> {
                out.writeStartObject();
                for (var field : node.properties()) {
                    out.writeFieldName(field.getKey());
                    write(field.getValue(), out);
                }
                out.writeEndObject();
            }
            case ARRAY -> {
                out.writeStartArray();
                for (JsonNode each : node) {
                    write(each, out);
                }
                out.writeEndArray();
            }
            case STRING -> out.writeString(node.textValue());
            case NUMBER -> out.writeNumber(node.asText());
            case BOOLEAN -> out.writeBoolean(node.booleanValue());
            default -> out.writeNull();
        }
    }
}
