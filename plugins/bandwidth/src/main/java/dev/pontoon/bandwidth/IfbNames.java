package dev.pontoon.bandwidth;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.LinkKind;
import dev.pontoon.plugin.ReferenceHash;
import dev.pontoon.protocol.Attachment;

/** The names of ifbs: a hash, so that DEL finds one when nobody remembers anything. */
final class IfbNames {
    private static final String PREFIX = "bwp";
    private static final int DIGITS = 12;

    private IfbNames() {}

    /** The ifb of an attachment. A slash can stand in no part, so no two are spelled alike. */
    static String of(Attachment attachment) {
        return hashed(
                attachment.network() + "/" + attachment.containerId() + "/" + attachment.ifname());
    }

    /** The one that the reference plugin makes, for whichever interface of the container. */
    static String reference(Attachment attachment) {
        return hashed(attachment.network() + attachment.containerId());
    }

    private static String hashed(String whole) {
        return PREFIX + ReferenceHash.of(whole, DIGITS);
    }

    /** Whether a link is an ifb with a name of either kind. */
    static boolean isNamed(Link link) {
        String name = link.name();
        if (!link.kind().equals(LinkKind.IFB)
                || !name.startsWith(PREFIX)
                || name.length() != PREFIX.length() + DIGITS) {
            return false;
        }
        for (int i = PREFIX.length(); i < name.length(); i++) {
            if ("0123456789abcdef".indexOf(name.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }
}
