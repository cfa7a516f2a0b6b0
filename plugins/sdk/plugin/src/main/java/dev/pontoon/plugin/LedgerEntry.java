package dev.pontoon.plugin;

import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.JsonText;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one plugin made, or was about to make, for one attachment: names and numbers by which it can
 * be found and removed when the namespace, the result and the runtime's memory are all gone.
 *
 * @param attachment for whom
 * @param plugin which plugin made it
 * @param finished whether the ADD came to its end; an unfinished entry is one that was killed or is
 *     under way
 * @param facts what was made, in the plugin's own words, such as {@code hostVeth = veth12ab34cd}
 */
public record LedgerEntry(
        Attachment attachment, String plugin, boolean finished, SortedMap<String, String> facts) {
    private static final String NETNS = "netns";
    private static final String NETNS_IDENTITY = "netnsIdentity";

    public LedgerEntry {
        // Not copied: nobody else has the maps that are made here, and a sorted one is copied fast.
        facts = Collections.unmodifiableSortedMap(facts);
    }

    /** An entry without facts, for an ADD that begins. */
    public static LedgerEntry begun(Attachment attachment, String plugin) {
        return new LedgerEntry(attachment, plugin, false, new TreeMap<>());
    }

    /** The same entry with one fact more, or another value of it. */
    public LedgerEntry with(String name, String value) {
        SortedMap<String, String> more = new TreeMap<>(facts);
        more.put(name, value);
        return new LedgerEntry(attachment, plugin, finished, more);
    }

    /** The same entry with the container's namespace: its path, and what tells it from others. */
    public LedgerEntry in(NetworkNamespace netns) {
        return with(NETNS, netns.path()).with(NETNS_IDENTITY, text(netns.identity()));
    }

    private static String text(NetworkNamespace.Identity netns) {
        return netns.device() + ":" + netns.inode();
    }

    /** The path of the container's namespace at its ADD; empty if it was not recorded. */
    public String netns() {
        return fact(NETNS).orElse("");
    }

    /** Whether it is the container's namespace: a path may lead to another one by now. */
    public boolean isOf(NetworkNamespace netns) {
        return fact(NETNS_IDENTITY).orElse("").equals(text(netns.identity()));
    }

    /** Whether both are of one namespace. */
    public boolean isOfSameNamespace(LedgerEntry other) {
        return fact(NETNS_IDENTITY).equals(other.fact(NETNS_IDENTITY));
    }

    /** The same entry at the end of its ADD. */
    public LedgerEntry finish() {
        return new LedgerEntry(attachment, plugin, true, facts);
    }

    /** A fact; empty if it was not recorded. */
    public Optional<String> fact(String name) {
        return Optional.ofNullable(facts.get(name));
    }

    /** The attachment and the plugin are those of the file's name; inside they stand for people. */
    static LedgerEntry read(byte[] json, Attachment attachment, String plugin) {
        ConfigObject entry = ConfigObject.read(json, "a ledger entry");
        ConfigObject facts = entry.object("facts").orElse(ConfigObject.empty());
        SortedMap<String, String> read = new TreeMap<>();
        for (String name : facts.keys()) {
            read.put(name, facts.text(name, ""));
        }
        return new LedgerEntry(attachment, plugin, entry.flag("finished"), read);
    }

    String toJson() {
        return new JsonText()
                .put("network", attachment.network())
                .put("containerID", attachment.containerId())
                .put("ifname", attachment.ifname())
                .put("plugin", plugin)
                .put("finished", finished)
                .put("facts", facts)
                .toString();
    }
}
