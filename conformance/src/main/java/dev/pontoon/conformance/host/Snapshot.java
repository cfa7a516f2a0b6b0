package dev.pontoon.conformance.host;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What a network namespace, and for a host its file systems, held at one moment: things by their
 * names, such as {@code link cni0} or {@code file /var/lib/cni/networks/t/lock}, each with what it
 * was like.
 *
 * <p>Left out is what changes by itself: indices, handles, counters, timers, carrier, link-local
 * addresses that the kernel makes, and learnt neighbours.
 */
public record Snapshot(SortedMap<String, String> things) {

    public Snapshot {
        things = new TreeMap<>(things);
    }

    /** Without the things whose name the condition holds for. */
    public Snapshot without(Predicate<String> condition) {
        var left = new TreeMap<>(things);
        left.keySet().removeIf(condition);
        return new Snapshot(left);
    }

    /** What became of an earlier snapshot. */
    public Difference since(Snapshot before) {
        List<String> lines = new ArrayList<>();
        things.forEach((name, now) -> {
            String was = before.things.get(name);
            if (was == null) {
                lines.add("+ " + name + shown(now));
            } else if (!was.equals(now)) {
                lines.add("~ " + name + ": " + Changed.between(was, now));
            }
        });
        before.things.forEach((name, was) -> {
            if (!things.containsKey(name)) {
                lines.add("- " + name + shown(was));
            }
        });
        return new Difference(lines);
    }

    private static String shown(String value) {
        return value.isEmpty() ? "" : " " + value;
    }

    /**
     * What changed between two moments.
     *
     * @param lines one for each thing that came ({@code +}), went ({@code -}) or changed ({@code
     *     ~})
     */
    public record Difference(List<String> lines) {
        public Difference {
            lines = List.copyOf(lines);
        }

        public boolean isEmpty() {
            return lines.isEmpty();
        }

        @Override
        public String toString() {
            return String.join("\n", lines);
        }
    }
}
