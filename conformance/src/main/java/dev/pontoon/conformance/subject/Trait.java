package dev.pontoon.conformance.subject;

import java.util.Locale;

/**
 * Something a plugin is or can do, that decides which cases apply to it. In a profile a trait is
 * either named (the plugin is so) or comes with the keys that switch it on.
 */
public enum Trait {
    /** Makes or sets up an interface in the container. */
    INTERFACE,
    /** Hands out addresses to an interface plugin and touches no link. */
    IPAM,
    /** Works on what a plugin before it made; needs prevResult. */
    CHAINED,
    /** Reports the result it was given, unchanged, in its smallest configuration. */
    TRANSPARENT,
    /** Gives its one device to one container at a time. */
    EXCLUSIVE,
    /** Takes its addresses from the plugin that {@code ipam.type} names. */
    DELEGATES,
    /** Works without any {@code ipam}. */
    WITHOUT_IPAM,
    /** The container's interface has a peer on the host. */
    HOST_LINK,
    /** The peers of all containers are ports of one bridge. */
    BRIDGE,
    /** The host gets the gateway's address, so that host and container can talk. */
    GATEWAY,
    /** Something of each attachment is on the host: a reservation, a link, a rule, a file. */
    HOST_STATE,
    /** Does nothing but set {@code lo} up. */
    LOOPBACK,
    /** Takes addresses from a range and remembers who has which. */
    POOL,
    /** Keeps its leases where and as host-local does. */
    HOST_LOCAL_STORE,
    /** Takes the addresses from its own configuration. */
    FIXED_ADDRESSES,
    /** Reads CNI_ARGS, and refuses what it does not know there. */
    ARGS,
    /** Both IPv4 and IPv6 addresses for each container. */
    DUAL_STACK,
    /** Masquerades what containers send out. */
    MASQUERADE,
    /** Drops frames that do not come from the container's own MAC address. */
    MAC_SPOOF_CHECK,
    /** Takes the MAC address from {@code runtimeConfig.mac}. */
    MAC,
    /** Takes addresses from {@code runtimeConfig.ips}. */
    IPS,
    /** Takes ranges from {@code runtimeConfig.ipRanges}. */
    IP_RANGES,
    /** Sets the interface's MTU. */
    MTU,
    /** A port sends frames back to where they came from. */
    HAIRPIN,
    /** The container's default route leads to the host. */
    DEFAULT_GATEWAY,
    /** Replaces an address of the bridge that is not the gateway's. */
    FORCE_ADDRESS,
    /** The bridge receives frames for whomever. */
    PROMISCUOUS,
    /** Ports of the bridge reach the host and not each other. */
    PORT_ISOLATION,
    /** One link between each container and the host, and nothing else on it. */
    POINT_TO_POINT,
    /** Puts containers on a VLAN. */
    VLAN,
    /** Forwards ports of the host, from {@code runtimeConfig.portMappings}. */
    PORT_MAPPINGS,
    /** Limits rates, from {@code runtimeConfig.bandwidth}. */
    BANDWIDTH,
    /** Sets sysctls of the container. */
    SYSCTL,
    /** Sets what a link is like: MTU, promiscuous and all-multicast mode, length of its queue. */
    LINK_ATTRIBUTES,
    /** Accepts the container's traffic in the host's firewall. */
    FIREWALL,
    /** Passes {@code dns} of the configuration on into the result. */
    DNS;

    /** As profiles have it: {@code mac-spoof-check}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The trait written so.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Trait of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
