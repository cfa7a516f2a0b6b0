package dev.pontoon.portmap;

import dev.pontoon.plugin.ReferenceHash;
import dev.pontoon.protocol.Attachment;

/** The names that the reference plugin gives to what it makes, by which it is found again. */
final class ReferenceNames {
    /** Leads to the chains of containers. */
    static final String DNAT = "CNI-HOSTPORT-DNAT";

    /** Marks packets that are to be masqueraded. */
    static final String SET_MARK = "CNI-HOSTPORT-SETMARK";

    /** Masquerades marked packets. */
    static final String MASQUERADE = "CNI-HOSTPORT-MASQ";

    /** What versions before 0.7 led to chains of containers with. */
    static final String OLD_SNAT = "CNI-HOSTPORT-SNAT";

    private static final int HASH_DIGITS = 21;
    private static final int LONGEST_COMMENT = 255;

    private ReferenceNames() {}

    /** The container's chain; the interface is no part of it. */
    static String chain(Attachment attachment) {
        return "CNI-DN-" + hash(attachment);
    }

    /** The container's chain of versions before 0.7. */
    static String oldChain(Attachment attachment) {
        return "CNI-SN-" + hash(attachment);
    }

    /** The comment of what leads to the container's chain. */
    static String comment(Attachment attachment) {
        String comment =
                networkComment(attachment.network()) + '"' + attachment.containerId() + '"';
        return comment.length() > LONGEST_COMMENT
                ? comment.substring(0, LONGEST_COMMENT - 2) + "..."
                : comment;
    }

    /** How the comments of a network begin; the container follows in quotes. */
    static String networkComment(String network) {
        return "dnat name: \"" + network + "\" id: ";
    }

    private static String hash(Attachment attachment) {
        return ReferenceHash.of(attachment.network() + attachment.containerId(), HASH_DIGITS);
    }
}
