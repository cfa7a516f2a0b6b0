package dev.pontoon.attachment;

import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Sysctl;

/** IPv6 settings of a link on the host. */
public final class HostIpv6 {
    private HostIpv6() {}

    /** Lets the link have IPv6 addresses. Throws {@link KernelException} if that is impossible. */
    public static void enable(String link) {
        Sysctl.ensure("0", "net", "ipv6", "conf", link, "disable_ipv6");
    }

    /** Keeps routers behind the link from configuring the host. */
    public static void refuseRouterAdvertisements(String link) {
        prefer("0", link, "accept_ra");
    }

    /**
     * Has the link's own address be used at once: while it is being tried the host cannot ask for
     * neighbours in its name.
     */
    public static void skipDetection(String link) {
        prefer("0", link, "accept_dad");
    }

    private static void prefer(String value, String link, String setting) {
        try {
            Sysctl.ensure(value, "net", "ipv6", "conf", link, setting);
        } catch (KernelException e) {
            // A host without IPv6, or with a read-only /proc/sys, has nothing to set or no way to.
        }
    }
}
