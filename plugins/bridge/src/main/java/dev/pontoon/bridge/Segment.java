package dev.pontoon.bridge;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Announcement;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The Ethernet segment that a container shares with the others of its bridge: whether somebody
 * there has its addresses, and telling everybody who has them now.
 */
final class Segment {
    private static final long DETECTION_LIMIT_NANOS = 10_000_000_000L;
    private static final long DETECTION_PAUSE_NANOS = 20_000_000;

    private final NetworkNamespace netns;
    private final NetlinkSocket socket;
    private final Link link;

    /** The segment behind that link of the container; {@code socket} leads into its namespace. */
    Segment(NetworkNamespace netns, NetlinkSocket socket, Link link) {
        this.netns = netns;
        this.socket = socket;
        this.link = link;
    }

    /**
     * Waits until the kernel has found that nobody else has the IPv6 addresses. Throws code 104 if
     * somebody has one, 100 if it takes longer than ten seconds.
     */
    void awaitDetection(List<IpConfig> ips, StopSignal stop) {
        if (!hasV6(ips)) {
            return;
        }
        long end = System.nanoTime() + DETECTION_LIMIT_NANOS;
        while (isTentative(ips)) {
            stop.check();
            if (System.nanoTime() > end) {
                throw new CniException(
                        ErrorCode.KERNEL,
                        "wait for duplicate address detection on "
                                + link.name()
                                + ": it takes longer than ten seconds",
                        "see `ip -6 address show dev " + link.name() + "` in the container");
            }
            LockSupport.parkNanos(DETECTION_PAUSE_NANOS);
        }
    }

    private static boolean hasV6(List<IpConfig> ips) {
        for (IpConfig ip : ips) {
            if (!ip.address().isV4()) {
                return true;
            }
        }
        return false;
    }

    private boolean isTentative(List<IpConfig> ips) {
        boolean tentative = false;
        for (Address each : new Addresses(socket).list(link.index())) {
            if (each.duplicate() && isOf(ips, each)) {
                throw new CniException(
                        ErrorCode.NO_ADDRESS,
                        "use "
                                + Ip.of(each.address())
                                + " on "
                                + link.name()
                                + ": another host of the network has this address",
                        "take it from there, or give out another one");
            }
            // The link-local one as well: the container finds its neighbours with it.
            tentative |= each.tentative() && !each.duplicate();
        }
        return tentative;
    }

    private static boolean isOf(List<IpConfig> ips, Address address) {
        for (IpConfig ip : ips) {
            if (address.is(ip.address().address().bytes())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Tells everybody who has the addresses now, so that nobody goes on sending to their last
     * holder.
     *
     * @param now the interface, with the MAC that it has now
     * @param present its addresses, in the order in which it got them
     */
    void announce(Link now, List<Address> present, List<IpConfig> ips) {
        for (IpConfig ip : ips) {
            byte[] address = ip.address().address().bytes();
            if (ip.address().isV4()) {
                Announcement.gratuitousArp(netns, socket, now, present, link.mac(), address);
            } else {
                Announcement.unsolicitedNeighbourAdvertisement(
                        netns, link.index(), link.mac(), address);
            }
        }
    }
}
