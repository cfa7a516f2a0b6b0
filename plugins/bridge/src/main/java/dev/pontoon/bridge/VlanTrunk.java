package dev.pontoon.bridge;

import dev.pontoon.linux.VlanRange;
import dev.pontoon.protocol.ConfigObject;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The VLANs that pass a port with their tags. An empty trunk still makes the bridge look at tags.
 */
final class VlanTrunk {
    private static final int HIGHEST = 4094;

    private final BitSet ids;

    private VlanTrunk(BitSet ids) {
        this.ids = ids;
    }

    /**
     * Reads {@code vlanTrunk}: entries of {@code minID} and {@code maxID}, of {@code id}, or of
     * both.
     */
    static @Nullable VlanTrunk read(ConfigObject keys) {
        if (!keys.has("vlanTrunk")) {
            return null;
        }
        BitSet ids = new BitSet();
        for (ConfigObject entry : keys.objects("vlanTrunk")) {
            addRange(entry, ids);
            if (entry.has("id")) {
                ids.set(id(entry, "id"));
            }
        }
        return new VlanTrunk(ids);
    }

    private static void addRange(ConfigObject entry, BitSet ids) {
        if (!entry.has("minID") && !entry.has("maxID")) {
            return;
        }
        if (!entry.has("minID")) {
            throw entry.invalid("maxID", "needs a minID beside it");
        }
        if (!entry.has("maxID")) {
            throw entry.invalid("minID", "needs a maxID beside it");
        }
        int from = id(entry, "minID");
        int to = id(entry, "maxID");
        if (from > to) {
            throw entry.invalid("minID", "must not be greater than maxID " + to);
        }
        ids.set(from, to + 1);
    }

    private static int id(ConfigObject entry, String key) {
        int id = entry.integer(key, 0);
        if (id < 1 || id > HIGHEST) {
            throw entry.invalid(key, "must lie between 1 and " + HIGHEST);
        }
        return id;
    }

    boolean isEmpty() {
        return ids.isEmpty();
    }

    /** The VLANs in order, neighbours joined. */
    List<VlanRange> ranges() {
        List<VlanRange> ranges = new ArrayList<>();
        int from = ids.nextSetBit(0);
        while (from >= 0) {
            int to = ids.nextClearBit(from) - 1;
            ranges.add(new VlanRange(from, to, false, false));
            from = ids.nextSetBit(to + 1);
        }
        return ranges;
    }
}
