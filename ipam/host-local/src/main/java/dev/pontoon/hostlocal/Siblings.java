package dev.pontoon.hostlocal;

import dev.pontoon.linux.Inode;
import dev.pontoon.protocol.Ip;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The other networks of the same store. Two networks with one subnet usually share a bridge as
 * well, so an address that another network has leased is better not handed out here.
 */
final class Siblings {
    /** The network's own folder, and the one that holds what is Pontoon's. */
    private static final int FOLDERS_OF_ONE_NETWORK = 2;

    private final List<Occupied> others = new ArrayList<>();

    /** {@code hasOwnFolder} tells whether Pontoon has made its folder for the network. */
    Siblings(Path dataDir, String network, boolean hasOwnFolder) {
        if (hasOwnFolder && Inode.folderCount(dataDir) == FOLDERS_OF_ONE_NETWORK) {
            return;
        }
        String[] names = new File(dataDir.toString()).list();
        if (names == null) {
            return;
        }
        for (String name : names) {
            if (!name.startsWith(".") && !name.equals(network)) {
                others.add(new Occupied(Store.folder(dataDir, name)));
            }
        }
    }

    boolean have(Ip address) {
        for (Occupied each : others) {
            if (each.has(address)) {
                return true;
            }
        }
        return false;
    }
}
