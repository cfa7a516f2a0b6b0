package dev.pontoon.hostlocal;

import dev.pontoon.protocol.Ip;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses have a lease file in a folder. The first questions are put to the file system one
 * by one, as mostly the first address is free; after that the folder is listed once, which is
 * cheaper where it is dense.
 */
final class Occupied {
    private static final int MOST_PROBES = 256;

    private final LeaseFolder folder;
    private int probes;
    private @Nullable Set<Ip> all;

    Occupied(LeaseFolder folder) {
        this.folder = folder;
    }

    boolean has(Ip address) {
        if (all == null && probes++ < MOST_PROBES) {
            return folder.isTaken(address);
        }
        Set<Ip> listed = all;
        if (listed == null) {
            listed = new HashSet<>(folder.addresses());
            all = listed;
        }
        return listed.contains(address);
    }
}
