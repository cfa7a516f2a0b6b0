package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;

import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** What plugins that open the host's firewall promise. */
final class FirewallCases {

    private static final String ALLOW =
            "This plugin creates firewall rules to allow traffic to/from container IP address via the host network.";

    private FirewallCases() {}

    static List<Case> all() {
        return List.of(
                draft("firewall/forwards", ALLOW)
                        .rows("FWL-01")
                        .needs(Need.IPTABLES, Need.NFT, Need.PYTHON)
                        .when(
                                "the host's policy is to forward nothing, and a container is attached")
                        .then("its connection to a machine beyond the host is answered")
                        .run(FirewallCases::forwards),
                draft("firewall/closes", ALLOW)
                        .rows("FWL-01")
                        .needs(Need.IPTABLES, Need.NFT, Need.PYTHON)
                        .when(
                                "the host's policy is to forward nothing, and a container is attached and detached")
                        .then("its connection to a machine beyond the host is dropped")
                        .run(FirewallCases::closes),
                draft("firewall/del-without-prev-result", "")
                        .source(
                                Source.OPERATORS,
                                "",
                                "Runtimes that lost their notes call DEL without prevResult; the rules stayed.")
                        .rows("E43")
                        .when("DEL gets no prevResult")
                        .then("it succeeds, and no rule of the container is left")
                        .run(FirewallCases::delWithoutPrevResult));
    }

    private static Case.Draft draft(String id, String quote) {
        return Case.named(id)
                .level(DE_FACTO)
                .source(Source.PLUGINS, "", quote)
                .of(Trait.CHAINED, Trait.FIREWALL);
    }

    /** A host that drops whatever nobody asked it to forward, as many administrators have it. */
    private static void dropping(Lab lab) {
        lab.afterwards(() ->
                lab.onHost()
                        .run(
                                "sh",
                                "-c",
                                "echo 0 > /proc/sys/net/ipv4/ip_forward; iptables -P FORWARD ACCEPT;"
                                        + " nft delete table ip filter; rm -f /run/xtables.lock"));
        lab.note("the host forwards, with policy DROP of the iptables chain FORWARD");
        String script = "echo 1 > /proc/sys/net/ipv4/ip_forward; iptables -P FORWARD DROP";
        if (lab.onHost().run("sh", "-e", "-c", script).exit() != 0) {
            throw new NotHere("the iptables command cannot set a policy here");
        }
    }

    private static Exchange.Question asks(Lab lab, Container outside, Attachment attachment) {
        return new Exchange(lab).to(outside, 7001).from(attachment.container());
    }

    private static void forwards(Lab lab) {
        Attachment attachment = lab.attachment();
        dropping(lab);
        Container outside = new Outside(lab).machine();
        lab.add(attachment).result();
        asks(lab, outside, attachment).at(Outside.ADDRESS, 7001).expected();
    }

    private static void closes(Lab lab) {
        Attachment attachment = lab.attachment();
        dropping(lab);
        Container outside = new Outside(lab).machine();
        lab.add(attachment).result();
        lab.del(attachment).succeeded();
        var tried = asks(lab, outside, attachment).briefly().at(Outside.ADDRESS, 7001);
        Expect.that(
                !tried.reached(),
                "nothing of the container is forwarded after DEL",
                () -> tried.sentence());
    }

    private static void delWithoutPrevResult(Lab lab) {
        Attachment attachment = lab.attachment();
        Snapshot before = lab.hostSnapshot();
        lab.add(attachment).result();
        lab.del(attachment.withoutResult()).succeeded();
        lab.expectHostAs(before, "before ADD");
    }
}
