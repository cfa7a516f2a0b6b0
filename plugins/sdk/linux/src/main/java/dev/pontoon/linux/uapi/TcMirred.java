package dev.pontoon.linux.uapi;

/** Constants of {@code linux/tc_act/tc_mirred.h}: sending packets on to another link. */
public final class TcMirred {
    public static final int TCA_EGRESS_REDIR = 1;

    public static final int TCA_MIRRED_PARMS = 2;

    private TcMirred() {}
}
