package dev.pontoon.linux.uapi;

/** Constants of {@code linux/pkt_cls.h}: filters and their actions. */
public final class PktCls {
    public static final int TCA_ACT_KIND = 1;
    public static final int TCA_ACT_OPTIONS = 2;

    public static final int TC_ACT_STOLEN = 4;

    public static final int TCA_U32_SEL = 5;
    public static final int TCA_U32_ACT = 7;

    public static final int TC_U32_TERMINAL = 1;

    private PktCls() {}
}
