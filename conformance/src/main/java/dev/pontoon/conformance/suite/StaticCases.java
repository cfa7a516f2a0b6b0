package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** What the static plugin promises its users. */
final class StaticCases {

    private static final String OVERVIEW =
            "static IPAM is very simple IPAM plugin that assigns IPv4 and IPv6 addresses statically to container.";

    private StaticCases() {}

    static List<Case> all() {
        return List.of(
                draft("static/addresses", OVERVIEW)
                        .rows("STC-01")
                        .when(
                                "addresses of both families, one of them without gateway, and routes are configured")
                        .then("the result has them all, in their order")
                        .run(StaticCases::addresses),
                draft("static/dns", OVERVIEW)
                        .rows("STC-01")
                        .of(Trait.DNS)
                        .when("name servers, a domain, search domains and options are configured")
                        .then("the result has them")
                        .run(StaticCases::dns),
                draft(
                                "static/cni-args",
                                "The CNI_ARGS `IP` and `GATEWAY` request specific addresses and their gateways.")
                        .rows("STC-02")
                        .of(Trait.ARGS)
                        .when("CNI_ARGS has two addresses and a gateway for the second")
                        .then(
                                "the result has both beside the configured one, and the gateway with the second")
                        .run(StaticCases::cniArgs));
    }

    private static Case.Draft draft(String id, String quote) {
        return Case.named(id)
                .level(DE_FACTO)
                .source(Source.PLUGINS, "", quote)
                .since(V0_3_0)
                .of(Trait.IPAM, Trait.FIXED_ADDRESSES);
    }

    /** An address and its gateway as one text. */
    private static List<String> ips(Attachment attachment) {
        return Reported.of(attachment).ips().stream()
                .map(ip -> ip.cidr() + " via " + (ip.gateway().isEmpty() ? "none" : ip.gateway()))
                .toList();
    }

    private static void addresses(Lab lab) {
        ObjectNode config = lab.config();
        ObjectNode ipam = config.withObjectProperty("ipam");
        ipam.setAll(
                Json.object(
                        "{'addresses':[{'address':'10.88.0.9/24','gateway':'10.88.0.1'},{'address':'10.89.0.9/16'},"
                                + "{'address':'fd00:88::9/64','gateway':'fd00:88::1'}],"
                                + "'routes':[{'dst':'10.1.0.0/16'},{'dst':'fd01::/16','gw':'fd00:88::7'}]}"));
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        Expect.equal(
                "the list of addresses",
                List.of(
                        "10.88.0.9/24 via 10.88.0.1",
                        "10.89.0.9/16 via none",
                        "fd00:88::9/64 via fd00:88::1"),
                ips(attachment));
        List<String> routes =
                Reported.of(attachment).routes().stream()
                        .map(route -> route.destination() + " via " + route.gateway())
                        .toList();
        Expect.equal("the number of routes", 2, routes.size());
        Expect.that(
                routes.getFirst().startsWith("10.1.0.0/16 via")
                        && routes.getLast().equals("fd01::/16 via fd00:88::7"),
                "the routes are those to 10.1.0.0/16 and, through fd00:88::7, to fd01::/16",
                () -> "they are " + routes);
    }

    private static void dns(Lab lab) {
        JsonNode wanted = lab.config(Trait.DNS).at("/ipam/dns");
        JsonNode found = lab.attached(Trait.DNS).result().path("dns");
        Expect.equal("`dns` of the result", wanted, found);
    }

    private static void cniArgs(Lab lab) {
        Attachment attachment =
                lab.attachment().withArgs("IP=10.90.0.9/24,10.91.0.9/24;GATEWAY=10.91.0.1");
        lab.add(attachment).result();
        List<String> found = ips(attachment);
        Expect.equal("the number of addresses", 3, found.size());
        Expect.contains("addresses", found, "10.90.0.9/24 via none");
        Expect.contains("addresses", found, "10.91.0.9/24 via 10.91.0.1");
    }
}
