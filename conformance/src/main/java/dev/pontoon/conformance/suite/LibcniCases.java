package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.lab.Unmet;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What libcni and go-cni do with plugins, and what their readers of results let pass. */
final class LibcniCases {

    private LibcniCases() {}

    static List<Case> all() {
        return Stream.of(runtime(), delegates()).flatMap(List::stream).toList();
    }

    private static Case.Draft libcni(String id, String words) {
        return Case.named("libcni/" + id).level(DE_FACTO).source(Source.LIBCNI, "", words);
    }

    private static List<Case> runtime() {
        return List.of(
                libcni(
                                "sorted-configuration",
                                "libcni writes a plugin's configuration anew: keys sorted, `capabilities` left in, the"
                                        + " list's name and version, and an object `runtimeConfig`.")
                        .rows("LIB-02")
                        .when("the configuration comes as libcni writes it")
                        .then("ADD and DEL succeed")
                        .run(LibcniCases::sortedConfiguration),
                libcni(
                                "unreached-plugin",
                                "When an ADD fails, runtimes call DEL for all plugins of the list, those never reached"
                                        + " too, and have no result to pass.")
                        .rows("LIB-04")
                        .when("DEL is called for a plugin that ADD never reached")
                        .then("it succeeds")
                        .run(LibcniCases::unreachedPlugin),
                libcni(
                                "lost-cache",
                                "Without its cached result libcni calls CHECK and DEL without prevResult.")
                        .rows("LIB-06")
                        .since(CniVersion.V0_4_0)
                        .when("the result of an ADD was lost")
                        .then("CHECK is refused, and DEL succeeds")
                        .run(LibcniCases::lostCache),
                libcni(
                                "del-before-gc",
                                "For a GC libcni first calls DEL for what it knows to be stale, then GC for what it does"
                                        + " not know.")
                        .rows("LIB-08")
                        .since(CniVersion.V1_1_0)
                        .when("one of two attachments is detached, and GC is told of the other")
                        .then("GC succeeds and changes nothing")
                        .run(LibcniCases::delBeforeGc),
                Case.named("libcni/go-cni-loopback")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "go-cni attaches every container to a network cni-loopback of version 0.3.1.")
                        .rows("LIB-13")
                        .since(CniVersion.V0_3_1)
                        .until(CniVersion.V0_3_1)
                        .of(Trait.LOOPBACK)
                        .when("the loopback plugin gets go-cni's configuration")
                        .then("lo is up after ADD, and DEL succeeds")
                        .run(LibcniCases::goCniLoopback),
                Case.named("libcni/go-cni-addresses")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "go-cni gives up unless the result has an address for the interface eth0, by its index"
                                        + " or without one.")
                        .rows("LIB-13")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.DELEGATES)
                        .when("a container is attached with an IPAM plugin")
                        .then("the result has an address for CNI_IFNAME")
                        .run(LibcniCases::goCniAddresses));
    }

    private static List<Case> delegates() {
        return List.of(
                libcni(
                                "ipam-without-version",
                                "A result without cniVersion is read as one of the configuration's version.")
                        .rows("RES-20")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.DELEGATES)
                        .when("the IPAM plugin's result has no cniVersion")
                        .then("ADD succeeds, and the result is of the configuration's version")
                        .run(LibcniCases::ipamWithoutVersion),
                libcni(
                                "ipam-of-first-layout",
                                "A result of 0.2.0 becomes one of today: ip4 before ip6, the routes of both after each"
                                        + " other.")
                        .rows("RES-20", "RES-22")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.DELEGATES)
                        .when("the IPAM plugin answers in the layout of 0.2.0")
                        .then(
                                "ADD is refused, or its result has both addresses, IPv4 first, and both routes")
                        .run(LibcniCases::ipamOfFirstLayout),
                libcni(
                                "ipam-of-newer-layout",
                                "A result of 1.0.0 becomes one of 0.4.0 by naming the families.")
                        .rows("RES-20", "RES-23")
                        .since(CniVersion.V0_3_0)
                        .until(CniVersion.V0_4_0)
                        .of(Trait.DELEGATES)
                        .when(
                                "the IPAM plugin answers in the layout of 1.0.0 to a configuration before it")
                        .then("ADD is refused, or its result names the family of the address")
                        .run(LibcniCases::ipamOfNewerLayout),
                libcni("ipam-of-sister-version", "Results of 1.0.0 and 1.1.0 are laid out alike.")
                        .rows("RES-20", "RES-24")
                        .since(CniVersion.V1_1_0)
                        .of(Trait.DELEGATES)
                        .when(
                                "the IPAM plugin answers with a result of 1.0.0 to a configuration of 1.1.0")
                        .then("ADD succeeds, and the result is of 1.1.0")
                        .run(LibcniCases::ipamOfSisterVersion),
                libcni(
                                "ipam-with-stray-values",
                                "Readers of 1.x pass over the `version` of an address, and take a null or empty gateway"
                                        + " as none.")
                        .rows("RES-07", "RES-19")
                        .since(CniVersion.V1_0_0)
                        .of(Trait.DELEGATES)
                        .when(
                                "the IPAM plugin's result has a `version` in its address and a route whose gw is null")
                        .then("ADD succeeds, and the result has no `version`")
                        .run(LibcniCases::ipamWithStrayValues));
    }

    private static void sortedConfiguration(Lab lab) {
        Attachment attachment = lab.attachment();
        attachment.config().putObject("capabilities").put("aliases", true);
        attachment.config().putObject("runtimeConfig");
        ObjectNode sorted = (ObjectNode) sorted(attachment.config());
        attachment.with(sorted);
        lab.add(attachment).result();
        lab.del(attachment).succeeded();
    }

    private static JsonNode sorted(JsonNode node) {
        if (!(node instanceof ObjectNode object)) {
            return node;
        }
        var keys = new TreeMap<String, JsonNode>();
        object.properties().forEach(entry -> keys.put(entry.getKey(), sorted(entry.getValue())));
        ObjectNode result = Json.object();
        result.setAll(keys);
        return result;
    }

    private static void unreachedPlugin(Lab lab) {
        lab.del(lab.attachment()).succeeded();
    }

    private static void lostCache(Lab lab) {
        Attachment attachment = lab.attached();
        ObjectNode stdin = attachment.config().deepCopy();
        lab.call("CHECK", attachment).config(stdin).run().refused();
        attachment.withoutResult();
        lab.del(attachment).succeeded();
    }

    private static void delBeforeGc(Lab lab) {
        Attachment stale = lab.attached();
        Attachment valid = lab.attached();
        lab.del(stale).succeeded();
        var container = lab.snapshot(valid.container());
        var host = lab.hostSnapshot();
        lab.gc(valid.config(), valid).succeeded();
        lab.expectContainerAs(valid.container(), container, "before GC");
        lab.expectHostAs(host, "before GC");
    }

    private static void goCniLoopback(Lab lab) {
        Attachment attachment = lab.attachment();
        attachment.with(
                Json.object("{'cniVersion':'0.3.1','name':'cni-loopback'}")
                        .put("type", lab.subject().type()));
        lab.add(attachment).result();
        JsonNode lo = lab.in(attachment).needLink("lo");
        Expect.that(
                lo.path("flags").toString().contains("\"UP\""), "lo is up", () -> "it is " + lo);
        lab.del(attachment).succeeded();
    }

    private static void goCniAddresses(Lab lab) {
        Attachment attachment = lab.attached();
        JsonNode result = attachment.result();
        for (JsonNode ip : result.path("ips")) {
            JsonNode entry = result.path("interfaces").path(ip.path("interface").asInt(-1));
            if (!ip.has("interface") || entry.path("name").asText().equals(attachment.ifname())) {
                return;
            }
        }
        throw new Unmet("the result has an address for " + attachment.ifname(), "it is " + result);
    }

    private static Attachment with(Lab lab, ObjectNode answer) {
        Stub ipam = lab.stub("ccipam").answersAdd(answer);
        Attachment attachment = lab.attachment();
        attachment.config().set("ipam", Json.object().put("type", ipam.name()));
        return attachment;
    }

    private static void ipamWithoutVersion(Lab lab) {
        ObjectNode answer = Lab.addresses(lab.version(), "10.88.0.2/24", "");
        answer.remove("cniVersion");
        ObjectNode result = lab.add(with(lab, answer)).result();
        Layout.of(result, lab.version()).whole();
        hasAddresses(result, "10.88.0.2/24");
    }

    private static void ipamOfFirstLayout(Lab lab) {
        ObjectNode answer = Lab.addresses(CniVersion.V0_2_0, "10.88.0.2/24", "fd00:88::2/64");
        converted(lab, answer, "10.88.0.2/24", "fd00:88::2/64");
    }

    private static void ipamOfNewerLayout(Lab lab) {
        converted(lab, Lab.addresses(CniVersion.V1_0_0, "10.88.0.2/24", ""), "10.88.0.2/24");
    }

    /** Refused, or right in the configuration's layout. */
    private static void converted(Lab lab, ObjectNode answer, String... addresses) {
        Reply reply = lab.add(with(lab, answer));
        if (reply.exit() != 0) {
            reply.refused();
            return;
        }
        ObjectNode result = reply.result();
        Layout.of(result, lab.version()).whole();
        hasAddresses(result, addresses);
        Expect.equal(
                "the number of routes in the result",
                addresses.length,
                result.path("routes").size());
    }

    private static void hasAddresses(JsonNode result, String... addresses) {
        List<String> found =
                result.path("ips").valueStream().map(ip -> ip.path("address").asText()).toList();
        Expect.equal("the list of addresses in the result", List.of(addresses), found);
    }

    private static void ipamOfSisterVersion(Lab lab) {
        ObjectNode result =
                lab.add(with(lab, Lab.addresses(CniVersion.V1_0_0, "10.88.0.2/24", ""))).result();
        Layout.of(result, lab.version()).whole();
        hasAddresses(result, "10.88.0.2/24");
    }

    private static void ipamWithStrayValues(Lab lab) {
        ObjectNode answer = Lab.addresses(lab.version(), "10.88.0.2/24", "");
        ((ObjectNode) answer.at("/ips/0")).put("version", "4");
        ((ArrayNode) answer.path("routes")).addObject().put("dst", "10.99.0.0/24").putNull("gw");
        ObjectNode result = lab.add(with(lab, answer)).result();
        Layout.of(result, lab.version()).whole();
        hasAddresses(result, "10.88.0.2/24");
    }
}
