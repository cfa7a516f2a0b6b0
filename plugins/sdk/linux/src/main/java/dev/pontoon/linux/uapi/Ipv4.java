package dev.pontoon.linux.uapi;

/** Constants of {@code linux/ip.h}: the settings that IPv4 has for each link. */
public final class Ipv4 {
    public static final int IPV4_DEVCONF_ARP_NOTIFY = 22;

    private Ipv4() {}
}
