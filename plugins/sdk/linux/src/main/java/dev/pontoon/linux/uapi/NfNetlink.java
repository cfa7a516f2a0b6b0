package dev.pontoon.linux.uapi;

/** Constants of {@code linux/netfilter/nfnetlink.h}. */
public final class NfNetlink {
    public static final int NFNETLINK_V0 = 0;

    public static final int NFNL_SUBSYS_CTNETLINK = 1;
    public static final int NFNL_SUBSYS_NFTABLES = 10;

    public static final int NFNL_MSG_BATCH_BEGIN = 0x10;
    public static final int NFNL_MSG_BATCH_END = 0x11;

    public static final int NFNL_BATCH_GENID = 1;

    private NfNetlink() {}
}
