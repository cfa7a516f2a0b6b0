package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;

import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** What the ptp plugin promises its users. */
final class PtpCases {

    private static final String OVERVIEW =
            "The ptp plugin creates a point-to-point link between a container and the host by using a veth device.";

    private static final String ROUTED =
            "The traffic of the container interface will be routed through the interface of the host.";

    private PtpCases() {}

    static List<Case> all() {
        return List.of(
                draft("ptp/host", OVERVIEW)
                        .rows("PTP-01")
                        .needs(Need.PING)
                        .when("a container is attached in both families")
                        .then(
                                "it and the host get answers from each other, and the host's end has the gateways")
                        .run(PtpCases::host),
                draft("ptp/containers", ROUTED)
                        .rows("PTP-02")
                        .needs(Need.PING)
                        .when("two containers are attached in both families")
                        .then("one gets an answer from the other in both families")
                        .run(PtpCases::containers),
                draft(
                                "ptp/mtu",
                                "`mtu` (integer, optional): explicitly set MTU to the specified value. Defaults to value"
                                        + " chosen by the kernel.")
                        .rows("PTP-03")
                        .of(Trait.MTU)
                        .when("an MTU is configured")
                        .then("both ends of the link have it")
                        .run(PtpCases::mtu));
    }

    private static Case.Draft draft(String id, String quote) {
        return Case.named(id)
                .level(DE_FACTO)
                .source(Source.PLUGINS, "", quote)
                .of(Trait.POINT_TO_POINT, Trait.DUAL_STACK);
    }

    private static void host(Lab lab) {
        Attachment attachment = lab.attached(Trait.DUAL_STACK);
        List<String> there =
                lab.onHost().addresses(new Wiring(lab, attachment).port()).stream()
                        .map(address -> address.replaceAll("/.*", ""))
                        .toList();
        for (Reported.Ip ip : Reported.of(attachment).ips(attachment.ifname())) {
            Expect.contains("addresses of the host's end", there, ip.gateway());
            Reach.pings(lab.onHost(), "the host", ip.host());
            Reach.pings(lab.in(attachment), "the container", ip.gateway());
        }
    }

    private static void containers(Lab lab) {
        Attachment one = lab.attached(Trait.DUAL_STACK);
        Attachment other = lab.attached(Trait.DUAL_STACK);
        for (Reported.Ip ip : Reported.of(other).ips(other.ifname())) {
            Reach.pings(lab.in(one), "another container", ip.host());
        }
    }

    private static void mtu(Lab lab) {
        int wanted = lab.config(Trait.MTU).path("mtu").asInt();
        Attachment attachment = lab.attached(Trait.MTU);
        String ifname = attachment.ifname();
        int inside = lab.in(attachment).needLink(ifname).path("mtu").asInt();
        Expect.equal("the MTU of " + ifname, wanted, inside);
        String port = new Wiring(lab, attachment).port();
        int outside = lab.onHost().needLink(port).path("mtu").asInt();
        Expect.equal("the MTU of the host's end", wanted, outside);
    }
}
