package dev.pontoon.linux.uapi;

/** Constants of {@code linux/in6.h} and {@code linux/in.h}. */
public final class Ipv6 {
    public static final int IPPROTO_IPV6 = 41;
    public static final int IPPROTO_ICMPV6 = 58;

    public static final int IPV6_MULTICAST_HOPS = 18;
    public static final int IPV6_MULTICAST_LOOP = 19;

    private Ipv6() {}
}
