package dev.pontoon.plugin;

import dev.pontoon.protocol.Attachment;
import java.nio.charset.StandardCharsets;

/**
 * The name of an attachment as a comment in nftables: {@code network/containerID/ifname}. No part
 * may hold a slash, so it is unambiguous; a tag longer than a comment may be ends in a hash of the
 * whole.
 */
public final class OwnerTag {
    private static final int COMMENT_BYTES = 128;
    private static final int HASH_CHARS = 17;

    private OwnerTag() {}

    /** The tag of an attachment, at most 128 bytes. */
    public static String of(Attachment attachment) {
        return fit(
                attachment.network() + "/" + attachment.containerId() + "/" + attachment.ifname(),
                COMMENT_BYTES);
    }

    /**
     * The text itself, or if it has more bytes than that, its beginning and a hash of the whole.
     */
    static String fit(String whole, int limit) {
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= limit) {
            return whole;
        }
        int kept = Math.min(whole.length(), limit - HASH_CHARS);
        while (whole.substring(0, kept).getBytes(StandardCharsets.UTF_8).length
                > limit - HASH_CHARS) {
            kept--;
        }
        return whole.substring(0, kept) + "#" + hash(bytes);
    }

    /** Whether the tag is of an attachment to that network. */
    public static boolean isOf(String tag, String network) {
        return tag.startsWith(network + "/");
    }

    /**
     * FNV-1a, 64 bits: tells tags apart, and promises nothing against somebody who wants them
     * equal.
     */
    private static String hash(byte[] bytes) {
        long hash = 0xcbf29ce484222325L;
        for (byte each : bytes) {
            hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
        }
        String hex = Long.toHexString(hash);
        return "0".repeat(16 - hex.length()) + hex;
    }
}
