package dev.pontoon.bandwidth;

import dev.pontoon.linux.Link;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;

/**
 * A ledger entry in the bandwidth plugin's words: written as intent before the first change, and
 * finished after the last one.
 */
record BandwidthRecord(LedgerEntry entry) {
    private static final String HOST_VETH = "hostVeth";
    private static final String HOST_INDEX = "hostIndex";
    private static final String INGRESS = "ingress";
    private static final String IFB = "ifb";

    /** What an ADD is about to make. */
    static BandwidthRecord begun(Attachment attachment, Link hostVeth, Limits limits) {
        return new BandwidthRecord(
                LedgerEntry.begun(attachment, BandwidthPlugin.NAME)
                        .with(HOST_VETH, hostVeth.name())
                        .with(HOST_INDEX, Integer.toString(hostVeth.index()))
                        .with(INGRESS, Boolean.toString(limits.ingress() != null))
                        .with(IFB, limits.egress() == null ? "" : IfbNames.of(attachment)));
    }

    /** The same at the end of its ADD. */
    BandwidthRecord finish() {
        return new BandwidthRecord(entry.finish());
    }

    Attachment attachment() {
        return entry.attachment();
    }

    boolean isFinished() {
        return entry.finished();
    }

    /** Whether it tells what was made; an entry that could not be read tells nothing. */
    boolean isReadable() {
        return !hostVeth().isEmpty();
    }

    String hostVeth() {
        return entry.fact(HOST_VETH).orElse("");
    }

    /** Whether this is the link that was limited: a name may be given again, an index is not. */
    boolean isHostVeth(Link link) {
        return link.name().equals(hostVeth())
                && entry.fact(HOST_INDEX).orElse("").equals(Integer.toString(link.index()));
    }

    boolean limitsIngress() {
        return entry.fact(INGRESS).orElse("").equals("true");
    }

    /** The name of the ifb; empty if what the container sends is not limited. */
    String ifb() {
        return entry.fact(IFB).orElse("");
    }
}
