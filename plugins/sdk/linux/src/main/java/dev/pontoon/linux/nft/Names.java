package dev.pontoon.linux.nft;

import dev.pontoon.linux.uapi.NfTables;
import java.nio.charset.StandardCharsets;

/**
 * The names of tables, chains, sets and maps. The kernel takes almost anything; {@code nft -f}
 * reads only some of it, and a listing that cannot be loaded again is of no use to whoever restores
 * it after a reboot.
 */
public final class Names {
    private Names() {}

    /**
     * The text as a name that nft can read: whatever is neither an ASCII letter or digit nor one of
     * {@code / - _ .} becomes a hyphen. {@code masq_fd00:22::/64} becomes {@code
     * masq_fd00-22--/64}. It must start with a letter.
     */
    public static String fit(String text) {
        StringBuilder name = new StringBuilder(text);
        for (int i = 0; i < name.length(); i++) {
            if (!isReadable(name.charAt(i))) {
                name.setCharAt(i, '-');
            }
        }
        return requireReadable("nftables", name.toString());
    }

    /** A name the kernel takes; throws {@link IllegalArgumentException} for any other. */
    static String require(String kind, String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length >= NfTables.NFT_NAME_MAXLEN || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    kind + " name '" + name + "' of " + length + " bytes");
        }
        return name;
    }

    /** A name that nft takes as well: for whatever Pontoon makes itself. */
    static String requireReadable(String kind, String name) {
        require(kind, name);
        boolean readable = isLetter(name.charAt(0)) || name.charAt(0) == '_';
        for (int i = 1; i < name.length(); i++) {
            readable &= isReadable(name.charAt(i));
        }
        if (!readable) {
            throw new IllegalArgumentException(
                    kind + " name '" + name + "' that nft cannot read back");
        }
        return name;
    }

    private static boolean isReadable(char character) {
        return isLetter(character)
                || (character >= '0' && character <= '9')
                || "/-_.".indexOf(character) >= 0;
    }

    private static boolean isLetter(char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
    }
}
