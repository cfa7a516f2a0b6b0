package dev.pontoon.bandwidth;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.LinkKind;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.Qdisc;
import dev.pontoon.linux.Redirection;
import dev.pontoon.linux.TokenBucket;
import dev.pontoon.linux.TrafficControl;
import dev.pontoon.plugin.Findings;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.List;

/**
 * CHECK: follows a packet in each direction that is limited, and throws at the first thing that is
 * not as it should be. Reads only. What the reference plugin made is right as well.
 */
final class Inspection {
    private static final int BITS = 8;

    /** The reference plugin rounds down to a microsecond, which is 15.6 ticks. */
    private static final int ROUNDING_TICKS = 17;

    private static final long TICKS_MASK = 0xffff_ffffL;

    private final Attachment attachment;
    private final Limits limits;
    private final HostVeth hostVeth;
    private final Links links;
    private final TrafficControl control;
    private final Findings findings;

    Inspection(Attachment attachment, Limits limits, HostVeth hostVeth, NetlinkSocket host) {
        this.attachment = attachment;
        this.limits = limits;
        this.hostVeth = hostVeth;
        this.links = new Links(host);
        this.control = new TrafficControl(host);
        this.findings = new Findings(attachment);
    }

    void run() {
        Link veth = requireHostVeth();
        Limit ingress = limits.ingress();
        if (ingress != null) {
            inspectLimit(veth, ingress);
        }
        Limit egress = limits.egress();
        if (egress != null) {
            Link ifb = inspectDetour(veth);
            inspectLimit(ifb, egress);
        }
    }

    private Link requireHostVeth() {
        try {
            return hostVeth.require();
        } catch (CniException e) {
            throw new CniException(ErrorCode.CHECK_FAILED, e.text(), e.details()).because(e);
        }
    }

    private Link inspectDetour(Link veth) {
        List<Redirection> redirections = control.redirections(veth.index());
        if (redirections.isEmpty()) {
            throw findings.failed(
                    veth.name() + " has no filter that redirects what the container sends");
        }
        Redirection first = redirections.getFirst();
        if (!first.everything()) {
            throw findings.failed(
                    veth.name() + " redirects only a part of what the container sends");
        }
        Link ifb =
                links.find(first.target())
                        .orElseThrow(() ->
                                findings.failed(
                                        "the ifb that " + veth.name() + " redirects to is gone"));
        if (!ifb.kind().equals(LinkKind.IFB) || !isOwn(ifb.name())) {
            throw findings.failed(
                    veth.name()
                            + " redirects to "
                            + ifb.name()
                            + " and should redirect to "
                            + IfbNames.of(attachment));
        }
        if (!ifb.up()) {
            throw findings.failed("the ifb " + ifb.name() + " is down");
        }
        return ifb;
    }

    private boolean isOwn(String ifb) {
        return ifb.equals(IfbNames.of(attachment)) || ifb.equals(IfbNames.reference(attachment));
    }

    private void inspectLimit(Link link, Limit limit) {
        Qdisc root = root(link);
        TokenBucket found =
                root.bucket()
                        .orElseThrow(() ->
                                findings.failed(
                                        link.name()
                                                + " has no token bucket filter at its root but "
                                                + root.describe()));
        TokenBucket wanted = limit.bucket();
        if (found.rate() != wanted.rate()) {
            throw differs(
                    "rate of " + link.name(), found.rate() * BITS, wanted.rate() * BITS, "bit/s");
        }
        if (!isAsLong(found.ticks(), wanted)) {
            throw differs(
                    "burst of " + link.name(), found.burst() * BITS, limit.burst() * BITS, "bits");
        }
        if (found.limit() != wanted.limit()) {
            throw differs("queue limit of " + link.name(), found.limit(), wanted.limit(), "bytes");
        }
    }

    private Qdisc root(Link link) {
        for (Qdisc each : control.list(link.index())) {
            if (each.isRoot()) {
                return each;
            }
        }
        throw findings.failed(link.name() + " has no qdisc at its root");
    }

    /** A time that is too long for the kernel comes out wrapped from the reference plugin. */
    private static boolean isAsLong(long ticks, TokenBucket wanted) {
        return Math.abs(ticks - wanted.keptTicks()) <= ROUNDING_TICKS
                || Math.abs(ticks - (wanted.ticks() & TICKS_MASK)) <= ROUNDING_TICKS;
    }

    private CniException differs(String what, long found, long wanted, String unit) {
        return findings.failed(
                "the " + what + " is " + found + " and should be " + wanted + " " + unit);
    }
}
