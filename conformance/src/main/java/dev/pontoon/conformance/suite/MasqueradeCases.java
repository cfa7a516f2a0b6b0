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

/** Whose address the world sees when a container sends something. */
final class MasqueradeCases {

    private static final String QUOTE =
            "`ipMasq` (boolean, optional): set up IP Masquerade on the host for traffic originating from this network"
                    + " and destined outside of it. Defaults to false.";

    private MasqueradeCases() {}

    static List<Case> all() {
        return List.of(
                draft("masquerade/outside")
                        .rows("MSQ-01")
                        .when("a masqueraded container connects to a machine beyond the host")
                        .then("that machine sees an address of the host, and its answer arrives")
                        .run(MasqueradeCases::outside),
                draft("masquerade/outside-ipv6")
                        .rows("MSQ-01")
                        .of(Trait.DUAL_STACK)
                        .when(
                                "a masqueraded container connects over IPv6 to a machine beyond the host")
                        .then("that machine sees an address of the host, and its answer arrives")
                        .run(MasqueradeCases::outsideIpv6),
                draft("masquerade/same-subnet")
                        .rows("MSQ-02")
                        .when("a masqueraded container connects to another one and to the host")
                        .then("both see the container's own address")
                        .run(MasqueradeCases::sameSubnet),
                draft("masquerade/off")
                        .rows("MSQ-03")
                        .when(
                                "a container that is not masqueraded connects to a machine beyond the host")
                        .then("that machine sees the container's own address")
                        .run(MasqueradeCases::off));
    }

    private static Case.Draft draft(String id) {
        return Case.named(id)
                .level(DE_FACTO)
                .source(Source.PLUGINS, "", QUOTE)
                .of(Trait.INTERFACE, Trait.MASQUERADE, Trait.GATEWAY)
                .needs(Need.PYTHON);
    }

    private static void outside(Lab lab) {
        Attachment attachment = lab.attached(Trait.MASQUERADE);
        String source = seenOutside(lab, attachment, Outside.ADDRESS);
        Expect.equal("the address that the outside sees", Outside.HOST, source);
    }

    private static void outsideIpv6(Lab lab) {
        Attachment attachment = lab.attached(Trait.DUAL_STACK, Trait.MASQUERADE);
        String source = seenOutside(lab, attachment, Outside.ADDRESS6);
        Expect.equal("the address that the outside sees", Outside.HOST6, source);
    }

    private static void off(Lab lab) {
        Attachment attachment = lab.attached();
        String source = seenOutside(lab, attachment, Outside.ADDRESS);
        Expect.equal("the address that the outside sees", own(attachment).host(), source);
    }

    private static String seenOutside(Lab lab, Attachment attachment, String address) {
        var outside = new Outside(lab);
        return new Exchange(lab)
                .to(outside.machine(), 7001)
                .from(attachment.container())
                .at(address, 7001)
                .expected();
    }

    private static void sameSubnet(Lab lab) {
        Attachment one = lab.attached(Trait.MASQUERADE);
        Attachment other = lab.attachment(lab.container(), one.config().deepCopy());
        lab.add(other).result();
        var exchange = new Exchange(lab);
        String neighbour =
                exchange.to(other.container(), 7001)
                        .from(one.container())
                        .at(own(other).host(), 7001)
                        .expected();
        Expect.equal("the address that the neighbour sees", own(one).host(), neighbour);
        String host =
                exchange.toHost(7001).from(one.container()).at(own(one).gateway(), 7001).expected();
        Expect.equal("the address that the host sees", own(one).host(), host);
    }

    /** The container's IPv4 address. */
    static Reported.Ip own(Attachment attachment) {
        return Reported.of(attachment).ips(attachment.ifname()).stream()
                .filter(ip -> !ip.isIpv6())
                .findFirst()
                .orElseThrow();
    }
}
