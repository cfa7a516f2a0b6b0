package dev.pontoon.linux.uapi;

/** Constants of {@code linux/veth.h}. */
public final class Veth {
    public static final int VETH_INFO_PEER = 1;

    private Veth() {}
}
