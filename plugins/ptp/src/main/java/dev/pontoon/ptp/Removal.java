package dev.pontoon.ptp;

import dev.pontoon.attachment.AttachmentRecord;
import dev.pontoon.attachment.Masquerading;
import dev.pontoon.attachment.VethRemoval;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Cleanup;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/**
 * Takes away what belongs to an attachment: the veth pair, with which addresses and routes go, and
 * masquerading. Forwarding stays as it is, since others may need it.
 */
final class Removal implements Detachment.Steps {
    private final Ledger ledger;
    private final VethRemoval veths;
    private final Masquerading masquerading;

    Removal(HostSockets host, Ledger ledger, Environment environment) {
        this.ledger = ledger;
        this.veths = new VethRemoval(host, ledger);
        this.masquerading = new Masquerading(host, environment);
    }

    @Override
    public boolean isReadable(LedgerEntry entry) {
        return new AttachmentRecord(entry).isReadable();
    }

    @Override
    public void recorded(LedgerEntry entry, Cleanup cleanup) {
        AttachmentRecord record = new AttachmentRecord(entry);
        cleanup.step("delete " + record.hostVeth(), () -> veths.deleteRecorded(record));
        cleanup.step("remove masquerading", () -> masquerading.remove(record));
    }

    @Override
    public void unrecorded(Request.Del request, Optional<NetworkNamespace> netns, Cleanup cleanup) {
        Attachment attachment = request.attachment();
        Optional<AddResult> previous = request.config().readablePrevResult();
        List<NetworkInterface> made =
                previous.map(result -> madeFor(attachment.ifname(), result)).orElse(List.of());
        if (!made.isEmpty()) {
            // What has become the port of a bridge is not ours.
            cleanup.step(
                    "delete the veth pair",
                    () -> veths.deleteListed(attachment, made, link -> link.master() == 0));
        }
        if (!made.isEmpty() && netns.isPresent()) {
            cleanup.step(
                    "delete " + attachment.ifname() + " in the container",
                    () -> veths.deleteInside(attachment, made, netns.get()));
        }
        List<Cidr> addresses =
                previous.map(result -> AddressPlan.cidrs(result.ips())).orElse(List.of());
        masquerading.removeUnrecorded(attachment, addresses, netns, cleanup);
    }

    /**
     * The container's interface and the host's end, which stands before it: the links of other
     * plugins of the chain are not ours to delete.
     */
    static List<NetworkInterface> madeFor(String ifname, AddResult previous) {
        List<NetworkInterface> all = previous.interfaces();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).name().equals(ifname) && !all.get(i).sandbox().isEmpty()) {
                return all.subList(Math.max(0, i - 1), i + 1);
            }
        }
        return List.of();
    }

    @Override
    public void unlisted(String network, List<Attachment> valid, Cleanup cleanup) {
        masquerading.collect(network, valid, ledger, cleanup);
    }
}
