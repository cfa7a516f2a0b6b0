package dev.pontoon.attachment;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.NetworkInterface;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Deletes veth pairs: by the ledger's word, else by that of a previous result, and never by the
 * interface's name alone, because a path may lead to another container by now.
 */
public final class VethRemoval {
    private final HostSockets host;
    private final Ledger ledger;

    /** Pairs of that host; those that the ledger gives to somebody are safe from results. */
    public VethRemoval(HostSockets host, Ledger ledger) {
        this.host = host;
        this.ledger = ledger;
    }

    /**
     * Deletes the pair of a record if it is there. The name is random and was written down before
     * the link was made; the MAC makes sure.
     */
    public void deleteRecorded(AttachmentRecord record) {
        Optional<Link> link = new Links(host.route()).find(record.hostVeth());
        if (link.isPresent()
                && link.get().isVeth()
                && link.get().macText().equals(record.hostMac())) {
            host.deleteLinkIfPresent(link.get().index());
        }
    }

    /**
     * Deletes host ends that a result lists, by their random names and MACs. A result that is
     * another attachment's costs that one nothing.
     *
     * @param attachment whose result it is said to be
     * @param isOurs what else must hold of the link
     */
    public void deleteListed(
            Attachment attachment, List<NetworkInterface> made, Predicate<Link> isOurs) {
        Links links = new Links(host.route());
        for (NetworkInterface each : made) {
            Optional<Link> link =
                    each.sandbox().isEmpty() ? links.find(each.name()) : Optional.empty();
            if (link.isPresent()
                    && link.get().isVeth()
                    && link.get().macText().equalsIgnoreCase(each.mac())
                    && isOurs.test(link.get())
                    && !isSomebodyElses(each.name(), attachment)) {
                host.deleteLinkIfPresent(link.get().index());
            }
        }
    }

    /**
     * Deletes the container's end if a result lists it. A path and a result that are another
     * attachment's cost that one nothing either.
     */
    public void deleteInside(
            Attachment attachment, List<NetworkInterface> made, NetworkNamespace netns) {
        try (NetlinkSocket inside = netns.routeSocket()) {
            Links links = new Links(inside);
            Optional<Link> link = links.find(attachment.ifname());
            if (link.isPresent() && link.get().isVeth() && isListed(link.get(), made)) {
                Optional<Link> hostEnd = new Links(host.route()).find(link.get().peer());
                if (hostEnd.isEmpty() || !isSomebodyElses(hostEnd.get().name(), attachment)) {
                    links.deleteIfPresent(link.get().index());
                }
            }
        }
    }

    private static boolean isListed(Link link, List<NetworkInterface> made) {
        for (NetworkInterface each : made) {
            boolean same =
                    !each.sandbox().isEmpty()
                            && each.name().equals(link.name())
                            && each.mac().equalsIgnoreCase(link.macText());
            if (same) {
                return true;
            }
        }
        return false;
    }

    /**
     * Other plugins of a chain have entries of the same attachment, which may name its link too.
     */
    private boolean isSomebodyElses(String hostVeth, Attachment attachment) {
        for (String network : ledger.networks()) {
            for (LedgerEntry entry : ledger.entries(network)) {
                boolean names = new AttachmentRecord(entry).hostVeth().equals(hostVeth);
                if (names && !entry.attachment().equals(attachment)) {
                    return true;
                }
            }
        }
        return false;
    }
}
