package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of a configuration, read the way runtimes write it: keys match without regard to
 * case (the exact spelling wins), {@code null} and the empty text mean "not given", unknown keys do
 * no harm, and nothing is coerced: {@code "mtu": "1400"} is an error (code 6) that names the key
 * with its path.
 */
public final class ConfigObject {
    private static final int UNSIGNED_LONG_DIGITS = 20;

    private final ObjectNode node;
    private final String path;

    ConfigObject(ObjectNode node, String path) {
        this.node = node;
        this.path = path;
    }

    /** Reads a document that must be an object; {@code what} names it in errors (code 6). */
    public static ConfigObject read(byte[] json, String what) {
        if (Json.read(json, what) instanceof ObjectNode object) {
            return new ConfigObject(object, "");
        }
        throw new CniException(
                ErrorCode.DECODE_FAILURE, "read " + what + " as JSON: it is not an object");
    }

    /** An object without keys. */
    public static ConfigObject empty() {
        return new ConfigObject(JsonNodeFactory.instance.objectNode(), "");
    }

    /** Whether the key is there with a value other than null. */
    public boolean has(String key) {
        return find(key) != null;
    }

    /** Whether the key is there at all, be it with null. */
    public boolean mentions(String key) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (field.getKey().equalsIgnoreCase(key)) {
                return true;
            }
        }
        return false;
    }

    /** The names of all keys, as they are written. */
    public List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            keys.add(field.getKey());
        }
        return keys;
    }

    /** The keys that stand more than once, in one spelling; of each the last value counts. */
    public Set<String> repeatedKeys() {
        return node instanceof RepeatingObject repeating ? repeating.repeated() : Set.of();
    }

    /** A text; empty if the key is missing, null or the empty text. */
    public Optional<String> text(String key) {
        JsonNode value = find(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw wrongType(key, "a string", value);
        }
        return value.textValue().isEmpty() ? Optional.empty() : Optional.of(value.textValue());
    }

    /** A text, or {@code otherwise}. */
    public String text(String key, String otherwise) {
        return text(key).orElse(otherwise);
    }

    /** A boolean; false if it is missing. */
    public boolean flag(String key) {
        return flag(key, false);
    }

    /** A boolean, or {@code otherwise}. */
    public boolean flag(String key, boolean otherwise) {
        JsonNode value = find(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw wrongType(key, "true or false", value);
        }
        return value.booleanValue();
    }

    /** A whole number that fits an int, or {@code otherwise}. */
    public int integer(String key, int otherwise) {
        JsonNode value = find(key);
        return value == null ? otherwise : whole(key, value);
    }

    /** A whole number that fits an int; null if it is missing. */
    public @Nullable Integer integerOrNull(String key) {
        JsonNode value = find(key);
        return value == null ? null : (Integer) whole(key, value);
    }

    /**
     * A whole number without a sign that fits 64 bits, or {@code otherwise}. One of 2^63 and more
     * comes out negative: compare and divide as {@link Long#compareUnsigned} and {@link
     * Long#divideUnsigned} do.
     */
    public long unsignedLong(String key, long otherwise) {
        JsonNode value = find(key);
        return value == null ? otherwise : unsigned(key, value);
    }

    /** An object; empty if it is missing. */
    public Optional<ConfigObject> object(String key) {
        JsonNode value = find(key);
        return value == null ? Optional.empty() : Optional.of(asObject(value, pathOf(key)));
    }

    /** A list of objects; the empty list if it is missing. */
    public List<ConfigObject> objects(String key) {
        List<ConfigObject> objects = new ArrayList<>();
        int index = 0;
        for (JsonNode each : list(key)) {
            objects.add(asObject(each, pathOf(key) + "[" + index++ + "]"));
        }
        return objects;
    }

    /**
     * A list of lists of objects, such as the ranges of host-local; the empty list if it is
     * missing.
     */
    public List<List<ConfigObject>> objectLists(String key) {
        List<List<ConfigObject>> lists = new ArrayList<>();
        int index = 0;
        for (JsonNode each : list(key)) {
            String at = pathOf(key) + "[" + index++ + "]";
            if (!each.isArray()) {
                throw wrongType(at, each, "a list");
            }
            List<ConfigObject> objects = new ArrayList<>();
            int inner = 0;
            for (JsonNode object : each) {
                objects.add(asObject(object, at + "[" + inner++ + "]"));
            }
            lists.add(objects);
        }
        return lists;
    }

    /** A list of texts; the empty list if it is missing. */
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        int index = 0;
        for (JsonNode each : list(key)) {
            if (!each.isTextual()) {
                throw wrongType(pathOf(key) + "[" + index + "]", each, "a string");
            }
            texts.add(each.textValue());
            index++;
        }
        return texts;
    }

    /** Where a key stands in the document: {@code ipam.ranges[0][1].subnet}. */
    public String pathOf(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** An error (code 7) about the value of a key: "mtu 70000: must be …". */
    public CniException invalid(String key, String why) {
        JsonNode value = find(key);
        String shown = value == null ? "" : " " + shorten(Json.write(value));
        return new CniException(ErrorCode.INVALID_CONFIG, pathOf(key) + shown + ": " + why);
    }

    /** The object as JSON text. */
    public String toJson() {
        return Json.write(node);
    }

    ObjectNode node() {
        return node;
    }

    private Iterable<JsonNode> list(String key) {
        JsonNode value = find(key);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrongType(key, "a list", value);
        }
        return value;
    }

    private @Nullable JsonNode find(String key) {
        JsonNode found = node.get(key);
        if (found == null) {
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                if (field.getKey().equalsIgnoreCase(key)) {
                    found = field.getValue();
                }
            }
        }
        return found == null || found.isNull() ? null : found;
    }

    private int whole(String key, JsonNode value) {
        if (!value.isNumber()) {
            throw wrongType(key, "a whole number", value);
        }
        if (value.isInt()) {
            return value.intValue();
        }
        try {
            // 1.4e3 is a whole number as well; a decimal with a huge exponent is never expanded.
            return value.decimalValue().intValueExact();
        } catch (ArithmeticException e) {
            throw wrongType(key, "a whole number of at most 32 bits", value);
        }
    }

    private long unsigned(String key, JsonNode value) {
        if (!value.isNumber()) {
            throw wrongType(key, "a whole number", value);
        }
        BigDecimal number = value.decimalValue();
        // Looked at before a huge exponent would be written out.
        long digits = (long) number.precision() - number.scale();
        if (number.signum() == 0) {
            return 0;
        }
        if (number.signum() > 0 && digits > 0 && digits <= UNSIGNED_LONG_DIGITS) {
            try {
                BigInteger whole = number.toBigIntegerExact();
                if (whole.bitLength() <= Long.SIZE) {
                    return whole.longValue();
                }
            } catch (ArithmeticException e) {
                // It has a fraction.
            }
        }
        throw wrongType(key, "a whole number from 0 on of at most 64 bits", value);
    }

    private static ConfigObject asObject(JsonNode value, String path) {
        if (value instanceof ObjectNode object) {
            return new ConfigObject(object, path);
        }
        throw wrongType(path, value, "an object");
    }

    private CniException wrongType(String key, String wanted, JsonNode found) {
        return wrongType(pathOf(key), found, wanted);
    }

    private static CniException wrongType(String path, JsonNode found, String wanted) {
        return new CniException(
                ErrorCode.DECODE_FAILURE,
                "read the configuration: "
                        + path
                        + " must be "
                        + wanted
                        + ", but is "
                        + shorten(Json.write(found)));
    }

    private static String shorten(String text) {
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }
}
