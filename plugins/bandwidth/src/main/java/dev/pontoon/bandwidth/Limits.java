package dev.pontoon.bandwidth;

import dev.pontoon.linux.Link;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.NetworkConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a configuration, read and checked before anything is touched (code 7, or 6 for a
 * value of the wrong type).
 *
 * @param ingress what the container may take in; null for no limit
 * @param egress what the container may send; null for no limit
 */
record Limits(@Nullable Limit ingress, @Nullable Limit egress) {
    private static final List<String> KEYS =
            List.of("ingressRate", "ingressBurst", "egressRate", "egressBurst");

    static Limits read(NetworkConfig config) {
        ConfigObject keys = source(config);
        return new Limits(Limit.read(keys, "ingress"), Limit.read(keys, "egress"));
    }

    /** One key of the configuration's own is enough, be it 0, and the runtime's do not count. */
    private static ConfigObject source(NetworkConfig config) {
        for (String key : KEYS) {
            if (config.object().has(key)) {
                return config.object();
            }
        }
        return config.runtimeConfig().object("bandwidth").orElse(ConfigObject.empty());
    }

    boolean isEmpty() {
        return ingress == null && egress == null;
    }

    /** Throws code 7 if a limit lets no whole packet of the link through. */
    void requireWholePackets(Link link) {
        if (ingress != null) {
            ingress.requireWholePackets(link);
        }
        if (egress != null) {
            egress.requireWholePackets(link);
        }
    }
}
