package dev.pontoon.protocol;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * CNI_ARGS: {@code KEY=value;KEY=value}. Keys are case-sensitive. A key that the plugin does not
 * know is an error unless {@code IgnoreUnknown} is {@code 1} or {@code true}, wherever that stands.
 */
public final class CniArgs {
    private static final String IGNORE_UNKNOWN = "IgnoreUnknown";

    private final Map<String, String> pairs;

    private CniArgs(Map<String, String> pairs) {
        this.pairs = pairs;
    }

    /**
     * Reads the text for a plugin that knows these keys. Throws {@link CniException} with code 4.
     */
    public static CniArgs read(String text, List<String> known) {
        CniArgs args = new CniArgs(pairs(text));
        if (!args.ignoresUnknown()) {
            args.requireKnown(known);
        }
        return args;
    }

    /**
     * Reads the text for DEL and GC, and for who only looks: whatever is wrong with it must not
     * keep anything from being removed or told. It then has no pairs.
     */
    public static CniArgs readLeniently(String text) {
        try {
            return new CniArgs(pairs(text));
        } catch (CniException e) {
            return new CniArgs(Map.of());
        }
    }

    /** The value of a key; empty if the key is missing or has no value. */
    public Optional<String> value(String key) {
        String value = pairs.get(key);
        return value == null || value.isEmpty() ? Optional.empty() : Optional.of(value);
    }

    private static Map<String, String> pairs(String text) {
        Map<String, String> pairs = new LinkedHashMap<>();
        if (text.isEmpty()) {
            return pairs;
        }
        for (String pair : text.split(";", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 0 || pair.indexOf('=', equals + 1) >= 0) {
                throw invalid("CNI_ARGS: invalid pair \"" + pair + "\"", "it must be KEY=value");
            }
            pairs.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return pairs;
    }

    private boolean ignoresUnknown() {
        String value = pairs.getOrDefault(IGNORE_UNKNOWN, "");
        if (value.equals("1") || value.equalsIgnoreCase("true")) {
            return true;
        }
        if (value.isEmpty() || value.equals("0") || value.equalsIgnoreCase("false")) {
            return false;
        }
        throw invalid(
                "CNI_ARGS: IgnoreUnknown=" + value + " is no boolean",
                "it must be 1, 0, true or false");
    }

    private void requireKnown(List<String> known) {
        for (String key : pairs.keySet()) {
            if (!known.contains(key) && !key.equals(IGNORE_UNKNOWN)) {
                throw invalid(
                        "CNI_ARGS: unknown key \"" + key + "\"",
                        "add IgnoreUnknown=1 if it is meant for another plugin");
            }
        }
    }

    private static CniException invalid(String message, String details) {
        return new CniException(ErrorCode.INVALID_ENVIRONMENT, message, details);
    }
}
