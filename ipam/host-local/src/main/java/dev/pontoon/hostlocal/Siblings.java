package dev.pontoon.hostlocal;

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
    private final List<Occupied> others = new ArrayList<>();

    Siblings(Path dataDir, String network) {
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
