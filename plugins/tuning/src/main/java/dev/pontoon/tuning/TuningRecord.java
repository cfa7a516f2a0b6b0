package dev.pontoon.tuning;

import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A ledger entry in this plugin's words: each thing that is set, with what is set and what was
 * there. Things are named by the key of a {@link LinkAttribute} or the path of a sysctl, which has
 * slashes.
 */
record TuningRecord(LedgerEntry entry) {
    private static final String DATA_DIR = "dataDir";
    private static final String LINK_INDEX = "linkIndex";
    private static final String SET = "set ";
    private static final String WAS = "was ";

    /** What an ADD is about to do in a namespace; {@code link} is 0 for none. */
    static TuningRecord begun(
            Attachment attachment, NetworkNamespace netns, int link, Path dataDir) {
        return new TuningRecord(
                LedgerEntry.begun(attachment, TuningPlugin.NAME)
                        .in(netns)
                        .with(LINK_INDEX, Integer.toString(link))
                        .with(DATA_DIR, dataDir.toString()));
    }

    /** The same with one thing more. */
    TuningRecord with(String name, String was, String set) {
        return new TuningRecord(entry.with(WAS + name, was).with(SET + name, set));
    }

    /** The same at the end of its ADD. */
    TuningRecord finish() {
        return new TuningRecord(entry.finish());
    }

    Attachment attachment() {
        return entry.attachment();
    }

    /** The path of the container's namespace at its ADD; empty in an entry nobody can read. */
    String netns() {
        return entry.netns();
    }

    boolean isOf(NetworkNamespace netns) {
        return entry.isOf(netns);
    }

    boolean isOfSameNamespace(TuningRecord other) {
        return entry.isOfSameNamespace(other.entry);
    }

    /** The index of the interface whose attributes are set, 0 for none. */
    int linkIndex() {
        return Integer.parseInt(entry.fact(LINK_INDEX).orElse("0"));
    }

    Path dataDir() {
        return Path.of(entry.fact(DATA_DIR).orElse(TuningConfig.DEFAULT_DATA_DIR));
    }

    /** What was there before, of each thing that is set. */
    Map<String, String> before() {
        Map<String, String> before = new LinkedHashMap<>();
        for (Map.Entry<String, String> fact : entry.facts().entrySet()) {
            if (fact.getKey().startsWith(WAS)) {
                before.put(fact.getKey().substring(WAS.length()), fact.getValue());
            }
        }
        return before;
    }

    /** What was there before; empty if that thing is not set. */
    String was(String name) {
        return entry.fact(WAS + name).orElse("");
    }

    /** What is set; empty if that thing is not. */
    String set(String name) {
        return entry.fact(SET + name).orElse("");
    }
}
