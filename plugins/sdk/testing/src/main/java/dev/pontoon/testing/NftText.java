package dev.pontoon.testing;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;

/**
 * Reads what {@code nft -s list ruleset} prints: each line becomes a thing that carries the names
 * of its table and chain, and each element of a set or map one of its own.
 */
final class NftText {

    private static final String ELEMENTS = "elements = {";

    private final Snapshot.Builder found;
    private final Deque<String> around = new ArrayDeque<>();

    private NftText(Snapshot.Builder found) {
        this.found = found;
    }

    static void read(String text, Snapshot.Builder found) {
        var reader = new NftText(found);
        var pending = new StringBuilder();
        for (String line : text.lines().toList()) {
            pending.append(' ').append(line.strip());
            String soFar = pending.toString().strip();
            // Only a list of elements is wrapped; its end is the first closing brace.
            if (!soFar.startsWith(ELEMENTS) || soFar.endsWith("}")) {
                reader.line(soFar);
                pending.setLength(0);
            }
        }
    }

    private void line(String line) {
        if (line.isEmpty()) {
            return;
        }
        if (line.equals("}")) {
            around.removeLast();
        } else if (line.startsWith(ELEMENTS)) {
            String list = line.substring(ELEMENTS.length(), line.length() - 1);
            elements(list).forEach(element -> thing("element " + element));
        } else if (line.endsWith("{")) {
            around.addLast(line.substring(0, line.length() - 1).strip());
            thing("");
        } else {
            thing(line);
        }
    }

    private void thing(String what) {
        found.thing(("nft " + String.join(" ", around) + " " + what).strip(), new TreeMap<>());
    }

    /** Splits at commas, but not at those of a comment. */
    private static List<String> elements(String list) {
        List<String> elements = new ArrayList<>();
        var element = new StringBuilder();
        boolean quoted = false;
        for (int index = 0; index < list.length(); index++) {
            char c = list.charAt(index);
            quoted ^= c == '"';
            if (c == ',' && !quoted) {
                elements.add(element.toString().strip());
                element.setLength(0);
            } else {
                element.append(c);
            }
        }
        elements.add(element.toString().strip());
        return elements;
    }
}
