package dev.pontoon.plugin;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * The trace that a call belongs to, as the variable TRACEPARENT of its environment names it (W3C
 * Trace Context, section 3.2). Programs that a call runs inherit it.
 */
final class TraceContext {
    private static final Pattern TRACEPARENT =
            Pattern.compile(
                    "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private TraceContext() {}

    /** The variable; empty if it is missing or is not what the specification says. */
    static String parent(Map<String, String> variables) {
        String text = variables.getOrDefault("TRACEPARENT", "");
        return TRACEPARENT.matcher(text).matches() ? text : "";
    }
}
