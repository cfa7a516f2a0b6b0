package dev.pontoon.linux.uapi;

/** Constants of {@code linux/pkt_sched.h}: queueing disciplines. */
public final class PktSched {
    public static final int TC_H_ROOT = 0xffffffff;
    public static final int TC_H_INGRESS = 0xfffffff1;

    public static final int TC_LINKLAYER_ETHERNET = 1;

    public static final int TCA_TBF_PARMS = 1;
    public static final int TCA_TBF_RATE64 = 4;

    private PktSched() {}
}
