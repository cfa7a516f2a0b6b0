package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_4_0;
import static dev.pontoon.conformance.spec.CniVersion.V1_1_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** Section 2 of the spec, CHECK: what the result lists. */
final class CheckCases {

    static final String CHECK = "check-check-containers-networking-is-as-expected";

    private static final String LISTED =
            "The plugin should return an error if a resource included in the CNI Result type (interface,"
                    + " address or route) was created by the plugin, and is listed in `prevResult`, but is"
                    + " missing or in an invalid state.";

    private static final String LATER_PLUGINS =
            "The plugin must allow for a later chained plugin to have modified networking resources, e.g."
                    + " routes, on `ADD`.";

    private static final String OTHER_MAC = "02:cc:cc:00:00:01";

    private CheckCases() {}

    static List<Case> all() {
        return List.of(
                draft("check/after-add")
                        .level(MUST)
                        .spec(
                                CHECK,
                                "The plugin must handle `CHECK` being called immediately after an `ADD`, and"
                                        + " therefore should allow a reasonable convergence delay for any"
                                        + " asynchronous resources.")
                        .rows("CHK-01")
                        .when("CHECK follows ADD at once")
                        .then("it succeeds silently")
                        .run(lab -> lab.check(lab.attached()).succeededSilently()),
                draft("check/without-previous-result")
                        .level(DE_FACTO)
                        .spec(
                                CHECK,
                                "The plugin must consult the `prevResult` to determine the expected interfaces and"
                                        + " addresses.")
                        .rows("CHK-02")
                        .of(Trait.DELEGATES)
                        .when("the configuration of CHECK has no prevResult")
                        .then("CHECK fails, as nothing can be known of what is expected")
                        .run(CheckCases::withoutPreviousResult),
                draft("check/null-previous-result")
                        .level(DE_FACTO)
                        .spec(
                                CHECK,
                                "The plugin must consult the `prevResult` to determine the expected interfaces and"
                                        + " addresses.")
                        .rows("CHK-02")
                        .of(Trait.DELEGATES)
                        .when("prevResult is null at CHECK")
                        .then("CHECK fails, as nothing can be known of what is expected")
                        .run(CheckCases::nullPreviousResult),
                listed("check/missing-netns")
                        .rows("CHK-03")
                        .of(Trait.INTERFACE)
                        .when("the namespace is gone at CHECK")
                        .then("CHECK fails")
                        .run(CheckCases::missingNetns),
                listed("check/interface-removed")
                        .rows("CHK-03")
                        .of(Trait.DELEGATES)
                        .when("the container's interface was deleted")
                        .then("CHECK fails")
                        .run(CheckCases::interfaceRemoved),
                listed("check/interface-renamed")
                        .rows("CHK-03")
                        .of(Trait.DELEGATES)
                        .when("the container's interface has another name now")
                        .then("CHECK fails")
                        .run(CheckCases::interfaceRenamed),
                listed("check/interface-down")
                        .rows("CHK-04", "E24")
                        .of(Trait.INTERFACE)
                        .when("the container's interface was set down")
                        .then("CHECK fails")
                        .run(CheckCases::interfaceDown),
                listed("check/other-kind-of-interface")
                        .rows("CHK-04")
                        .of(Trait.DELEGATES, Trait.HOST_LINK)
                        .when(
                                "a link of another kind has taken the name, addresses and routes of the interface")
                        .then("CHECK fails")
                        .run(CheckCases::otherKind),
                listed("check/mac-changed")
                        .rows("CHK-05", "E24")
                        .of(Trait.DELEGATES)
                        .when("the interface has another MAC address than prevResult lists")
                        .then("CHECK fails")
                        .run(CheckCases::macChanged),
                draft("check/mac-of-later-plugin")
                        .level(MUST)
                        .spec(CHECK, LATER_PLUGINS)
                        .rows("CHK-05")
                        .of(Trait.DELEGATES)
                        .when("a later plugin changed the MAC address, and prevResult says so")
                        .then("CHECK succeeds")
                        .run(CheckCases::macOfLaterPlugin),
                listed("check/mtu-changed")
                        .since(V1_1_0)
                        .rows("CHK-05")
                        .of(Trait.DELEGATES)
                        .when("the interface has another MTU than prevResult lists")
                        .then("CHECK fails")
                        .run(CheckCases::mtuChanged),
                listed("check/address-replaced")
                        .rows("CHK-06", "E24")
                        .of(Trait.DELEGATES)
                        .when(
                                "the interface has another address of the same subnet instead of its own")
                        .then("CHECK fails")
                        .run(CheckCases::addressReplaced),
                draft("check/extra-address")
                        .level(MUST)
                        .spec(CHECK, LATER_PLUGINS)
                        .rows("CHK-06")
                        .of(Trait.DELEGATES)
                        .when("the interface has one more address than prevResult lists")
                        .then("CHECK succeeds")
                        .run(CheckCases::extraAddress),
                listed("check/route-removed")
                        .rows("CHK-07", "E24")
                        .of(Trait.DELEGATES)
                        .when("the default route that prevResult lists was removed")
                        .then("CHECK fails")
                        .run(CheckCases::routeRemoved),
                draft("check/extra-route")
                        .level(MUST)
                        .spec(CHECK, LATER_PLUGINS)
                        .rows("CHK-07")
                        .of(Trait.DELEGATES)
                        .when("the container has a route that prevResult does not list")
                        .then("CHECK succeeds")
                        .run(CheckCases::extraRoute),
                draft("check/unlisted-route-removed")
                        .level(MUST)
                        .spec(CHECK, LATER_PLUGINS)
                        .rows("CHK-07")
                        .of(Trait.DELEGATES)
                        .when("a later plugin took the default route away, and prevResult says so")
                        .then("CHECK succeeds")
                        .run(CheckCases::unlistedRouteRemoved),
                draft("check/wrong-sandbox")
                        .level(DE_FACTO)
                        .spec(CHECK, LISTED)
                        .rows("CHK-08")
                        .of(Trait.DELEGATES)
                        .when("prevResult has the interface in another sandbox than CNI_NETNS")
                        .then("CHECK fails")
                        .run(CheckCases::wrongSandbox),
                listed("check/entries-of-other-plugins")
                        .rows("CHK-09")
                        .of(Trait.DELEGATES)
                        .when("prevResult also lists interfaces and addresses of other plugins")
                        .then("CHECK succeeds, whatever became of those")
                        .run(CheckCases::entriesOfOthers),
                draft("check/changes-nothing")
                        .level(DE_FACTO)
                        .spec(
                                CHECK,
                                "`CHECK` is a way for a runtime to probe the status of an existing container.")
                        .rows("CHK-13")
                        .when("CHECK is called twice")
                        .then("both succeed, and nothing changes on the host or in the container")
                        .run(CheckCases::changesNothing),
                draft("check/repairs-nothing")
                        .level(DE_FACTO)
                        .spec(
                                CHECK,
                                "`CHECK` is a way for a runtime to probe the status of an existing container.")
                        .rows("CHK-13")
                        .of(Trait.DELEGATES)
                        .when("CHECK meets a container without its default route")
                        .then("the container is as it was before, without the route")
                        .run(CheckCases::repairsNothing),
                afterDel("check/after-del").of(Trait.DELEGATES).run(CheckCases::afterDel),
                afterDel("check/after-release").of(Trait.POOL).run(CheckCases::afterDel));
    }

    static Case.Draft draft(String id) {
        return Case.named(id).since(V0_4_0);
    }

    private static Case.Draft listed(String id) {
        return draft(id).level(SHOULD).spec(CHECK, LISTED);
    }

    private static Case.Draft afterDel(String id) {
        return draft(id)
                .level(DE_FACTO)
                .source(
                        Source.SKEL,
                        "",
                        "Runtimes must not CHECK what was detached; plugins answer with an error where they are"
                                + " asked all the same, as what they look for is gone.")
                .rows("CHK-14")
                .when("CHECK follows DEL")
                .then("CHECK fails");
    }

    private static void withoutPreviousResult(Lab lab) {
        var attachment = lab.attached();
        ObjectNode stdin = lab.stdin("CHECK", attachment);
        stdin.remove("prevResult");
        check(lab, attachment, stdin).refused();
    }

    private static void nullPreviousResult(Lab lab) {
        var attachment = lab.attached();
        check(lab, attachment, lab.stdin("CHECK", attachment).putNull("prevResult")).refused();
    }

    /** A device of the host that is only lent to the container would go with what is destroyed. */
    private static Attachment attachedWithOwnLink(Lab lab) {
        if (lab.has(Trait.EXCLUSIVE)) {
            throw new NotHere("the container's interface is a device of the host");
        }
        return lab.attached();
    }

    private static void missingNetns(Lab lab) {
        var attachment = attachedWithOwnLink(lab);
        attachment.container().destroy();
        lab.check(attachment).refused();
    }

    private static void interfaceRemoved(Lab lab) {
        var attachment = attachedWithOwnLink(lab);
        new Wiring(lab, attachment).inside("ip link del $if");
        lab.check(attachment).refused();
    }

    private static void interfaceRenamed(Lab lab) {
        var attachment = lab.attached();
        var wiring = new Wiring(lab, attachment);
        wiring.inside("ip link set $if down; ip link set $if name ccother; ip link set ccother up");
        Reply reply = lab.check(attachment);
        wiring.inside("ip link set ccother down; ip link set ccother name $if; ip link set $if up");
        reply.refused();
    }

    private static void interfaceDown(Lab lab) {
        var attachment = lab.attached();
        new Wiring(lab, attachment).inside("ip link set $if down");
        lab.check(attachment).refused();
    }

    private static void otherKind(Lab lab) {
        var attachment = lab.attached();
        var wiring = new Wiring(lab, attachment).needDefaultRoute();
        String address = wiring.addresses().getFirst();
        wiring.inside(
                "mac=$(ip -o link show $if | sed 's/.*ether \\([^ ]*\\).*/\\1/');"
                        + " ip link set $if down; ip link set $if name ccold; ip link set ccold up;"
                        + " ip address flush dev ccold; ip link add $if address $mac type bridge;"
                        + " ip address add "
                        + address
                        + " dev $if; ip link set $if up;"
                        + " ip route add default via 10.88.0.1 dev $if");
        Reply reply = lab.check(attachment);
        wiring.inside("ip link del $if; ip link set ccold down; ip link set ccold name $if");
        reply.refused();
    }

    private static void macChanged(Lab lab) {
        var attachment = lab.attached();
        var wiring = new Wiring(lab, attachment);
        String mac = wiring.entry(attachment.result()).path("mac").asText("");
        if (mac.isEmpty()) {
            throw new NotHere("the result lists no MAC address");
        }
        wiring.inside("ip link set $if address " + OTHER_MAC);
        Reply reply = lab.check(attachment);
        wiring.inside("ip link set $if address " + mac);
        reply.refused();
    }

    private static void macOfLaterPlugin(Lab lab) {
        var attachment = lab.attached();
        var wiring = new Wiring(lab, attachment);
        ObjectNode stdin = lab.stdin("CHECK", attachment);
        ObjectNode entry = wiring.entry(previous(stdin));
        String mac = lab.in(attachment).needLink(attachment.ifname()).path("address").asText();
        entry.put("mac", OTHER_MAC);
        wiring.inside("ip link set $if address " + OTHER_MAC);
        Reply reply = check(lab, attachment, stdin);
        wiring.inside("ip link set $if address " + mac);
        reply.succeeded();
    }

    private static void mtuChanged(Lab lab) {
        var attachment = lab.attached();
        var wiring = new Wiring(lab, attachment);
        int mtu = wiring.entry(attachment.result()).path("mtu").asInt(0);
        if (mtu == 0) {
            throw new NotHere("the result lists no MTU");
        }
        wiring.inside("ip link set $if mtu 1337");
        Reply reply = lab.check(attachment);
        wiring.inside("ip link set $if mtu " + mtu);
        reply.refused();
    }

    private static void addressReplaced(Lab lab) {
        var attachment = lab.attached();
        var wiring = new Wiring(lab, attachment).needDefaultRoute();
        wiring.inside(
                "ip address del "
                        + wiring.addresses().getFirst()
                        + " dev $if; ip address add 10.88.0.250/24 dev $if;"
                        + " ip route replace default via 10.88.0.1 dev $if");
        lab.check(attachment).refused();
    }

    private static void extraAddress(Lab lab) {
        var attachment = lab.attached();
        new Wiring(lab, attachment).inside("ip address add 192.0.2.9/24 dev $if");
        lab.check(attachment).succeeded();
    }

    private static void routeRemoved(Lab lab) {
        var attachment = lab.attached();
        new Wiring(lab, attachment).needDefaultRoute().inside("ip route del default");
        lab.check(attachment).refused();
    }

    private static void extraRoute(Lab lab) {
        var attachment = lab.attached();
        new Wiring(lab, attachment).inside("ip route add 192.0.2.0/24 dev $if");
        lab.check(attachment).succeeded();
    }

    private static void unlistedRouteRemoved(Lab lab) {
        var attachment = lab.attached();
        new Wiring(lab, attachment).needDefaultRoute().inside("ip route del default");
        ObjectNode stdin = lab.stdin("CHECK", attachment);
        previous(stdin).remove("routes");
        check(lab, attachment, stdin).succeeded();
    }

    private static void wrongSandbox(Lab lab) {
        var attachment = lab.attached();
        ObjectNode stdin = lab.stdin("CHECK", attachment);
        new Wiring(lab, attachment).entry(previous(stdin)).put("sandbox", lab.container().netns());
        check(lab, attachment, stdin).refused();
    }

    private static void entriesOfOthers(Lab lab) {
        var attachment = lab.attached();
        ObjectNode stdin = lab.stdin("CHECK", attachment);
        ArrayNode interfaces = previous(stdin).withArray("interfaces");
        int index = interfaces.size();
        interfaces
                .addObject()
                .put("name", "ccnet1")
                .put("mac", "02:cc:cc:00:00:02")
                .put("sandbox", attachment.container().netns());
        interfaces.addObject().put("name", "cchost1").put("mac", "02:cc:cc:00:00:03");
        ObjectNode ip = previous(stdin).withArray("ips").addObject().put("address", "192.0.2.9/24");
        if (lab.version() == V0_4_0) {
            ip.put("version", "4");
        }
        ip.put("interface", index);
        check(lab, attachment, stdin).succeeded();
    }

    private static void changesNothing(Lab lab) {
        var attachment = lab.attached();
        Snapshot host = lab.hostSnapshot();
        Snapshot container = lab.snapshot(attachment.container());
        lab.check(attachment).succeeded();
        lab.check(attachment).succeeded();
        lab.expectHostAs(host, "before CHECK");
        lab.expectContainerAs(attachment.container(), container, "before CHECK");
    }

    private static void repairsNothing(Lab lab) {
        var attachment = lab.attached();
        new Wiring(lab, attachment).needDefaultRoute().inside("ip route del default");
        Snapshot host = lab.hostSnapshot();
        Snapshot container = lab.snapshot(attachment.container());
        lab.check(attachment).answered();
        lab.expectHostAs(host, "before CHECK");
        lab.expectContainerAs(attachment.container(), container, "before CHECK");
    }

    private static void afterDel(Lab lab) {
        var attachment = lab.attached();
        lab.del(attachment).succeeded();
        lab.check(attachment).refused();
    }

    private static ObjectNode previous(ObjectNode stdin) {
        Expect.that(
                stdin.path("prevResult").isObject(),
                "ADD printed a result, which CHECK gets as prevResult",
                () -> "there is none");
        return (ObjectNode) stdin.path("prevResult");
    }

    private static Reply check(Lab lab, Attachment attachment, ObjectNode stdin) {
        return lab.call("CHECK", attachment).config(stdin).run();
    }
}
