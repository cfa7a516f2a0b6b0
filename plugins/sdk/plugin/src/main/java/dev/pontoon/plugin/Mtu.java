package dev.pontoon.plugin;

import dev.pontoon.protocol.ConfigObject;

/** The key {@code mtu} of a configuration. */
public final class Mtu {
    // The least an IPv4 host must take in (RFC 791), and what the kernel's veth driver allows.
    private static final int LEAST = 68;
    private static final int MOST = 65535;

    private Mtu() {}

    /** In bytes; 0 leaves it to the kernel. Throws code 7 for one that no veth pair can have. */
    public static int read(ConfigObject keys) {
        int mtu = keys.integer("mtu", 0);
        if (mtu != 0 && (mtu < LEAST || mtu > MOST)) {
            throw keys.invalid("mtu", "must be 0 or lie between " + LEAST + " and " + MOST);
        }
        return mtu;
    }
}
