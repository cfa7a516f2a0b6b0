package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_2_0;
import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.CniVersion.V0_4_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.View;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Section 2 of the spec, ADD, where nothing goes wrong; {@link FailedAddCases} has the rest. */
final class AddCases {

    private static final String ADD = "add-add-container-to-network-or-apply-modifications";
    private static final String SUCCESS = "add-success";
    private static final String LIFECYCLE = "lifecycle--ordering";
    private static final String NOTES = "notes";

    /** Something else that a container has, whose far end is in the container too. */
    private static final String OTHER_LINK =
            "ip link add other0 type veth peer name other1;"
                    + " ip address add 198.51.100.2/24 dev other0; ip link set other0 up; ip link set other1 up";

    private AddCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("add/interface")
                        .level(MUST)
                        .spec(
                                ADD,
                                "create the interface defined by `CNI_IFNAME` inside the container at `CNI_NETNS`")
                        .rows("ADD-01")
                        .of(Trait.INTERFACE)
                        .when("a container is attached")
                        .then(
                                "the interface is there, up and configured, and the result is of the version asked for")
                        .run(AddCases::makesInterface),
                Case.named("add/second-interface")
                        .level(MUST)
                        .spec(
                                ADD,
                                "This implies that a given container ID may be added to a specific network more than"
                                        + " once only if each addition is done with a different interface name.")
                        .rows("ADD-04", "E17")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when(
                                "a container is attached to a network as eth0 and as net1, and detached as eth0 again")
                        .then("both work, and net1 and all that belongs to it stay as they were")
                        .run(AddCases::secondInterface),
                Case.named("add/second-lease")
                        .level(MUST)
                        .spec(
                                ADD,
                                "This implies that a given container ID may be added to a specific network more than"
                                        + " once only if each addition is done with a different interface name.")
                        .rows("ADD-04")
                        .of(Trait.POOL)
                        .when(
                                "a container gets addresses for eth0 and net1, and those of eth0 are released")
                        .then("the addresses differ, and that of net1 stays reserved")
                        .run(AddCases::secondLease),
                Case.named("add/two-containers")
                        .level(MUST)
                        .spec(
                                LIFECYCLE,
                                "The container runtime must not invoke parallel operations for the same container, but"
                                        + " is allowed to invoke parallel operations for different containers.")
                        .rows("ADD-05")
                        .of(Trait.INTERFACE)
                        .when("two containers are attached with the same interface name")
                        .then("both have their interface and no address is given twice")
                        .run(AddCases::twoContainers),
                Case.named("add/one-bridge")
                        .level(MUST)
                        .spec(
                                SUCCESS,
                                "An array of all interfaces created by the attachment, including any host-level"
                                        + " interfaces")
                        .rows("ADD-05")
                        .of(Trait.BRIDGE)
                        .needs(Need.PING)
                        .when("two containers are attached to a bridge")
                        .then("both hang on one bridge and reach each other")
                        .run(AddCases::oneBridge),
                Case.named("add/distinct-leases")
                        .level(MUST)
                        .spec(
                                "section-4-plugin-delegation",
                                "The IPAM plugin must determine the interface IP/subnet, Gateway and Routes and return"
                                        + " this information to the \"main\" plugin to apply.")
                        .rows("ADD-05")
                        .of(Trait.POOL)
                        .when("two containers get addresses from one range")
                        .then("the addresses differ")
                        .run(AddCases::distinctLeases),
                Case.named("add/addresses-as-reported")
                        .level(MUST)
                        .spec(SUCCESS, "`ips`: IPs assigned by this attachment.")
                        .rows("ADD-06")
                        .since(V0_3_0)
                        .of(Trait.INTERFACE)
                        .when("a container is attached")
                        .then(
                                "every address and MAC address of the result is that of the link it names")
                        .run(AddCases::asReported),
                Case.named("add/both-families-usable")
                        .level(SHOULD)
                        .spec(SUCCESS, "`ips`: IPs assigned by this attachment.")
                        .rows("ADD-06", "E51")
                        .of(Trait.INTERFACE, Trait.DUAL_STACK)
                        .when("a container is attached with an IPv4 and an IPv6 address")
                        .then("both are on the link and can be used at once")
                        .run(AddCases::bothFamiliesUsable),
                Case.named("add/routes-as-reported")
                        .level(MUST)
                        .spec(
                                SUCCESS,
                                "The next hop address. If unset, a value in `gateway` in the `ips` array may be used.")
                        .rows("ADD-07")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("IPAM gives a default route without and another route with next hop")
                        .then("both are in the container, the second by its own next hop")
                        .run(AddCases::routesAsReported),
                Case.named("add/no-route-for-a-gateway")
                        .level(MUST)
                        .source(
                                Source.SPEC_0_4,
                                "ips",
                                "It does not instruct the CNI plugin to add any routes with this gateway: routes to"
                                        + " add are specified separately via the `routes` field.")
                        .rows("ADD-07")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("IPAM gives an address with a gateway and no route")
                        .then("the container has no default route")
                        .run(AddCases::noRouteForGateway),
                Case.named("add/default-route-taken")
                        .level(SHOULD)
                        .source(
                                Source.SPEC_0_4,
                                NOTES,
                                "Since another network might have already configured the default route, the CNI plugin"
                                        + " should be prepared to skip over its default route definition.")
                        .rows("ADD-08")
                        .until(V0_4_0)
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("the container has a default route through another link already")
                        .then("ADD succeeds and that route stays")
                        .run(AddCases::defaultRouteTaken),
                Case.named("add/route-metric")
                        .level(SHOULD)
                        .source(
                                Source.SPEC_0_4,
                                NOTES,
                                "Routes are expected to be added with a 0 metric.")
                        .rows("ADD-09")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("IPAM gives a default route and says nothing about metric and table")
                        .then("it is in the main table, with metric 0")
                        .run(AddCases::routeMetric),
                Case.named("add/others-untouched")
                        .level(SHOULD)
                        .spec(
                                ADD,
                                "adjust the configuration of the interface defined by `CNI_IFNAME` inside the container"
                                        + " at `CNI_NETNS`")
                        .rows("ADD-12")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when(
                                "a container with another link is attached on a host with a default route")
                        .then(
                                "that link, the host's route and undeclared sysctls stay, and no eth0 is on the host")
                        .run(AddCases::othersUntouched),
                Case.named("add/prev-result")
                        .level(MUST)
                        .spec(
                                ADD,
                                "If the plugin was supplied a `prevResult` as part of its input configuration, it MUST"
                                        + " handle `prevResult` by either passing it through, or modifying it"
                                        + " appropriately.")
                        .rows("ADD-13")
                        .since(V0_3_0)
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when(
                                "a plugin that makes interfaces is given the result of another one before it")
                        .then(
                                "the result has that one's interface and address too, or ADD is refused")
                        .run(AddCases::prevResult),
                Case.named("add/bridge-reused")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Operators make the bridge themselves, to have a port of the host's on it as well.")
                        .rows("ADD-14")
                        .of(Trait.BRIDGE)
                        .when("the bridge is there already and is empty")
                        .then("ADD uses it")
                        .run(AddCases::bridgeReused),
                Case.named("add/no-address-to-report")
                        .level(DE_FACTO)
                        .source(
                                Source.SPEC_0_2,
                                "result",
                                "The result has one address of each family at most, and at least one altogether.")
                        .rows("ADD-15")
                        .until(V0_2_0)
                        .of(Trait.WITHOUT_IPAM)
                        .when("a result of version 0.1.0 or 0.2.0 would have no address")
                        .then("ADD is refused and nothing is left")
                        .run(AddCases::noAddressToReport),
                Case.named("add/address-of-eth0")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "containerd takes the pod's address from the result's entry for `eth0`, and fails the"
                                        + " pod when there is none.")
                        .rows("ADD-16", "LIB-13")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("a container is attached as eth0")
                        .then(
                                "at least one reported address belongs to eth0 or to no particular interface")
                        .run(AddCases::addressOfEth0),
                Case.named("add/gateway-answers")
                        .level(SHOULD)
                        .source(
                                Source.SPEC_0_4,
                                "ips",
                                "An example use of this value is for the CNI `bridge` plugin to add this IP address to"
                                        + " the Linux bridge to make it a gateway.")
                        .rows("ADD-06")
                        .of(Trait.INTERFACE, Trait.GATEWAY)
                        .needs(Need.PING)
                        .when("a container is attached to a network whose gateway is the host")
                        .then(
                                "the container reaches the gateway, and the host reaches the container")
                        .run(AddCases::gatewayAnswers));
    }

    private static void makesInterface(Lab lab) {
        var attachment = lab.attached();
        Expect.equal(
                "cniVersion of the result",
                lab.version().toString(),
                attachment.result().path("cniVersion").asText());
        Reach.working(lab, attachment);
    }

    private static void secondInterface(Lab lab) {
        ObjectNode config = Networks.withoutRoutes(lab, Networks.withAnyOf(lab, Trait.MASQUERADE));
        Container container = lab.container();
        Attachment stays = lab.attachment(container, "net1", config);
        lab.add(stays).result();
        Snapshot host = lab.hostSnapshot();
        Snapshot inside = lab.snapshot(container);
        Attachment goes = lab.attachment(container, "eth0", config.deepCopy());
        lab.add(goes).result();
        Reach.working(lab, goes);
        Reach.working(lab, stays);
        lab.del(goes).succeeded();
        lab.expectHostAs(host, "net1 alone was attached");
        lab.expectContainerAs(container, inside, "net1 alone was attached");
        Reach.answering(lab, stays);
    }

    private static void secondLease(Lab lab) {
        Container container = lab.container();
        Attachment stays = lab.attachment(container, "net1", lab.config());
        lab.add(stays).result();
        Snapshot host = lab.hostSnapshot();
        Attachment goes = lab.attachment(container, "eth0", lab.config());
        lab.add(goes).result();
        distinct(List.of(stays, goes));
        lab.del(goes).succeeded();
        lab.expectHostAs(host, "net1 alone was attached");
    }

    private static void twoContainers(Lab lab) {
        var first = lab.attached();
        var second = lab.attached();
        Reach.working(lab, first);
        Reach.working(lab, second);
        if (!lab.has(Trait.LOOPBACK)) {
            distinct(List.of(first, second));
        }
    }

    /** No two of the attachments were given the same address. */
    static void distinct(List<Attachment> attachments) {
        Set<String> seen = new HashSet<>();
        for (Attachment attachment : attachments) {
            for (Reported.Ip ip : Reported.of(attachment).ips()) {
                Expect.that(
                        seen.add(ip.canonical()),
                        "every address is given once",
                        () ->
                                ip.cidr()
                                        + " was given to "
                                        + attachment.id()
                                        + " and to another one");
            }
        }
    }

    private static void oneBridge(Lab lab) {
        var first = lab.attached();
        var second = lab.attached();
        Set<String> bridges = new HashSet<>();
        for (Attachment attachment : List.of(first, second)) {
            int peer = lab.in(attachment).needLink(attachment.ifname()).path("link_index").asInt();
            lab.onHost().links().stream()
                    .filter(link -> link.path("ifindex").asInt() == peer)
                    .forEach(link -> bridges.add(link.path("master").asText("no bridge")));
        }
        Expect.that(
                bridges.size() == 1 && !bridges.contains("no bridge"),
                "the host's ends of both are ports of one bridge",
                () -> "they are ports of " + bridges);
        for (Reported.Ip ip : Reported.of(second).ips(second.ifname())) {
            Reach.pings(lab.in(first), "one container", ip.host());
        }
    }

    private static void distinctLeases(Lab lab) {
        distinct(List.of(lab.attached(), lab.attached()));
    }

    private static void asReported(Lab lab) {
        var attachment = lab.attached();
        Reach.working(lab, attachment);
        for (JsonNode link : Reported.of(attachment).interfaces()) {
            String name = link.path("name").asText();
            View where =
                    link.path("sandbox").asText("").isEmpty() ? lab.onHost() : lab.in(attachment);
            JsonNode there = where.needLink(name);
            if (link.hasNonNull("mac")) {
                Expect.equal(
                        "the reported MAC address of " + name,
                        there.path("address").asText(),
                        link.path("mac").asText().toLowerCase(java.util.Locale.ROOT));
            }
        }
    }

    private static void bothFamiliesUsable(Lab lab) {
        var attachment = lab.attached(Trait.DUAL_STACK);
        JsonNode shown =
                lab.in(attachment).json("ip", "-j", "address", "show", "dev", attachment.ifname());
        Reach.working(lab, attachment);
        List<Boolean> families =
                Reported.of(attachment).ips(attachment.ifname()).stream()
                        .map(Reported.Ip::isIpv6)
                        .distinct()
                        .toList();
        Expect.that(
                families.size() == 2,
                "the result has an address of each family for " + attachment.ifname(),
                () -> "the result is " + attachment.result());
        for (JsonNode info : shown.path(0).path("addr_info")) {
            Expect.that(
                    info.path("scope").asText().equals("link")
                            || !info.path("tentative").asBoolean(),
                    "no address is still tentative when ADD returns",
                    () -> info.path("local").asText() + " is tentative");
        }
        Reach.answering(lab, attachment);
    }

    private static void routesAsReported(Lab lab) {
        var stub =
                Networks.stubWithRoutes(
                        lab,
                        "conformance-routes",
                        "[{'dst':'0.0.0.0/0'},{'dst':'192.0.2.0/24','gw':'10.88.0.254'}]");
        var attachment = lab.attachment(lab.container(), Networks.withIpam(lab.config(), stub));
        lab.add(attachment).result();
        List<String> destinations = new ArrayList<>();
        for (Reported.Route route : Reported.of(attachment).routes()) {
            destinations.add(route.destination());
            routeIsThere(lab, attachment, route);
        }
        Expect.contains("routes of the result", destinations, "192.0.2.0/24");
        routeIsThere(lab, attachment, new Reported.Route("192.0.2.0/24", "10.88.0.254"));
    }

    private static void routeIsThere(Lab lab, Attachment attachment, Reported.Route route) {
        View inside = lab.in(attachment);
        List<JsonNode> found =
                inside.routes().stream()
                        .filter(there -> there.path("dst").asText().equals(route.shown()))
                        .filter(there -> there.path("dev").asText().equals(attachment.ifname()))
                        .toList();
        Expect.that(
                found.stream()
                        .map(there -> there.path("gateway").asText(""))
                        .anyMatch(hop -> isRight(attachment, route, hop)),
                "the container has the route " + route.destination() + " through " + hops(route),
                () -> "its routes are " + inside.routes());
    }

    private static String hops(Reported.Route route) {
        return route.gateway().isEmpty() ? "the address's gateway, or none" : route.gateway();
    }

    private static boolean isRight(Attachment attachment, Reported.Route route, String hop) {
        if (!route.gateway().isEmpty()) {
            return hop.equals(route.gateway());
        }
        return hop.isEmpty()
                || Reported.of(attachment).ips().stream().anyMatch(ip -> ip.gateway().equals(hop));
    }

    private static void noRouteForGateway(Lab lab) {
        var stub = Networks.stubWithRoutes(lab, "conformance-no-routes", "[]");
        var attachment = lab.attachment(lab.container(), Networks.withIpam(lab.config(), stub));
        lab.add(attachment).result();
        Expect.that(
                lab.in(attachment).route("default").isEmpty(),
                "the container has no default route",
                () -> "its routes are " + lab.in(attachment).routes());
    }

    private static void defaultRouteTaken(Lab lab) {
        Container container = lab.container();
        lab.in(container).sh(OTHER_LINK + "; ip route add default via 198.51.100.1 dev other0");
        var attachment = lab.attachment(container, lab.config());
        lab.add(attachment).result();
        List<JsonNode> routes = lab.in(container).routes();
        Expect.that(
                routes.stream()
                        .anyMatch(route ->
                                route.path("dst").asText().equals("default")
                                        && route.path("dev").asText().equals("other0")),
                "the default route of the other network stays",
                () -> "the routes are " + routes);
    }

    private static void routeMetric(Lab lab) {
        var attachment = lab.attached();
        JsonNode found =
                lab.in(attachment)
                        .json("ip", "-j", "-4", "route", "show", "table", "main", "default");
        Expect.that(
                found.size() == 1,
                "the container has one IPv4 default route in its main table",
                () -> "it has " + found);
        Expect.equal("the metric of the default route", 0, found.path(0).path("metric").asInt(0));
    }

    private static void othersUntouched(Lab lab) {
        Container container = lab.container();
        lab.in(container).sh(OTHER_LINK);
        lab.onHost().sh(OTHER_LINK + "; ip route add default via 198.51.100.1 dev other0");
        lab.afterwards(() -> lab.host().tool("ip", "link", "del", "other0"));
        Snapshot inside = lab.snapshot(container);
        Snapshot host = ownOf(lab.hostSnapshot());
        var attachment = lab.attachment(container, Networks.withoutRoutes(lab, lab.config()));
        lab.add(attachment).result();
        Expect.lacks("links of the host", lab.onHost().linkNames(), attachment.ifname());
        Snapshot.Difference changed = ownOf(lab.hostSnapshot()).since(host);
        Expect.that(
                changed.isEmpty(), "the host's other things stay as they were", changed::toString);
        Snapshot.Difference within =
                lab.snapshot(container)
                        .without(thing -> thing.matches(".*\\b" + attachment.ifname() + "\\b.*"))
                        .since(inside);
        Expect.that(
                within.isEmpty(),
                "the container's other things stay as they were",
                within::toString);
    }

    /**
     * What no network has to change: the other link with its address and routes, default route,
     * sysctls.
     */
    private static Snapshot ownOf(Snapshot host) {
        return host.without(thing ->
                !thing.matches("sysctl .*|.*\\bother[01]\\b.*|route main unicast default .*"));
    }

    private static void prevResult(Lab lab) {
        Container container = lab.container();
        lab.in(container).sh(OTHER_LINK);
        ObjectNode config = Networks.withoutRoutes(lab, lab.config());
        config.set("prevResult", resultOfAnother(lab, container));
        var attachment = lab.attachment(container, config);
        var reply = lab.add(attachment);
        if (reply.exit() != 0) {
            reply.refused();
            return;
        }
        var reported = new Reported(reply.result());
        Expect.that(
                reported.inside("other0").isPresent(),
                "the result lists the interface of prevResult as well",
                () -> "the result is " + reported.result());
        Expect.contains(
                "addresses of the result",
                reported.ips("other0").stream().map(Reported.Ip::cidr).toList(),
                "198.51.100.2/24");
    }

    private static ObjectNode resultOfAnother(Lab lab, Container container) {
        ObjectNode result = Lab.addresses(lab.version(), "198.51.100.2/24", "");
        result.remove("routes");
        ((ObjectNode) result.path("ips").path(0)).put("interface", 0).remove("gateway");
        result.putArray("interfaces")
                .addObject()
                .put("name", "other0")
                .put("mac", lab.in(container).needLink("other0").path("address").asText())
                .put("sandbox", container.netns());
        return result;
    }

    private static void bridgeReused(Lab lab) {
        String bridge = lab.config().path("bridge").asText("cni0");
        lab.onHost().sh("ip link add " + bridge + " type bridge; ip link set " + bridge + " up");
        int before = lab.onHost().needLink(bridge).path("ifindex").asInt();
        Reach.answering(lab, lab.attached());
        Expect.equal(
                "the index of the bridge that was there before",
                before,
                lab.onHost().needLink(bridge).path("ifindex").asInt());
    }

    private static void noAddressToReport(Lab lab) {
        ObjectNode config = lab.config();
        config.remove("ipam");
        Container container = lab.container();
        Snapshot inside = lab.snapshot(container);
        lab.add(lab.attachment(container, config)).refused();
        lab.expectContainerAs(container, inside, "before ADD");
    }

    private static void addressOfEth0(Lab lab) {
        var attachment = lab.attached();
        Expect.that(
                !Reported.of(attachment).ips(attachment.ifname()).isEmpty(),
                "an address of the result belongs to " + attachment.ifname(),
                () -> "the result is " + Json.text(attachment.result()));
    }

    private static void gatewayAnswers(Lab lab) {
        var attachment = lab.attached();
        Reach.answering(lab, attachment);
        for (Reported.Ip ip : Reported.of(attachment).ips(attachment.ifname())) {
            if (!ip.gateway().isEmpty()) {
                Reach.pings(lab.in(attachment), "the container", ip.gateway());
            }
        }
    }
}
