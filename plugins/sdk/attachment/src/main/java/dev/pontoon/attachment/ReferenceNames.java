package dev.pontoon.attachment;

import dev.pontoon.plugin.ReferenceHash;
import dev.pontoon.protocol.Attachment;

/** The names that the reference plugins give to what they make, by which it is found again. */
final class ReferenceNames {
    private static final int CHAIN_HASH_DIGITS = 24;
    private static final int COMMENT_HASH_DIGITS = 16;

    private ReferenceNames() {}

    /** The container's chain in iptables' nat table; the interface is no part of it. */
    static String masqueradeChain(Attachment attachment) {
        return "CNI-"
                + ReferenceHash.of(
                        attachment.network() + attachment.containerId(), CHAIN_HASH_DIGITS);
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
                + ReferenceHash.of(
                        attachment.ifname() + ":" + attachment.containerId(), COMMENT_HASH_DIGITS);
    }

    /** How the comments of all attachments of a network begin there. */
    static String networkTag(String network) {
        return ReferenceHash.of(network, COMMENT_HASH_DIGITS) + "-";
    }
}
