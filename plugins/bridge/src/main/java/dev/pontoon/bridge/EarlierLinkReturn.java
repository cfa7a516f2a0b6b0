package dev.pontoon.bridge;

import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NotANamespaceException;
import dev.pontoon.linux.Route;
import dev.pontoon.linux.Routes;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.protocol.Cidr;
import java.util.Optional;

/**
 * Gives back the links that an earlier plugin of the chain made: off the bridge, without what was
 * added to them, and never deleted. Either may be gone already.
 */
final class EarlierLinkReturn {
    private final EarlierLinkRecord record;
    private final Links host;

    EarlierLinkReturn(EarlierLinkRecord record, Links host) {
        this.record = record;
        this.host = host;
    }

    void run(Cleanup cleanup) {
        String port = record.record().hostVeth();
        cleanup.step("take " + port + " off the bridge", this::leaveBridge);
        if (record.reachesContainer()) {
            String inside = record.record().attachment().ifname();
            cleanup.step("take back what " + inside + " was given", this::clearInside);
        }
    }

    /** The port's settings and VLANs are the bridge's, and go with the membership. */
    private void leaveBridge() {
        String port = record.record().hostVeth();
        Optional<Link> link = host.find(port).filter(record::isHost);
        Optional<Link> bridge = host.find(record.record().bridge());
        if (link.isEmpty() || bridge.isEmpty() || link.get().master() != bridge.get().index()) {
            return;
        }
        unlessGone(Errno.ENODEV, () -> host.clearMaster(link.get().index()));
        if (!record.hostWasUp()) {
            unlessGone(Errno.ENODEV, () -> host.setDown(link.get().index()));
        }
    }

    private void clearInside() {
        try (NetworkNamespace netns = NetworkNamespace.open(record.record().common().netns())) {
            if (record.isOf(netns)) {
                clearInside(netns);
            }
        } catch (NotANamespaceException e) {
            // The container is gone, and the interface with it.
        }
    }

    private void clearInside(NetworkNamespace netns) {
        try (NetlinkSocket container = netns.routeSocket()) {
            Links links = new Links(container);
            Optional<Link> link =
                    links.find(record.record().attachment().ifname()).filter(record::isInside);
            if (link.isPresent()) {
                deleteRoutes(link.get(), new Routes(container));
                deleteAddresses(link.get(), new Addresses(container));
                if (record.wasSetUp()) {
                    unlessGone(Errno.ENODEV, () -> links.setDown(link.get().index()));
                }
            }
        }
    }

    private void deleteRoutes(Link link, Routes routes) {
        for (Route each : record.routesAdded(link.index())) {
            unlessGone(Errno.ESRCH, () -> routes.delete(each));
        }
    }

    private void deleteAddresses(Link link, Addresses addresses) {
        for (Cidr each : record.addressesAdded()) {
            unlessGone(
                    Errno.EADDRNOTAVAIL,
                    () ->
                            addresses.delete(
                                    link.index(), each.address().bytes(), each.prefixLength()));
        }
    }

    private static void unlessGone(int gone, Runnable change) {
        try {
            change.run();
        } catch (KernelException e) {
            if (!e.is(gone) && !e.is(Errno.ENODEV)) {
                throw e;
            }
        }
    }
}
