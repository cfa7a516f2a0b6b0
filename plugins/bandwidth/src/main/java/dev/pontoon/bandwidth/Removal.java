package dev.pontoon.bandwidth;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.LinkKind;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.Qdisc;
import dev.pontoon.linux.Redirection;
import dev.pontoon.linux.TrafficControl;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Takes limits away: by the ledger if it knows the attachment, else by the names of ifbs. Only
 * qdiscs of the shape that an ADD makes are touched. Every step succeeds if its object is gone.
 */
final class Removal implements Detachment.Steps {
    private final HostSockets host;
    private final Ledger ledger;
    private final Links links;
    private final TrafficControl control;

    Removal(HostSockets host, Ledger ledger) {
        this.host = host;
        this.ledger = ledger;
        this.links = new Links(host.route());
        this.control = new TrafficControl(host.route());
    }

    @Override
    public boolean isReadable(LedgerEntry entry) {
        return new BandwidthRecord(entry).isReadable();
    }

    @Override
    public void recorded(LedgerEntry entry, Cleanup cleanup) {
        BandwidthRecord record = new BandwidthRecord(entry);
        cleanup.step("free " + record.hostVeth(), () -> freeHostVeth(record));
        if (!record.ifb().isEmpty()) {
            cleanup.step(
                    "delete " + record.ifb(), () -> find(record.ifb()).ifPresent(this::delete));
        }
    }

    private void freeHostVeth(BandwidthRecord record) {
        Optional<Link> veth = links.find(record.hostVeth()).filter(record::isHostVeth);
        if (veth.isEmpty()) {
            return;
        }
        int ifb = record.ifb().isEmpty() ? 0 : find(record.ifb()).map(Link::index).orElse(0);
        for (Qdisc each : control.list(veth.get().index())) {
            boolean limit = record.limitsIngress() && each.limits();
            boolean detour = !record.ifb().isEmpty() && isDetour(each, ifb);
            if (limit || detour) {
                control.deleteIfPresent(each);
            }
        }
    }

    /** Whether all that it does is to redirect to that ifb, or to one that is gone. */
    private boolean isDetour(Qdisc qdisc, int ifb) {
        if (!qdisc.isPlainIngress()) {
            return false;
        }
        for (Redirection each : control.redirections(qdisc.link())) {
            if (each.target() != ifb && each.target() != 0) {
                return false;
            }
        }
        return true;
    }

    private Optional<Link> find(String ifb) {
        return links.find(ifb).filter(link -> link.kind().equals(LinkKind.IFB));
    }

    private void delete(Link ifb) {
        host.deleteLinkIfPresent(ifb.index());
    }

    /**
     * An ifb of the reference plugin may be another interface's of the same container, which the
     * host's end of this one tells.
     */
    @Override
    public void unrecorded(Request.Del request, Optional<NetworkNamespace> netns, Cleanup cleanup) {
        Attachment attachment = request.attachment();
        Optional<Link> hostVeth = netns.flatMap(alive -> findHostVeth(attachment, alive));
        boolean containerLives = netns.isPresent();
        for (String name : List.of(IfbNames.of(attachment), IfbNames.reference(attachment))) {
            cleanup.step(
                    "delete " + name,
                    () -> deleteNamed(name, attachment, hostVeth, containerLives));
        }
    }

    private Optional<Link> findHostVeth(Attachment attachment, NetworkNamespace netns) {
        try (NetlinkSocket container = netns.routeSocket()) {
            return new HostVeth(host.route(), container, attachment.ifname(), netns.path()).find();
        }
    }

    private void deleteNamed(
            String name, Attachment attachment, Optional<Link> hostVeth, boolean containerLives) {
        Optional<Link> ifb = find(name);
        if (ifb.isEmpty()) {
            return;
        }
        List<Integer> users = users(ifb.get());
        boolean ofAnother =
                containerLives
                        && name.equals(IfbNames.reference(attachment))
                        && !users.isEmpty()
                        && !(hostVeth.isPresent() && users.contains(hostVeth.get().index()));
        if (!ofAnother) {
            deleteWithDetour(ifb.get(), users);
        }
    }

    /** The indexes of the links that redirect to an ifb. */
    private List<Integer> users(Link ifb) {
        List<Integer> users = new ArrayList<>();
        for (Qdisc each : control.list()) {
            if (each.isIngress() && redirectsTo(ifb.index(), each.link())) {
                users.add(each.link());
            }
        }
        return users;
    }

    private boolean redirectsTo(int ifb, int link) {
        for (Redirection each : control.redirections(link)) {
            if (each.target() == ifb) {
                return true;
            }
        }
        return false;
    }

    /** A filter that redirects to a link which is gone would drop everything. */
    private void deleteWithDetour(Link ifb, List<Integer> users) {
        for (int user : users) {
            for (Qdisc each : control.list(user)) {
                if (each.limits() || isDetour(each, ifb.index())) {
                    control.deleteIfPresent(each);
                }
            }
        }
        delete(ifb);
    }

    /** Deletes an ifb of the attachment's own name that no ledger entry stands for. */
    void deleteStray(Attachment attachment) {
        find(IfbNames.of(attachment)).ifPresent(ifb -> deleteWithDetour(ifb, users(ifb)));
    }

    /** Our ifbs tell by their alias whose they are. */
    @Override
    public void unlisted(String network, List<Attachment> valid, Cleanup cleanup) {
        List<Link> ifbs = new ArrayList<>();
        for (Link each : links.list()) {
            if (IfbNames.isNamed(each)) {
                ifbs.add(each);
            }
        }
        if (ifbs.isEmpty()) {
            return;
        }
        // Read after the links: an ADD enters itself there before it makes one.
        Set<String> kept = keptTags(network, valid);
        for (Link each : ifbs) {
            if (OwnerTag.isOf(each.alias(), network) && !kept.contains(each.alias())) {
                cleanup.step("collect " + each.name(), () -> deleteWithDetour(each, users(each)));
            } else if (each.alias().isEmpty() && !isReferenceOf(valid, each)) {
                cleanup.step("collect " + each.name(), () -> deleteOrphan(each));
            }
        }
    }

    private Set<String> keptTags(String network, List<Attachment> valid) {
        Set<String> kept = new HashSet<>();
        for (Attachment each : valid) {
            kept.add(OwnerTag.of(each));
        }
        for (LedgerEntry each : ledger.entries(network, BandwidthPlugin.NAME)) {
            kept.add(OwnerTag.of(each.attachment()));
        }
        return kept;
    }

    private static boolean isReferenceOf(List<Attachment> valid, Link ifb) {
        for (Attachment each : valid) {
            if (IfbNames.reference(each).equals(ifb.name())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Nothing tells of which network an ifb of the reference plugin is. But its limit is what that
     * plugin makes last: where that stands and no link redirects there any more, the container is
     * gone, whichever it was.
     */
    private void deleteOrphan(Link ifb) {
        if (isLimited(ifb) && users(ifb).isEmpty()) {
            delete(ifb);
        }
    }

    private boolean isLimited(Link ifb) {
        for (Qdisc each : control.list(ifb.index())) {
            if (each.limits()) {
                return true;
            }
        }
        return false;
    }
}
