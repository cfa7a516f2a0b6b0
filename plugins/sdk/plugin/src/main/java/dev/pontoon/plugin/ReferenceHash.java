package dev.pontoon.plugin;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The hash in names that the reference plugins make: SHA-512 in hexadecimal digits. */
public final class ReferenceHash {
    private ReferenceHash() {}

    /** The first so many digits, 128 at most, of the hash of a text. */
    public static String of(String text, int digits) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            byte[] hash = digest.digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, digits);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-512", e);
        }
    }
}
