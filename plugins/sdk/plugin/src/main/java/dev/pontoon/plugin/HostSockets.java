package dev.pontoon.plugin;

import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of one call into the host's namespace, each opened when it is first needed. For one
 * thread at a time.
 */
public class HostSockets implements AutoCloseable {
    private @Nullable NetlinkSocket route;
    private @Nullable NetlinkSocket netfilter;

    /** The socket for rtnetlink. */
    public final NetlinkSocket route() {
        if (route == null) {
            route = NetlinkSocket.route();
        }
        return route;
    }

    /** The socket for nfnetlink. */
    public final NetlinkSocket netfilter() {
        if (netfilter == null) {
            netfilter = NetlinkSocket.netfilter();
        }
        return netfilter;
    }

    /** Deletes a link if it is there; whether it was. Of a veth pair both ends go. */
    public boolean deleteLinkIfPresent(int index) {
        return new Links(route()).deleteIfPresent(index);
    }

    /** Closes what was opened; opened again when needed again. */
    @Override
    public void close() {
        if (route != null) {
            route.close();
            route = null;
        }
        if (netfilter != null) {
            netfilter.close();
            netfilter = null;
        }
    }
}
