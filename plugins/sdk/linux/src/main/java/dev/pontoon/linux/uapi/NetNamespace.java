package dev.pontoon.linux.uapi;

/** Constants of {@code linux/net_namespace.h}: the numbers by which namespaces know each other. */
public final class NetNamespace {
    public static final int NETNSA_NSID = 1;
    public static final int NETNSA_FD = 3;

    private NetNamespace() {}
}
