package dev.pontoon.linux.nft;

import dev.pontoon.linux.uapi.NfTables;
import java.nio.charset.StandardCharsets;

/** What the kernel takes for a name of a table, chain, set or map. */
final class Names {
    private Names() {}

    /** Throws {@link IllegalArgumentException} for an empty name and one over 255 bytes. */
    static String require(String kind, String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length >= NfTables.NFT_NAME_MAXLEN || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    kind + " name '" + name + "' of " + length + " bytes");
        }
        return name;
    }
}
