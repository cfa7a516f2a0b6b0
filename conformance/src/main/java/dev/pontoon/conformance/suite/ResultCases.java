package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MAY;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.View;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What ADD prints: section 5 of the spec, and the formats before it. */
final class ResultCases {

    private static final String ADD = "add-success";
    private static final String OLD = "result";

    private ResultCases() {}

    static List<Case> all() {
        return Stream.of(whole(), legacy(), addresses(), interfaces(), routes())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Case> whole() {
        return List.of(
                Case.named("result/every-version")
                        .level(MUST)
                        .spec(
                                ADD,
                                "Plugins must output a JSON object with the following keys upon a successful `ADD`"
                                        + " operation")
                        .rows("RES-25", "E57")
                        .when("ADD is called with each version that the plugin lists")
                        .then("each result is laid out as its version says")
                        .run(ResultCases::everyVersion),
                Case.named("result/types")
                        .level(MUST)
                        .spec(
                                ADD,
                                "`address` (string): an IP address in CIDR notation; `interface` (uint): the index into"
                                        + " the `interfaces` list; `mtu` (uint); `search` (list of strings)")
                        .rows("RES-08", "RES-18", "RES-19")
                        .since(CniVersion.V0_3_0)
                        .when("a container is attached")
                        .then(
                                "everything in the result is absent or of the type that the spec gives it")
                        .run(lab ->
                                Layout.of(lab.attached().result(), lab.version())
                                        .interfaces()
                                        .ips()
                                        .dns()),
                Case.named("result/dns")
                        .level(MUST)
                        .spec(
                                ADD,
                                "`dns`: a dictionary consisting of DNS configuration information")
                        .rows("RES-18")
                        .of(Trait.DNS)
                        .when("a container is attached with `dns` configured")
                        .then("dns of the result has what was configured")
                        .run(ResultCases::dns));
    }

    private static List<Case> legacy() {
        return List.of(
                Case.named("result/legacy-shape")
                        .level(MUST)
                        .source(
                                Source.SPEC_0_2,
                                OLD,
                                "Success is indicated by a return code of zero and the following JSON printed to stdout"
                                        + " in the case of the ADD command: `cniVersion`, `ip4`, `ip6`, `dns`")
                        .rows("RES-01", "RES-04")
                        .until(CniVersion.V0_2_0)
                        .when("a container is attached with a version before 0.3.0")
                        .then(
                                "the result has ip4 or ip6, each with an address of its family, and no lists")
                        .run(lab -> Layout.of(lab.attached().result(), lab.version()).families()),
                Case.named("result/legacy-one-address")
                        .level(DE_FACTO)
                        .source(
                                Source.SPEC_0_2,
                                OLD,
                                "There is room for one address of each family; plugins report the first, or refuse a"
                                        + " configuration with more.")
                        .rows("RES-02")
                        .until(CniVersion.V0_2_0)
                        .of(Trait.IPAM)
                        .when(
                                "an IPAM plugin is configured to give two IPv4 addresses before 0.3.0")
                        .then("the result has the first one, or the configuration is refused")
                        .run(ResultCases::legacyOneAddress),
                Case.named("result/legacy-routes")
                        .level(DE_FACTO)
                        .source(
                                Source.SPEC_0_2,
                                "ip-address-management-ipam-interface",
                                "Routes are listed in the object of their family, with `dst` and `gw` only.")
                        .rows("RES-03", "RES-16")
                        .until(CniVersion.V0_2_0)
                        .of(Trait.DUAL_STACK)
                        .when(
                                "a container gets addresses and default routes of both families before 0.3.0")
                        .then("each family's object has its own routes, with dst and gw only")
                        .run(ResultCases::legacyRoutes),
                Case.named("result/legacy-route-without-address")
                        .level(DE_FACTO)
                        .source(
                                Source.SPEC_0_2,
                                "ip-address-management-ipam-interface",
                                "A route of a family without an address has no object to be listed in.")
                        .rows("RES-03", "RES-16")
                        .until(CniVersion.V0_2_0)
                        .of(Trait.IPAM)
                        .when(
                                "an IPv4 configuration has an IPv6 route and a route with an MTU before 0.3.0")
                        .then(
                                "the result leaves the IPv6 route and the MTU out, or the configuration is refused")
                        .run(ResultCases::legacyRouteWithoutAddress));
    }

    private static List<Case> addresses() {
        return List.of(
                Case.named("result/ips-key")
                        .level(DE_FACTO)
                        .source(
                                Source.SPEC_0_4,
                                OLD,
                                "The text of 0.3.0 says `ip` in one place, a slip that 0.3.1 put right; every plugin"
                                        + " and runtime of 0.3.0 says `ips`.")
                        .rows("RES-05")
                        .since(CniVersion.V0_3_0)
                        .until(CniVersion.V0_3_0)
                        .when("a container is attached with version 0.3.0")
                        .then("the addresses are in the list `ips`")
                        .run(ResultCases::ipsKey),
                Case.named("result/ips-with-version")
                        .level(MUST)
                        .source(
                                Source.SPEC_0_4,
                                "ips",
                                "`version` (string): either \"4\" or \"6\" and corresponds to the IP version of the"
                                        + " addresses in the entry.")
                        .rows("RES-06")
                        .since(CniVersion.V0_3_0)
                        .until(CniVersion.V0_4_0)
                        .when("a container is attached with a version from 0.3.0 to 0.4.0")
                        .then("each address says its family in `version`")
                        .run(ResultCases::bothFamilies),
                Case.named("result/ips-without-version")
                        .level(MUST)
                        .spec(
                                ADD,
                                "`ips`: IPs assigned by this attachment: `address`, `gateway`, `interface`")
                        .rows("RES-07")
                        .since(CniVersion.V1_0_0)
                        .when("a container is attached with version 1.0.0 or later")
                        .then("no address has a `version` any more")
                        .run(ResultCases::bothFamilies),
                Case.named("result/ips-interface")
                        .level(MUST)
                        .spec(
                                ADD,
                                "`interface` (uint): the index into the `interfaces` list for a CNI Plugin Result"
                                        + " indicating which interface this IP configuration should be applied to.")
                        .rows("RES-08", "RES-09")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.INTERFACE)
                        .when("a container is attached")
                        .then(
                                "each address has the index of the interface that carries it, be it 0")
                        .run(ResultCases::ipsInterface),
                Case.named("result/ipam-abbreviated")
                        .level(MUST)
                        .spec(
                                "delegated-plugins-ipam",
                                "Delegated IPAM plugins must return an abbreviated _Success_ object. Specifically, it is"
                                        + " missing the `interfaces` array, as well as the `interface` entry in `ips`.")
                        .rows("RES-21")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.IPAM)
                        .when("an IPAM plugin gives an address")
                        .then("its result has neither interfaces nor an interface for the address")
                        .run(ResultCases::ipamAbbreviated));
    }

    private static List<Case> interfaces() {
        return List.of(
                Case.named("result/interface-entries")
                        .level(MUST)
                        .spec(
                                ADD,
                                "`mac`: The hardware address of the interface (if applicable). `sandbox`: The isolation"
                                        + " domain reference for the interface, or empty if on the host. For interfaces"
                                        + " created inside the container, this should be the value passed via"
                                        + " `CNI_NETNS`.")
                        .rows("RES-10")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.INTERFACE)
                        .when("a container is attached")
                        .then(
                                "CNI_IFNAME is listed with CNI_NETNS, and each link is where its entry says, with that MAC")
                        .run(ResultCases::interfaceEntries),
                Case.named("result/all-interfaces")
                        .level(MUST)
                        .spec(
                                ADD,
                                "`interfaces`: An array of all interfaces created by the attachment, including any"
                                        + " host-level interfaces")
                        .rows("RES-11")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.INTERFACE)
                        .when("a container is attached")
                        .then("every link that is new in the container or on the host is listed")
                        .run(lab -> everyNewLinkListed(lab, lab.attachment())),
                Case.named("result/mtu-right")
                        .level(MUST)
                        .spec(ADD, "`mtu`: The MTU of the interface (if applicable).")
                        .rows("RES-12")
                        .since(CniVersion.V1_1_0)
                        .of(Trait.INTERFACE)
                        .when("a container is attached")
                        .then("an interface whose MTU is reported has that MTU")
                        .run(lab -> mtu(lab, false)),
                Case.named("result/mtu-given")
                        .level(SHOULD)
                        .spec(ADD, "`mtu`: The MTU of the interface (if applicable).")
                        .rows("RES-12")
                        .since(CniVersion.V1_1_0)
                        .of(Trait.INTERFACE)
                        .when("a container is attached")
                        .then("the MTU of the container's interface is reported")
                        .run(lab -> mtu(lab, true)),
                Case.named("result/no-newer-fields")
                        .level(MAY)
                        .source(
                                Source.SPEC_0_4,
                                OLD,
                                "An entry of `interfaces` has `name`, `mac` and `sandbox`; `mtu`, `socketPath` and"
                                        + " `pciID` came with 1.1.0.")
                        .rows("RES-13")
                        .until(CniVersion.V0_4_0)
                        .since(CniVersion.V0_3_0)
                        .of(Trait.INTERFACE)
                        .when("a container is attached with a version before 1.0.0")
                        .then("interfaces have no field of a later version")
                        .run(ResultCases::noNewerFields));
    }

    private static List<Case> routes() {
        return List.of(
                Case.named("result/route-families")
                        .level(MUST)
                        .source(
                                Source.SPEC_0_4,
                                "routes",
                                "All IP addresses in the `routes` entry must be the same IP version, either 4 or 6."
                                        + " Each `routes` entry must be relevant for the sandbox interface specified by"
                                        + " CNI_IFNAME.")
                        .rows("RES-17")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.DUAL_STACK)
                        .when("a container gets addresses and routes of both families")
                        .then(
                                "dst and gw of each route are of one family, for which the container has an address")
                        .run(ResultCases::routeFamilies),
                Case.named("result/route-attributes")
                        .level(MUST)
                        .spec(
                                ADD,
                                "`mtu` (uint): The MTU along the path to the destination. `advmss` (uint), `priority`"
                                        + " (uint): The priority of route, lower is higher. `table` (uint): The table to"
                                        + " add the route to.")
                        .rows("RES-14")
                        .since(CniVersion.V1_1_0)
                        .of(Trait.DELEGATES)
                        .when(
                                "the IPAM plugin gives a route with mtu, advmss, priority, table and scope")
                        .then("the container has that route, and the result reports it")
                        .run(ResultCases::routeAttributes),
                Case.named("result/route-scope")
                        .level(SHOULD)
                        .spec(
                                ADD,
                                "`scope` (uint): The scope of the destinations covered by the route prefix")
                        .rows("RES-14")
                        .since(CniVersion.V1_1_0)
                        .of(Trait.DELEGATES)
                        .when(
                                "the IPAM plugin gives a route without gateway and with scope 253 (link)")
                        .then("the container has a route of that scope, or ADD is refused")
                        .run(ResultCases::routeScope));
    }

    private static void everyVersion(Lab lab) {
        for (CniVersion version : Sweep.of(lab)) {
            Attachment attachment = Sweep.attachment(lab, version);
            Layout.of(lab.add(attachment).result(), version).whole();
            lab.del(attachment).succeeded();
        }
    }

    private static void dns(Lab lab) {
        JsonNode configured = lab.config(Trait.DNS);
        JsonNode wanted =
                configured.has("dns")
                        ? configured.path("dns")
                        : configured.path("ipam").path("dns");
        ObjectNode result = lab.attached(Trait.DNS).result();
        Layout.of(result, lab.version()).dns();
        Expect.equal("dns of the result", wanted, result.path("dns"));
    }

    private static void legacyOneAddress(Lab lab) {
        ObjectNode config = lab.config();
        ObjectNode ipam = (ObjectNode) config.path("ipam");
        if (lab.has(Trait.FIXED_ADDRESSES)) {
            ipam.withArray("addresses").addObject().put("address", "10.99.0.9/24");
        } else if (lab.has(Trait.HOST_LOCAL_STORE)) {
            ipam.withArray("ranges").addArray().addObject().put("subnet", "10.99.0.0/24");
        } else {
            throw new NotHere("the harness does not know how to ask this plugin for two addresses");
        }
        Reply reply = lab.add(lab.attachment(lab.container(), config));
        if (reply.exit() != 0) {
            reply.refused();
            return;
        }
        ObjectNode result = reply.result();
        Layout.of(result, lab.version()).families();
        Expect.that(
                result.at("/ip4/ip").asText().startsWith("10.88.0."),
                "ip4 has the first address, of 10.88.0.0/24",
                () -> "the result is " + result);
    }

    private static void legacyRoutes(Lab lab) {
        ObjectNode result = lab.attached(Trait.DUAL_STACK).result();
        Layout.of(result, lab.version()).families();
        for (String key : List.of("ip4", "ip6")) {
            JsonNode routes = result.path(key).path("routes");
            Expect.that(!routes.isEmpty(), key + " has routes", () -> "the result is " + result);
            onlyDstAndGw(routes);
        }
    }

    private static void onlyDstAndGw(JsonNode routes) {
        for (JsonNode route : routes) {
            Set<String> keys =
                    new TreeSet<>(route.propertyStream().map(entry -> entry.getKey()).toList());
            keys.removeAll(Set.of("dst", "gw"));
            Expect.that(keys.isEmpty(), "a route has dst and gw only", () -> "it is " + route);
        }
    }

    private static void legacyRouteWithoutAddress(Lab lab) {
        ObjectNode config = lab.config();
        if (!config.at("/ipam/routes").isArray()) {
            throw new NotHere("this plugin takes no routes from its configuration");
        }
        ObjectNode ipam = (ObjectNode) config.path("ipam");
        ipam.withArray("routes").addObject().put("dst", "fd00:99::/64");
        ipam.withArray("routes").addObject().put("dst", "10.97.0.0/16").put("mtu", 1400);
        Reply reply = lab.add(lab.attachment(lab.container(), config));
        if (reply.exit() != 0) {
            reply.refused();
            return;
        }
        Layout.of(reply.result(), lab.version()).families();
        Expect.that(
                !reply.result().has("ip6"),
                "the result has no ip6",
                () -> "it is " + reply.stdout());
        onlyDstAndGw(reply.result().at("/ip4/routes"));
    }

    private static void ipsKey(Lab lab) {
        ObjectNode result = lab.attached().result();
        boolean gives = lab.has(Trait.IPAM) || lab.has(Trait.DELEGATES) || lab.has(Trait.CHAINED);
        Expect.that(
                !result.has("ip") && (!gives || !result.path("ips").isEmpty()),
                "the addresses are in `ips`",
                () -> "the result is " + result);
    }

    private static void bothFamilies(Lab lab) {
        ObjectNode result =
                (lab.has(Trait.DUAL_STACK) ? lab.attached(Trait.DUAL_STACK) : lab.attached())
                        .result();
        boolean gives = lab.has(Trait.IPAM) || lab.has(Trait.DELEGATES) || lab.has(Trait.CHAINED);
        Expect.that(
                !gives || !result.path("ips").isEmpty(),
                "the result has addresses",
                () -> "it is " + result);
        Layout.of(result, lab.version()).ips();
    }

    private static void ipsInterface(Lab lab) {
        Attachment attachment = lab.attached();
        JsonNode result = attachment.result();
        for (JsonNode ip : result.path("ips")) {
            int index = ip.path("interface").asInt(-1);
            JsonNode entry = result.path("interfaces").path(index);
            Expect.that(
                    ip.path("interface").isIntegralNumber() && !entry.isMissingNode(),
                    "the address "
                            + ip.path("address")
                            + " has an `interface` that is an index into interfaces",
                    () -> "it is " + ip + " with interfaces " + result.path("interfaces"));
            String link = entry.path("name").asText();
            Expect.contains(
                    "addresses of " + link + " in " + where(entry),
                    all(view(lab, attachment, entry), link),
                    ip.path("address").asText());
        }
    }

    /** All addresses of a link, the kernel's own too, as lo has no others. */
    private static List<String> all(View view, String link) {
        List<String> found = new ArrayList<>();
        if (view.link(link).isPresent()) {
            for (JsonNode info :
                    view.json("ip", "-j", "address", "show", "dev", link)
                            .path(0)
                            .path("addr_info")) {
                found.add(info.path("local").asText() + "/" + info.path("prefixlen").asText());
            }
        }
        return found;
    }

    private static View view(Lab lab, Attachment attachment, JsonNode entry) {
        return entry.path("sandbox").asText("").isEmpty() ? lab.onHost() : lab.in(attachment);
    }

    private static String where(JsonNode entry) {
        return entry.path("sandbox").asText("").isEmpty() ? "the host" : "the container";
    }

    private static void ipamAbbreviated(Lab lab) {
        ObjectNode result = lab.attached().result();
        Expect.that(
                result.path("interfaces").isEmpty(),
                "an IPAM plugin's result has no interfaces",
                () -> "the result is " + result);
        for (JsonNode ip : result.path("ips")) {
            Expect.that(
                    !ip.has("interface"),
                    "an address of an IPAM plugin has no `interface`",
                    () -> "it is " + ip);
        }
    }

    private static void interfaceEntries(Lab lab) {
        Attachment attachment = lab.attached();
        ObjectNode result = attachment.result();
        Layout.of(result, lab.version()).interfaces();
        boolean found = false;
        for (JsonNode entry : result.path("interfaces")) {
            String name = entry.path("name").asText();
            String sandbox = entry.path("sandbox").asText("");
            found |= name.equals(attachment.ifname()) && !sandbox.isEmpty();
            Expect.that(
                    sandbox.isEmpty() || sandbox.equals(attachment.container().netns()),
                    "the sandbox of "
                            + name
                            + " is "
                            + attachment.container().netns()
                            + " or empty",
                    () -> "it is " + sandbox);
            asInKernel(view(lab, attachment, entry), entry);
        }
        Expect.that(
                found,
                attachment.ifname() + " is listed with its sandbox",
                () -> "these are the interfaces: " + result.path("interfaces"));
    }

    private static void asInKernel(View view, JsonNode entry) {
        JsonNode link = view.needLink(entry.path("name").asText());
        if (link.path("link_type").asText().equals("ether")) {
            Expect.equal(
                    "the mac of " + entry.path("name").asText() + " in the result",
                    link.path("address").asText(),
                    entry.path("mac").asText(""));
        }
    }

    /**
     * Attaches, and fails the case when a link is new that the result does not list where it is.
     */
    static void everyNewLinkListed(Lab lab, Attachment attachment) {
        Set<String> inside = lab.in(attachment).linkNames();
        Set<String> outside = lab.onHost().linkNames();
        ObjectNode result = lab.add(attachment).result();
        Set<String> newInside = new TreeSet<>(lab.in(attachment).linkNames());
        Set<String> newOutside = new TreeSet<>(lab.onHost().linkNames());
        newInside.removeAll(inside);
        newOutside.removeAll(outside);
        for (JsonNode entry : result.path("interfaces")) {
            boolean onHost = entry.path("sandbox").asText("").isEmpty();
            (onHost ? newOutside : newInside).remove(entry.path("name").asText());
        }
        Expect.that(
                newInside.isEmpty() && newOutside.isEmpty(),
                "every new link is listed in interfaces",
                () ->
                        "new in the container but not listed: "
                                + newInside
                                + ", new on the host but not listed: "
                                + newOutside
                                + ", listed: "
                                + result.path("interfaces"));
    }

    private static void mtu(Lab lab, boolean needed) {
        Attachment attachment = lab.attached();
        for (JsonNode entry : attachment.result().path("interfaces")) {
            String name = entry.path("name").asText();
            boolean own =
                    name.equals(attachment.ifname()) && !entry.path("sandbox").asText("").isEmpty();
            Expect.that(
                    !needed || !own || entry.has("mtu"),
                    "the entry of " + name + " has an mtu",
                    () -> "it is " + entry);
            if (entry.has("mtu")) {
                JsonNode link = view(lab, attachment, entry).needLink(name);
                Expect.equal(
                        "the mtu of " + name + " in the result",
                        link.path("mtu"),
                        entry.path("mtu"));
            }
        }
    }

    private static void noNewerFields(Lab lab) {
        for (JsonNode entry : lab.attached().result().path("interfaces")) {
            for (String key : List.of("mtu", "socketPath", "pciID")) {
                Expect.that(
                        !entry.has(key),
                        "an interface has no `" + key + "` before 1.1.0",
                        () -> "it is " + entry);
            }
        }
    }

    private static void routeFamilies(Lab lab) {
        ObjectNode result = lab.attached(Trait.DUAL_STACK).result();
        Layout.of(result, lab.version()).lists();
        Set<String> families = new TreeSet<>();
        result.path("ips").forEach(ip -> families.add(Cidr.family(ip.path("address").asText())));
        Expect.that(
                !result.path("routes").isEmpty(),
                "the result has the routes that were asked for",
                () -> "it is " + result);
        for (JsonNode route : result.path("routes")) {
            Expect.contains(
                    "families that the container has an address of, when there is " + route,
                    families,
                    Cidr.family(route.path("dst").asText()));
        }
    }

    private static Attachment withRoute(Lab lab, ObjectNode route, boolean gateway) {
        ObjectNode answer = Lab.addresses(lab.version(), "10.88.0.2/24", "");
        answer.putArray("routes").add(route);
        if (!gateway) {
            ((ObjectNode) answer.at("/ips/0")).remove("gateway");
        }
        Attachment attachment = lab.attachment();
        var ipam = lab.stub("ccipam").answersAdd(answer);
        attachment.config().set("ipam", Json.object().put("type", ipam.name()));
        return attachment;
    }

    private static void routeAttributes(Lab lab) {
        ObjectNode route =
                Json.object(
                        "{'dst':'10.99.0.0/24','gw':'10.88.0.1','mtu':1400,'advmss':1300,'priority':77,"
                                + "'table':100,'scope':0}");
        Attachment attachment = withRoute(lab, route, true);
        ObjectNode result = lab.add(attachment).result();
        String there = lab.in(attachment).run("ip", "route", "show", "table", "100").out().strip();
        for (String part :
                List.of("10.99.0.0/24 via 10.88.0.1", "metric 77", "mtu 1400", "advmss 1300")) {
            Expect.that(
                    there.contains(part),
                    "table 100 of the container has a route with `" + part + "`",
                    () -> "it has: " + (there.isEmpty() ? "nothing" : there));
        }
        Expect.that(
                Equivalence.same(
                        result.path("routes"), Json.object().putArray("routes").add(route)),
                "the result reports the route as " + route,
                () -> "it reports " + result.path("routes"));
    }

    private static void routeScope(Lab lab) {
        Attachment attachment =
                withRoute(lab, Json.object("{'dst':'10.98.0.0/24','scope':253}"), false);
        Reply reply = lab.add(attachment);
        if (reply.exit() != 0) {
            reply.refused();
            return;
        }
        String there = lab.in(attachment).run("ip", "route", "show", "10.98.0.0/24").out().strip();
        Expect.that(
                there.contains("scope link"),
                "the route to 10.98.0.0/24 has scope link",
                () -> "it is: " + (there.isEmpty() ? "absent" : there));
    }
}
