package dev.pontoon.bandwidth;

import dev.pontoon.linux.Batch;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.LinkKind;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NewLink;
import dev.pontoon.linux.Qdisc;
import dev.pontoon.linux.TrafficControl;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.plugin.Undo;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkInterface;
import java.util.List;
import java.util.Optional;

/**
 * One ADD. What it makes is taken back by the same code that serves DEL, from the same record,
 * whether it is this call that fails or a later one that finds the record of a call that was
 * killed.
 */
final class Addition {
    private final Attachment attachment;
    private final Limits limits;
    private final AddResult previous;
    private final Ledger ledger;
    private final HostSockets host;
    private final HostVeth hostVeth;
    private final Call call;
    private final Removal removal;

    Addition(
            Attachment attachment,
            Limits limits,
            AddResult previous,
            Ledger ledger,
            HostSockets host,
            HostVeth hostVeth,
            Call call) {
        this.attachment = attachment;
        this.limits = limits;
        this.previous = previous;
        this.ledger = ledger;
        this.host = host;
        this.hostVeth = hostVeth;
        this.call = call;
        this.removal = new Removal(host, ledger);
    }

    /** Limits the attachment. The caller holds its lock. */
    AddResult run() {
        refuseIfLimited();
        if (limits.isEmpty()) {
            return previous;
        }
        Link veth = hostVeth.require();
        limits.requireWholePackets(veth);
        requireFree(veth);
        if (limits.egress() != null) {
            // Its host's end is free, so whatever has its name is a leftover.
            removal.deleteStray(attachment);
        }
        BandwidthRecord record = BandwidthRecord.begun(attachment, veth, limits);
        try (Undo undo = new Undo(call.stop())) {
            undo.push("remove the limits of " + attachment, () -> remove(record));
            ledger.write(record.entry());
            AddResult result = limit(veth, record);
            call.stop().check();
            ledger.write(record.finish().entry());
            undo.commit();
            return result;
        }
    }

    /**
     * Limits that stand are refused before anything is touched. What was never finished, or stood
     * for an interface that has another host's end by now, is removed.
     */
    private void refuseIfLimited() {
        Optional<LedgerEntry> known = ledger.find(attachment, BandwidthPlugin.NAME);
        if (known.isEmpty()) {
            return;
        }
        BandwidthRecord earlier = new BandwidthRecord(known.get());
        if (earlier.isFinished() && hostVeth.find().filter(earlier::isHostVeth).isPresent()) {
            throw new CniException(
                    ErrorCode.ALREADY_ATTACHED,
                    "limit the bandwidth of "
                            + attachment
                            + ": it is limited already, at "
                            + earlier.hostVeth(),
                    "DEL it first");
        }
        call.log().line("removing what an earlier ADD left of " + attachment);
        remove(earlier);
    }

    /** A qdisc that somebody made may be another plugin's, or the reference plugin's limit. */
    private void requireFree(Link veth) {
        for (Qdisc each : new TrafficControl(host.route()).list(veth.index())) {
            boolean inTheWay =
                    (each.isRoot() && each.isChosen() && limits.ingress() != null)
                            || (each.isIngress() && limits.egress() != null);
            if (inTheWay) {
                throw new CniException(
                        ErrorCode.ALREADY_ATTACHED,
                        "limit the bandwidth of "
                                + attachment
                                + ": "
                                + veth.name()
                                + " has the qdisc "
                                + each.describe()
                                + " already",
                        "DEL the attachment first if it is limited; else tc qdisc del dev "
                                + veth.name()
                                + (each.isRoot() ? " root" : " ingress"));
            }
        }
    }

    private void remove(BandwidthRecord record) {
        ledger.takeBack(record.entry(), cleanup -> removal.recorded(record.entry(), cleanup));
    }

    private AddResult limit(Link veth, BandwidthRecord record) {
        Batch batch = new Batch(host.route());
        TrafficControl control = batch.trafficControl();
        Limit ingress = limits.ingress();
        if (ingress != null) {
            control.add(Qdisc.limiting(veth.index(), ingress.bucket()));
        }
        Limit egress = limits.egress();
        if (egress == null) {
            batch.execute();
            return previous;
        }
        Link ifb = makeIfb(record.ifb(), veth.mtu());
        control.add(Qdisc.limiting(ifb.index(), egress.bucket()));
        control.add(Qdisc.ingress(veth.index()));
        control.redirect(veth.index(), ifb.index());
        batch.execute();
        NetworkInterface listed = NetworkInterface.ofHost(ifb.name(), ifb.macText(), ifb.mtu());
        return new AddResult(List.of(listed), List.of(), List.of(), Dns.NONE).behind(previous);
    }

    /** Its alias tells GC whose it is should the ledger be lost. */
    private Link makeIfb(String name, int mtu) {
        Links links = new Links(host.route());
        links.add(
                NewLink.ofKind(LinkKind.IFB, name)
                        .mtu(mtu)
                        .txQueueLength(0)
                        .alias(OwnerTag.of(attachment))
                        .up());
        call.stop().check();
        return links.find(name)
                .orElseThrow(() -> new KernelException("find " + name, Errno.ENODEV));
    }
}
