package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.JsonNode;

/** Writes a tree as JSON text on one line. Like {@link JsonReader} for the sake of a cold start. */
final class JsonWriter {
    private final StringBuilder out = new StringBuilder(512);

    private JsonWriter() {}

    static String write(JsonNode tree) {
        JsonWriter writer = new JsonWriter();
        writer.value(tree);
        return writer.out.toString();
    }

    private void value(JsonNode node) {
        switch (node.getNodeType()) {
            case OBJECT -> object(node);
            case ARRAY -> array(node);
            case STRING -> text(node.textValue());
            case NUMBER -> out.append(node.numberValue());
            case BOOLEAN -> out.append(node.booleanValue());
            default -> out.append("null");
        }
    }

    private void object(JsonNode node) {
        out.append('{');
        boolean first = true;
        for (var field : node.properties()) {
            if (!first) {
                out.append(',');
            }
            first = false;
            text(field.getKey());
            out.append(':');
            value(field.getValue());
        }
        out.append('}');
    }

    private void array(JsonNode node) {
        out.append('[');
        boolean first = true;
        for (JsonNode each : node) {
            if (!first) {
                out.append(',');
            }
            first = false;
            value(each);
        }
        out.append(']');
    }

    private void text(String text) {
        out.append('"');
        if (isPlain(text)) {
            out.append(text);
        } else {
            escaped(text);
        }
        out.append('"');
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character < ' ' || character == '"' || character == '\\') {
                return false;
            }
        }
        return true;
    }

    private void escaped(String text) {
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            switch (character) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (character < ' ') {
                        control(character);
                    } else {
                        out.append(character);
                    }
                }
            }
        }
    }

    private void control(char character) {
        out.append(character < 0x10 ? "\\u000" : "\\u001")
                .append("0123456789ABCDEF".charAt(character & 0xf));
    }
}
