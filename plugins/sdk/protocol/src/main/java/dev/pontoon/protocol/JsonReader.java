package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads one JSON document: RFC 8259 in UTF-8 and nothing beyond it, no byte-order mark either.
 *
 * <p>Why not Jackson's parser: to load it, and the tables of BigDecimal that it starts with, takes
 * longer than all the rest of a cold call does. The limits are Jackson's.
 */
final class JsonReader {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int DEEPEST_NESTING = 1000;
    private static final int LONGEST_NUMBER = 1000;
    private static final int LONGEST_KEY = 50_000;
    private static final int LONGEST_TEXT = 20_000_000;
    private static final int END = -1;

    private final byte[] bytes;
    private final String what;
    private int at;
    private int depth;

    JsonReader(byte[] bytes, String what) {
        this.bytes = bytes;
        this.what = what;
    }

    /** The one document that the bytes are. Throws {@link CniException} (code 6). */
    JsonNode document() {
        requireUtf8();
        if (peek() == END) {
            throw undecodable("it is empty");
        }
        JsonNode document = value();
        if (peek() != END) {
            throw malformed("there is text after the end of the document");
        }
        return document;
    }

    /** Overlong forms of UTF-8 hide a character from whoever looks at the bytes. */
    private void requireUtf8() {
        boolean ascii = true;
        for (byte each : bytes) {
            if (each == 0) {
                throw undecodable("it has a zero byte, which no JSON text in UTF-8 has");
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
            throw undecodable("it starts with a byte-order mark");
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            throw undecodable("it is not UTF-8");
        }
    }

    private JsonNode value() {
        int next = peek();
        return switch (next) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> NODES.textNode(text(LONGEST_TEXT));
            case 't' -> word("true", NODES.booleanNode(true));
            case 'f' -> word("false", NODES.booleanNode(false));
            case 'n' -> word("null", NODES.nullNode());
            default -> {
                if (next != '-' && !isDigit(next)) {
                    throw unexpected("a value");
                }
                yield number();
            }
        };
    }

    private ObjectNode object() {
        enter();
        ObjectNode object = NODES.objectNode();
        if (peek() == '}') {
            leave();
            return object;
        }
        while (true) {
            if (peek() != '"') {
                throw unexpected("a key in double quotes");
            }
            String key = text(LONGEST_KEY);
            if (peek() != ':') {
                throw unexpected("a colon after the key");
            }
            at++;
            if (object.replace(key, value()) != null) {
                object = RepeatingObject.noting(key, object);
            }
            if (isLast('}')) {
                return object;
            }
        }
    }

    private ArrayNode array() {
        enter();
        ArrayNode array = NODES.arrayNode();
        if (peek() == ']') {
            leave();
            return array;
        }
        while (true) {
            array.add(value());
            if (isLast(']')) {
                return array;
            }
        }
    }

    private void enter() {
        if (depth == DEEPEST_NESTING) {
            throw malformed("it is nested more than " + DEEPEST_NESTING + " deep");
        }
        depth++;
        at++;
    }

    private void leave() {
        depth--;
        at++;
    }

    /** After a member of an object or a list: whether it was the last one. */
    private boolean isLast(char end) {
        int next = peek();
        if (next == end) {
            leave();
            return true;
        }
        if (next != ',') {
            throw unexpected("a comma or '" + end + "'");
        }
        at++;
        return false;
    }

    private JsonNode word(String word, JsonNode meaning) {
        for (int i = 0; i < word.length(); i++) {
            if (byteAt(at + i) != word.charAt(i)) {
                throw malformed("there is a word other than true, false and null");
            }
        }
        at += word.length();
        return meaning;
    }

    private JsonNode number() {
        int start = at;
        if (byteAt(at) == '-') {
            at++;
        }
        if (byteAt(at) == '0') {
            at++;
        } else {
            skipDigits();
        }
        boolean whole = true;
        if (byteAt(at) == '.') {
            whole = false;
            at++;
            skipDigits();
        }
        if (byteAt(at) == 'e' || byteAt(at) == 'E') {
            whole = false;
            at++;
            if (byteAt(at) == '+' || byteAt(at) == '-') {
                at++;
            }
            skipDigits();
        }
        if (at - start > LONGEST_NUMBER) {
            throw malformed("there is a number of more than " + LONGEST_NUMBER + " characters");
        }
        String text = new String(bytes, start, at - start, StandardCharsets.ISO_8859_1);
        return whole ? integer(text) : decimal(text);
    }

    private void skipDigits() {
        if (!isDigit(byteAt(at))) {
            throw unexpected("a digit");
        }
        while (isDigit(byteAt(at))) {
            at++;
        }
    }

    private static JsonNode integer(String text) {
        if (text.length() > 18) {
            BigInteger large = new BigInteger(text);
            return large.bitLength() < Long.SIZE
                    ? NODES.numberNode(large.longValue())
                    : NODES.numberNode(large);
        }
        long value = Long.parseLong(text);
        return value == (int) value ? NODES.numberNode((int) value) : NODES.numberNode(value);
    }

    private JsonNode decimal(String text) {
        try {
            return NODES.numberNode(new BigDecimal(text));
        } catch (NumberFormatException e) {
            // An exponent of eleven digits.
            throw malformed("there is a number beyond all measure");
        }
    }

    private String text(int limit) {
        at++;
        int start = at;
        StringBuilder unescaped = null;
        while (byteAt(at) != '"') {
            if (byteAt(at) == '\\') {
                unescaped = unescaped == null ? new StringBuilder() : unescaped;
                unescaped.append(plain(start)).append(escaped());
                start = at;
            } else if (byteAt(at) == END) {
                throw malformed("it ends within a text");
            } else if (bytes[at] >= 0 && bytes[at] < ' ') {
                throw malformed("there is a control character in a text, which must be escaped");
            } else {
                at++;
            }
        }
        String text = unescaped == null ? plain(start) : unescaped.append(plain(start)).toString();
        if (text.length() > limit) {
            throw malformed("there is a text of more than " + limit + " characters");
        }
        at++;
        return text;
    }

    /** What stands between {@code start} and here, without escapes. */
    private String plain(int start) {
        return new String(bytes, start, at - start, StandardCharsets.UTF_8);
    }

    private char escaped() {
        at += 2;
        return switch (byteAt(at - 1)) {
            case '"' -> '"';
            case '\\' -> '\\';
            case '/' -> '/';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> {
                at -= 2;
                throw malformed("there is a backslash that escapes nothing");
            }
        };
    }

    private char unicode() {
        int character = 0;
        for (int end = at + 4; at < end; at++) {
            int digit = Character.digit(byteAt(at), 16);
            if (digit < 0) {
                throw unexpected("one of the four hexadecimal digits behind \\u");
            }
            character = character << 4 | digit;
        }
        return (char) character;
    }

    /** The first byte behind white space, or END. */
    private int peek() {
        while (true) {
            int next = byteAt(at);
            if (next != ' ' && next != '\n' && next != '\r' && next != '\t') {
                return next;
            }
            at++;
        }
    }

    private int byteAt(int index) {
        return index < bytes.length ? bytes[index] & 0xff : END;
    }

    private static boolean isDigit(int character) {
        return character >= '0' && character <= '9';
    }

    private CniException unexpected(String wanted) {
        int found = byteAt(at);
        if (found == END) {
            return malformed("it ends where " + wanted + " should be");
        }
        boolean printable = found > ' ' && found < 0x7f;
        return malformed(
                "there is "
                        + (printable ? "'" + (char) found + "'" : "byte " + found)
                        + " where "
                        + wanted
                        + " should be");
    }

    private CniException malformed(String why) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < at && i < bytes.length; i++) {
            column++;
            if (bytes[i] == '\n') {
                line++;
                column = 1;
            }
        }
        return undecodable(why + " (line " + line + ", column " + column + ")");
    }

    private CniException undecodable(String why) {
        return new CniException(ErrorCode.DECODE_FAILURE, "read " + what + " as JSON: " + why);
    }
}
