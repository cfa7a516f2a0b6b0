package dev.pontoon.bridge;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.nft.Nftables;
import org.jspecify.annotations.Nullable;

/** The sockets of one call into the host's namespace, each opened when it is first needed. */
final class HostSockets implements AutoCloseable {
    private @Nullable NetlinkSocket route;
    private @Nullable NetlinkSocket netfilter;

    NetlinkSocket route() {
        if (route == null) {
            route = NetlinkSocket.route();
        }
        return route;
    }

    NetlinkSocket netfilter() {
        if (netfilter == null) {
            netfilter = NetlinkSocket.netfilter();
        }
        return netfilter;
    }

    /** Whether the kernel has nftables at all, and we may use it. */
    boolean hasNftables() {
        try {
            new Nftables(netfilter()).generation();
            return true;
        } catch (KernelException e) {
            if (e.is(Errno.EINVAL) || e.is(Errno.EPROTONOSUPPORT) || e.is(Errno.EOPNOTSUPP)) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        if (route != null) {
            route.close();
        }
        if (netfilter != null) {
            netfilter.close();
        }
    }
}
