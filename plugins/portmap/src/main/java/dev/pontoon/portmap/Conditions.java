package dev.pontoon.portmap;

import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.protocol.ConfigObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * Which packets a network's ports are for: {@code conditionsV4} or {@code conditionsV6}, in the
 * words of either backend.
 *
 * @param key the configuration's
 * @param words as they stand there; empty for no conditions
 * @param alternatives for nftables: one of these must hold, and each is a list of matches that hold
 *     together; one empty list where there are no conditions
 */
record Conditions(String key, List<String> words, List<List<Consumer<Expressions>>> alternatives) {
    private static final int HASH_DIGITS = 16;

    /** Reads the key for one IP version. Throws code 7 for words that nftables does not get. */
    static Conditions read(ConfigObject keys, String key, boolean v4) {
        List<String> words = keys.texts(key);
        return isForIptables(words)
                ? new Conditions(key, words, List.of(List.of()))
                : new Conditions(key, words, new ConditionReader(keys, key, v4).read(words));
    }

    /** The words of iptables begin with a dash, or with an exclamation mark. */
    private static boolean isForIptables(List<String> words) {
        return !words.isEmpty()
                && (words.getFirst().startsWith("-") || words.getFirst().startsWith("!"));
    }

    boolean isForIptables() {
        return isForIptables(words);
    }

    boolean isEmpty() {
        return words.isEmpty();
    }

    /** Tells them from other conditions in names; empty for none. */
    String hash() {
        return isEmpty() ? "" : sha256(String.join(" ", words)).substring(0, HASH_DIGITS);
    }

    private static String sha256(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
