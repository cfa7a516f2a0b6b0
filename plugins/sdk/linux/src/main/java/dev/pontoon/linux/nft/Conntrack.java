package dev.pontoon.linux.nft;

/**
 * Bits for {@link Field#CT_STATE} and {@link Field#CT_STATUS}: {@code
 * linux/netfilter/nf_conntrack_common.h}.
 */
public final class Conntrack {
    public static final int STATE_INVALID = 1;
    public static final int STATE_ESTABLISHED = 1 << 1;
    public static final int STATE_RELATED = 1 << 2;
    public static final int STATE_NEW = 1 << 3;
    public static final int STATE_UNTRACKED = 1 << 6;

    /** IPS_SRC_NAT: the connection's source is translated. */
    public static final int STATUS_SNAT = 1 << 4;

    /** IPS_DST_NAT: the connection's destination is translated. */
    public static final int STATUS_DNAT = 1 << 5;

    private Conntrack() {}
}
