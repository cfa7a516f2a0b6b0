package dev.pontoon.linux.nft;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A match of the old xtables kind, which {@code iptables} uses in nf_tables as well: only a rule
 * that has the very same one is found by {@code iptables -C} and {@code -D}.
 *
 * @param name as behind {@code iptables -m}
 * @param revision which layout {@code info} has
 * @param info the match's own structure, padded to eight bytes
 */
public record XtMatch(String name, int revision, byte[] info) {
    private static final int COMMENT_BYTES = 256;

    // struct xt_conntrack_mtinfo3 of linux/netfilter/xt_conntrack.h: eight addresses, two times,
    // a protocol and four ports stand before the flags.
    private static final int CONNTRACK_BYTES = 168;
    private static final int MATCH_FLAGS = 146;
    private static final int STATE_MASK = 150;
    private static final short XT_CONNTRACK_STATE = 1;

    public XtMatch {
        info = info.clone();
    }

    /** {@code -m comment --comment TEXT}, of at most 255 bytes. */
    public static XtMatch comment(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= COMMENT_BYTES) {
            throw new IllegalArgumentException("comment of " + bytes.length + " bytes");
        }
        return new XtMatch("comment", 0, Arrays.copyOf(bytes, COMMENT_BYTES));
    }

    /**
     * {@code -m conntrack --ctstate RELATED,ESTABLISHED}: the bits are those of {@link Conntrack},
     * which are the same here.
     */
    public static XtMatch connectionState(int bits) {
        ByteBuffer info = ByteBuffer.allocate(CONNTRACK_BYTES).order(ByteOrder.nativeOrder());
        info.putShort(MATCH_FLAGS, XT_CONNTRACK_STATE).putShort(STATE_MASK, (short) bits);
        return new XtMatch("conntrack", 3, info.array());
    }

    @Override
    public byte[] info() {
        return info.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof XtMatch that
                && name.equals(that.name)
                && revision == that.revision
                && Arrays.equals(info, that.info);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(info);
    }
}
