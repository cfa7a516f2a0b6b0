package dev.pontoon.testing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What a namespace held at one moment, as sorted text without what changes by itself.
 *
 * <p>It is a list of things, each a key such as {@code link cni0}, {@code addr cni0 10.1.0.1/24},
 * {@code nft table inet pontoon map masq element 10.1.0.2} or {@code file /var/lib/cni/networks},
 * with named properties. Left out on purpose: indices, handles, counters, timers and carrier state;
 * neighbours the kernel learned (permanent and proxy entries stay); link-local addresses and the
 * IPv6 routes that the kernel adds to a link when it pleases.
 */
public final class Snapshot {

    /** An added or removed thing with more properties than this is reported by its key alone. */
    private static final int MOST_SHOWN = 6;

    private final SortedMap<String, SortedMap<String, String>> things;

    private Snapshot(SortedMap<String, SortedMap<String, String>> things) {
        this.things = Collections.unmodifiableSortedMap(things);
    }

    /** Things said in words that occur twice are told apart by a number. */
    static final class Builder {
        private final SortedMap<String, SortedMap<String, String>> things = new TreeMap<>();

        /** Adds to a thing that may be known already. */
        void property(String key, String name, String value) {
            things.computeIfAbsent(key, _ -> new TreeMap<>()).put(name, value);
        }

        /** Adds a thing of its own, even if an equal one is there. */
        void thing(String key, Map<String, String> properties) {
            String unique = key;
            for (int count = 2; things.containsKey(unique); count++) {
                unique = key + " (" + count + ")";
            }
            things.put(unique, new TreeMap<>(properties));
        }

        Snapshot build() {
            return new Snapshot(new TreeMap<>(things));
        }
    }

    Snapshot and(Snapshot more) {
        var both = new TreeMap<>(things);
        both.putAll(more.things);
        return new Snapshot(both);
    }

    /**
     * A copy without the things whose key the expression is found in, and without the properties
     * whose {@code key name} it is found in. For what a configuration declares permanent: {@code
     * without("^(link|addr|route|sysctl).*\\bcni0\\b")}. Switching IPv4 forwarding on turns the
     * {@code accept_redirects} of all and default over, too.
     */
    public Snapshot without(String regex) {
        Pattern pattern = Pattern.compile(regex);
        SortedMap<String, SortedMap<String, String>> kept = new TreeMap<>();
        things.forEach((key, properties) -> {
            if (!pattern.matcher(key).find()) {
                var left = new TreeMap<>(properties);
                left.keySet().removeIf(name -> pattern.matcher(key + " " + name).find());
                kept.put(key, left);
            }
        });
        return new Snapshot(kept);
    }

    /** The keys of all things, sorted. */
    public List<String> keys() {
        return List.copyOf(things.keySet());
    }

    /**
     * What this snapshot has more ({@code +}), less ({@code -}) or changed ({@code ~}) than an
     * earlier one; empty when they are equal.
     */
    public List<String> differenceFrom(Snapshot before) {
        List<String> lines = new ArrayList<>();
        var keys = new TreeSet<>(things.keySet());
        keys.addAll(before.things.keySet());
        for (String key : keys) {
            SortedMap<String, String> was = before.things.get(key);
            SortedMap<String, String> is = things.get(key);
            if (was == null) {
                lines.add("+ " + describe(key, things));
            } else if (is == null) {
                lines.add("- " + describe(key, before.things));
            } else {
                changes(key, was, is, lines);
            }
        }
        return lines;
    }

    private static String describe(
            String key, SortedMap<String, SortedMap<String, String>> things) {
        SortedMap<String, String> properties = things.getOrDefault(key, new TreeMap<>());
        boolean shown = !properties.isEmpty() && properties.size() <= MOST_SHOWN;
        return shown ? key + " " + properties : key;
    }

    private static void changes(
            String key,
            SortedMap<String, String> was,
            SortedMap<String, String> is,
            List<String> lines) {
        var names = new TreeSet<>(was.keySet());
        names.addAll(is.keySet());
        for (String name : names) {
            String old = was.getOrDefault(name, "(none)");
            String now = is.getOrDefault(name, "(none)");
            if (!old.equals(now)) {
                lines.add("~ " + key + " " + name + ": " + old + " -> " + now);
            }
        }
    }

    /** Fails the test with the readable difference unless nothing differs. */
    public void assertSameAs(Snapshot before) {
        List<String> difference = differenceFrom(before);
        if (!difference.isEmpty()) {
            throw new AssertionError(
                    "the host is not as it was:\n" + String.join("\n", difference).indent(2));
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Snapshot that && things.equals(that.things);
    }

    @Override
    public int hashCode() {
        return things.hashCode();
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        things.forEach(
                (key, properties) -> text.append(key).append(' ').append(properties).append('\n'));
        return text.toString();
    }
}
