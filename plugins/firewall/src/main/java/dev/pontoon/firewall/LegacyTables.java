package dev.pontoon.firewall;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The tables of the old xtables kind, of which nf_tables knows nothing: only their own program
 * reads and writes them.
 */
final class LegacyTables {
    private static final Path V4 = Path.of("/proc/self/net/ip_tables_names");
    private static final Path V6 = Path.of("/proc/self/net/ip6_tables_names");

    private LegacyTables() {}

    /** Whether there is a table filter of either IP version. */
    static boolean exist() {
        return exists(true) || exists(false);
    }

    /** Whether there is a table filter of that IP version. */
    static boolean exists(boolean v4) {
        try {
            return Files.readAllLines(v4 ? V4 : V6).contains("filter");
        } catch (IOException e) {
            // The module is not loaded, or this is no root: there is nothing for us to do either
            // way.
            return false;
        }
    }
}
