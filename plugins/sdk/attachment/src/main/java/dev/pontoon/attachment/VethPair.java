package dev.pontoon.attachment;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NewLink;
import dev.pontoon.linux.uapi.IfFlags;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The veth pair of one attachment: one end on the host, the other inside the container. Its names
 * are chosen and written down before it is made, so that it can be found whatever happens.
 *
 * @param hostName the name of the host's end
 * @param hostMac its hardware address; not to be changed
 * @param containerMac that of the container's end; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a whole
public record VethPair(String hostName, byte[] hostMac, byte[] containerMac) {
    private static final long[] WAITS_MS = {0, 1, 2, 5, 10, 20, 50, 100, 300, 500, 1000, 1000};

    /** A pair with a name and hardware addresses that nobody else has. */
    public static VethPair random() {
        return RandomNames.pair();
    }

    /** The same pair with another hardware address inside. */
    public VethPair withContainerMac(byte[] mac) {
        return new VethPair(hostName, hostMac, mac);
    }

    /**
     * Makes the pair in one request: the host's end up, the container's end down, as the kernel
     * makes it. Throws code 102 if the container has an interface of that name.
     *
     * @param mtu of both ends in bytes; 0 leaves it to the kernel
     * @param master the index of the bridge that the host's end joins; 0 for none
     * @param host the links of the host
     */
    public void create(NetworkNamespace netns, String ifname, int mtu, int master, Links host) {
        NewLink inside = NewLink.peer(ifname).mac(containerMac).mtu(mtu).namespace(netns.fd());
        NewLink outside =
                NewLink.veth(hostName, inside)
                        .mac(hostMac)
                        .mtu(mtu)
                        .txQueueLength(0)
                        .master(master)
                        .up();
        try {
            host.add(outside);
        } catch (KernelException e) {
            if (e.is(Errno.EEXIST)) {
                throw alreadyThere(ifname, netns.path());
            }
            throw e;
        }
    }

    /**
     * Refuses an ADD (code 102) while the container has an interface of that name; whose it is does
     * not matter.
     */
    public static void requireFree(String ifname, NetworkNamespace netns, Links container) {
        if (container.find(ifname).isPresent()) {
            throw alreadyThere(ifname, netns.path());
        }
    }

    private static CniException alreadyThere(String ifname, String netns) {
        return new CniException(
                ErrorCode.ALREADY_ATTACHED,
                "create "
                        + ifname
                        + " in "
                        + netns
                        + ": the container already has an interface of that name",
                "DEL the attachment first, or use another CNI_IFNAME");
    }

    /**
     * Waits until one end lets frames through, which the kernel decides a moment after both ends
     * are up, for each of them. Throws code 100 if it does not within three seconds.
     *
     * @param name the name of the end
     * @param route a socket into its namespace
     * @return the end as it is then
     */
    public static Link awaitUp(String name, NetlinkSocket route) {
        Links links = new Links(route);
        int state = 0;
        for (long wait : WAITS_MS) {
            pause(wait);
            Link link =
                    links.find(name)
                            .orElseThrow(
                                    () -> new KernelException("find link " + name, Errno.ENODEV));
            state = link.operState();
            if (state == IfFlags.IF_OPER_UP) {
                return link;
            }
        }
        throw new CniException(
                ErrorCode.KERNEL,
                "wait for " + name + " to come up: its operational state stays " + state,
                "see `ip -d link show " + name + "`; a network daemon may have set it down");
    }

    private static void pause(long milliseconds) {
        if (milliseconds > 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(milliseconds));
        }
    }
}
