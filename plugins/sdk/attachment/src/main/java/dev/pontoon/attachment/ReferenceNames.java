package dev.pontoon.attachment;

import dev.pontoon.protocol.Attachment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The names that the reference plugins give to what they make, by which it is found again. */
final class ReferenceNames {
    private static final int CHAIN_HASH_DIGITS = 24;
    private static final int COMMENT_HASH_DIGITS = 16;

    private ReferenceNames() {}

    /** The container's chain in iptables' nat table; the interface is no part of it. */
    static String masqueradeChain(Attachment attachment) {
        return "CNI-"
                + sha512(attachment.network() + attachment.containerId())
                        .substring(0, CHAIN_HASH_DIGITS);
    }

    /** The comment of the rules in that chain and of those that lead to it. */
    static String masqueradeComment(Attachment attachment) {
        return networkComment(attachment.network()) + '"' + attachment.containerId() + '"';
    }

    /** How the comments of a network's rules begin; the container follows in quotes. */
    static String networkComment(String network) {
        return "name: \"" + network + "\" id: ";
    }

    /** How the comment of the attachment's rules in the nftables backend begins. */
    static String masqueradeTag(Attachment attachment) {
        return networkTag(attachment.network())
                + sha512(attachment.ifname() + ":" + attachment.containerId())
                        .substring(0, COMMENT_HASH_DIGITS);
    }

    /** How the comments of all attachments of a network begin there. */
    static String networkTag(String network) {
        return sha512(network).substring(0, COMMENT_HASH_DIGITS) + "-";
    }

    private static String sha512(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-512", e);
        }
    }
}
