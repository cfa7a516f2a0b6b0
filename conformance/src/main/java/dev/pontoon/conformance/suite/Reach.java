package dev.pontoon.conformance.suite;

import dev.pontoon.conformance.host.Wait;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.View;
import dev.pontoon.conformance.subject.Trait;
import java.time.Duration;
import java.util.List;

/** What makes an attached interface one that works. */
final class Reach {

    /**
     * A gateway's IPv6 address may still be looked for duplicates of, though the container's is
     * not.
     */
    private static final Duration LONGEST = Duration.ofSeconds(4);

    private Reach() {}

    /** The interface is up and has every address that was reported for it. */
    static void working(Lab lab, Attachment attachment) {
        View inside = lab.in(attachment);
        String ifname = attachment.ifname();
        var flags = inside.needLink(ifname).path("flags");
        Expect.that(
                flags.toString().contains("\"UP\""),
                ifname + " is up in container " + attachment.id(),
                () -> "its flags are " + flags);
        List<String> there = inside.addresses(ifname);
        for (Reported.Ip ip : Reported.of(attachment).ips(ifname)) {
            Expect.contains("addresses of " + ifname, there, ip.canonical());
        }
    }

    /**
     * As {@link #working}, and the host gets an answer from each address if it has one in that
     * network.
     */
    static void answering(Lab lab, Attachment attachment) {
        working(lab, attachment);
        if (lab.has(Trait.GATEWAY)) {
            for (Reported.Ip ip : Reported.of(attachment).ips(attachment.ifname())) {
                pings(lab.onHost(), "the host", ip.host());
            }
        }
    }

    /** An echo request is answered, before long. */
    static void pings(View from, String who, String address) {
        Expect.that(
                Wait.holds(LONGEST, () -> from.pings(address)),
                who + " gets an answer from " + address,
                () -> "no echo reply came from " + address);
    }
}
