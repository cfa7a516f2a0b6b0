package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V1_1_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MAY;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.host.Wait;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Call;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.Unmet;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Section 2 of the spec, GC. */
final class GcCases {

    private static final String GC = "gc-clean-up-any-stale-resources";

    private static final String VALID = "cni.dev/valid-attachments";
    private static final String LEGACY = "cni.dev/attachments";

    private static final String AS_MANY =
            "A plugin SHOULD remove as many stale resources as possible. For example, a plugin should remove any"
                    + " IPAM reservations associated with attachments not in the provided list.";

    private static final String STILL_VALID =
            "`cni.dev/valid-attachments` (array of objects): The list of **still valid** attachments to this"
                    + " network";

    private static final String PER_NETWORK =
            "Garbage collection is a per-network operation. If a plugin manages resources shared across multiple"
                    + " networks, it must only remove stale resources known to belong to the network provided"
                    + " in the `GC `action.";

    private static final String ERRORS =
            "Plugins should generally complete a `GC` action without error. If an error is encountered, a plugin"
                    + " should continue; removing as many resources as possible, and report the errors back to"
                    + " the runtime.";

    private static final String FORWARD =
            "Plugins MUST, additionally, forward any GC calls to delegated plugins they are configured to use"
                    + " (see section 4).";

    private GcCases() {}

    static List<Case> all() {
        return Stream.of(collecting(), lists(), failures()).flatMap(List::stream).toList();
    }

    private static List<Case> collecting() {
        return List.of(
                draft("gc/does-something")
                        .level(SHOULD)
                        .spec(GC, AS_MANY)
                        .rows("GC-01")
                        .of(Trait.HOST_STATE)
                        .when(
                                "something is on the host of an attachment that is not valid any more")
                        .then(
                                "GC removes something of it; a plugin that does nothing should not offer 1.1.0")
                        .run(GcCases::doesSomething),
                draft("gc/stale")
                        .level(SHOULD)
                        .spec(GC, AS_MANY)
                        .rows("GC-01", "GC-11", "GC-13", "E28")
                        .of(Trait.HOST_STATE)
                        .when(
                                "one of two attachments is valid, and the other one's namespace is gone")
                        .then(
                                "all of the stale one is gone, and nothing of the live one or of what both share")
                        .run(GcCases::stale),
                draft("gc/live")
                        .level(MUST)
                        .spec(GC, STILL_VALID)
                        .rows("GC-01", "GC-13")
                        .when("all attachments are valid")
                        .then("GC succeeds silently and changes nothing")
                        .run(GcCases::live),
                draft("gc/other-interface")
                        .level(SHOULD)
                        .spec(
                                GC,
                                "`ifname` (string): the value of `CNI_IFNAME` as provided during the CNI ADD operation")
                        .rows("GC-02")
                        .of(Trait.HOST_STATE)
                        .when("of two interfaces of one container only the first is listed")
                        .then(
                                "what belongs to the second is gone, and what belongs to the first is not")
                        .run(GcCases::otherInterface),
                draft("gc/other-network")
                        .level(MUST)
                        .source(Source.SPEC_MAIN, GC, PER_NETWORK)
                        .rows("GC-03", "E31")
                        .of(Trait.HOST_STATE)
                        .when("another network's GC lists nothing")
                        .then("the attachment of this network is untouched")
                        .run(GcCases::otherNetwork),
                draft("gc/own-stale-only")
                        .level(MUST)
                        .source(Source.SPEC_MAIN, GC, PER_NETWORK)
                        .rows("GC-03", "E31")
                        .of(Trait.HOST_STATE)
                        .when("one container is in two networks, and the GC of one lists nothing")
                        .then("what the other network has of that container is untouched")
                        .run(GcCases::ownStaleOnly),
                draft("gc/namespace-still-there")
                        .level(SHOULD)
                        .spec(GC, AS_MANY)
                        .rows("GC-10")
                        .of(Trait.HOST_STATE)
                        .when("the namespace of a stale attachment still exists")
                        .then("GC succeeds, and rules and reservations of the attachment are gone")
                        .run(GcCases::namespaceStillThere),
                draft("gc/during-add")
                        .level(DE_FACTO)
                        .spec(
                                "lifecycle--ordering",
                                "Plugins must handle being executed concurrently across different containers. If"
                                        + " necessary, they must implement locking on shared resources (e.g. IPAM"
                                        + " databases).")
                        .rows("GC-14", "E32")
                        .of(Trait.HOST_STATE)
                        .when(
                                "a runtime calls GC, against the rules, while it attaches containers that it lists")
                        .then("all of them stay attached, each with an address of its own")
                        .run(GcCases::duringAdd));
    }

    private static List<Case> lists() {
        return List.of(
                draft("gc/empty-list")
                        .level(SHOULD)
                        .spec(GC, AS_MANY)
                        .rows("GC-04", "E29")
                        .of(Trait.HOST_STATE)
                        .when("the list is empty")
                        .then("everything of this network is gone")
                        .run(lab -> collectsAll(lab, list(), list())),
                draft("gc/null-list")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "For a network without containers callers hand over an empty slice, which becomes"
                                        + " null in JSON.")
                        .rows("GC-05", "E29")
                        .of(Trait.HOST_STATE)
                        .when("the list is null")
                        .then("that counts as an empty list: everything of this network is gone")
                        .run(lab ->
                                collectsAll(
                                        lab, Json.object().nullNode(), Json.object().nullNode())),
                draft("gc/absent-list")
                        .level(MAY)
                        .source(
                                Source.OPERATORS,
                                "",
                                "A caller that forgot the list does not mean that no container is alive: refuse, or"
                                        + " remove nothing.")
                        .rows("GC-05", "E29")
                        .of(Trait.HOST_STATE)
                        .when("there is no list at all")
                        .then("whatever GC answers, a live attachment stays")
                        .run(GcCases::absentList),
                draft("gc/valid-list-wins")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "Both keys are sent, as the text of 1.1.0 once named the other; the one that counts"
                                        + " is cni.dev/valid-attachments.")
                        .rows("GC-06", "E30")
                        .of(Trait.HOST_STATE)
                        .when(
                                "an attachment is in cni.dev/valid-attachments but not in cni.dev/attachments")
                        .then("it stays")
                        .run(GcCases::validListWins),
                draft("gc/legacy-list-loses")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "Both keys are sent, as the text of 1.1.0 once named the other; the one that counts"
                                        + " is cni.dev/valid-attachments.")
                        .rows("GC-06", "E30")
                        .of(Trait.HOST_STATE)
                        .when(
                                "an attachment is in cni.dev/attachments but not in cni.dev/valid-attachments")
                        .then("it is gone")
                        .run(GcCases::legacyListLoses),
                draft("gc/legacy-list")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "Callers built on the first text of 1.1.0 send cni.dev/attachments only.")
                        .rows("GC-06", "E30")
                        .of(Trait.HOST_STATE)
                        .when(
                                "a live attachment is listed in cni.dev/attachments, and there is no other list")
                        .then("whatever GC answers, the attachment stays")
                        .run(GcCases::legacyList),
                malformed("gc/list-of-wrong-type")
                        .when("the list is a string")
                        .run(lab -> refuses(lab, Json.object().textNode("c1"))),
                malformed("gc/entry-without-container")
                        .when("an entry of the list has no containerID")
                        .run(lab -> refuses(lab, list().add(Json.object().put("ifname", "eth0")))),
                malformed("gc/entry-without-interface")
                        .when("an entry of the list has no ifname")
                        .run(lab ->
                                refuses(lab, list().add(Json.object().put("containerID", "c1")))));
    }

    private static List<Case> failures() {
        return List.of(
                draft("gc/never-used")
                        .level(SHOULD)
                        .spec(GC, ERRORS)
                        .rows("GC-09")
                        .when("GC is called twice on a host where nothing was ever attached")
                        .then("both calls succeed silently")
                        .run(GcCases::neverUsed),
                draft("gc/repeated")
                        .level(SHOULD)
                        .spec(GC, ERRORS)
                        .rows("GC-09")
                        .of(Trait.HOST_STATE)
                        .when("GC is called again after it collected everything")
                        .then("it succeeds silently")
                        .run(GcCases::repeated),
                draft("gc/delegate")
                        .level(MUST)
                        .spec(GC, FORWARD)
                        .rows("GC-07", "DLG-11")
                        .of(Trait.DELEGATES)
                        .when("GC is called for a network whose addresses come from an IPAM plugin")
                        .then(
                                "that plugin is executed once, with GC and the same configuration, lists included")
                        .run(GcCases::delegate),
                draft("gc/delegate-fails")
                        .level(SHOULD)
                        .spec(GC, ERRORS)
                        .rows("GC-08", "DLG-11")
                        .of(Trait.DELEGATES)
                        .when("the IPAM plugin's GC fails")
                        .then("GC reports an error")
                        .run(GcCases::delegateFails),
                draft("gc/goes-on-without-delegate")
                        .level(SHOULD)
                        .spec(GC, ERRORS)
                        .rows("GC-08")
                        .of(Trait.DELEGATES, Trait.MASQUERADE)
                        .when(
                                "the IPAM plugin's GC fails, and a stale attachment has rules on the host")
                        .then("the rules are gone all the same")
                        .run(GcCases::goesOnWithoutDelegate),
                draft("gc/one-removal-fails")
                        .level(SHOULD)
                        .spec(GC, ERRORS)
                        .rows("GC-08")
                        .of(Trait.HOST_LOCAL_STORE)
                        .when("the first of three stale reservations cannot be deleted")
                        .then("the others are gone, and GC reports an error")
                        .run(GcCases::oneRemovalFails));
    }

    private static Case.Draft draft(String id) {
        return Case.named(id).since(V1_1_0);
    }

    private static Case.Draft malformed(String id) {
        return draft(id)
                .level(DE_FACTO)
                .spec(
                        "error",
                        "`7`: Invalid network config. If some validations on network configs do not pass, this"
                                + " error will be raised.")
                .rows("GC-12")
                .of(Trait.HOST_STATE)
                .then("GC fails with code 6 or 7, and removes nothing");
    }

    // Lists

    private static ArrayNode list(Attachment... attachments) {
        ArrayNode list = Json.object().arrayNode();
        for (Attachment one : attachments) {
            list.addObject().put("containerID", one.id()).put("ifname", one.ifname());
        }
        return list;
    }

    /** A network's configuration as GC gets it: nothing in it is about one attachment. */
    private static ObjectNode network(ObjectNode config) {
        ObjectNode network = config.deepCopy();
        network.remove(List.of("runtimeConfig", "prevResult", "args"));
        return network;
    }

    private static Reply gc(Lab lab, ObjectNode config, JsonNode valid, JsonNode legacy) {
        ObjectNode stdin = network(config);
        stdin.set(VALID, valid);
        stdin.set(LEGACY, legacy);
        return lab.call("GC").config(stdin).run();
    }

    private static Reply gc(Lab lab, ObjectNode config, Attachment... valid) {
        return gc(lab, config, list(valid), list(valid));
    }

    // Attachments

    private static Attachment attach(Lab lab) {
        var attachment = lab.attachment(lab.container(), Rules.config(lab));
        lab.add(attachment).result();
        return attachment;
    }

    /** One more container in the network of the first, whose namespace is gone by now. */
    private static Attachment abandon(Lab lab, ObjectNode config) {
        var attachment = lab.attachment(lab.container(), Rules.another(config));
        lab.add(attachment).result();
        boolean wired = lab.has(Trait.HOST_LINK) || lab.has(Trait.CHAINED);
        String port = wired ? new Wiring(lab, attachment).port() : "";
        attachment.container().destroy();
        lab.note("the namespace of " + attachment.id() + " is gone");
        // The kernel takes its time; a link on its way out is nothing that GC has to cope with.
        Wait.holds(Duration.ofSeconds(3), () -> !lab.onHost().linkNames().contains(port));
        return attachment;
    }

    /** What an attachment's container and the host held while it was alive. */
    private record Alive(Attachment attachment, HostState host, Snapshot container) {

        static Alive now(Lab lab, Attachment attachment) {
            return new Alive(attachment, HostState.now(lab), lab.snapshot(attachment.container()));
        }

        void expectUntouched(Lab lab, String moment) {
            host.expectAgain(lab, moment);
            lab.expectContainerAs(attachment.container(), container, moment);
        }
    }

    private static void doesSomething(Lab lab) {
        HostState before = HostState.now(lab);
        ObjectNode config = Rules.config(lab);
        abandon(lab, config);
        before.awaitLinks(lab);
        List<String> left = HostState.now(lab).since(before);
        if (left.isEmpty()) {
            throw new NotHere("nothing is left of an attachment whose namespace is gone");
        }
        gc(lab, config).answered();
        List<String> after = HostState.now(lab).since(before);
        Expect.that(
                !new HashSet<>(after).containsAll(left),
                "GC removes something of what a stale attachment left on the host",
                () -> "all of it is still there:\n" + String.join("\n", left));
    }

    private static void stale(Lab lab) {
        var live = Alive.now(lab, attach(lab));
        abandon(lab, live.attachment().config());
        gc(lab, live.attachment().config(), live.attachment()).succeededSilently();
        live.expectUntouched(lab, "only the live container was attached");
    }

    private static void live(Lab lab) {
        var first = attach(lab);
        if (lab.has(Trait.EXCLUSIVE)) {
            var alone = Alive.now(lab, first);
            gc(lab, first.config(), first).succeededSilently();
            alone.expectUntouched(lab, "before GC");
            return;
        }
        var second = lab.attachment(lab.container(), Rules.another(first.config()));
        lab.add(second).result();
        var alive = Alive.now(lab, first);
        Snapshot container = lab.snapshot(second.container());
        gc(lab, first.config(), first, second).succeededSilently();
        alive.expectUntouched(lab, "before GC");
        lab.expectContainerAs(second.container(), container, "before GC");
    }

    /** Two interfaces of one container, in two networks perhaps; only the first is attached yet. */
    private static List<Attachment> twoInterfaces(Lab lab, UnaryOperator<ObjectNode> second) {
        if (lab.has(Trait.POINT_TO_POINT)) {
            throw new NotHere("two such links of one subnet do not go into one container");
        }
        ObjectNode config = Rules.config(lab);
        var container = lab.container();
        var two =
                List.of(
                        lab.attachment(container, "eth0", config),
                        lab.attachment(container, "eth1", second.apply(config)));
        lab.add(two.getFirst()).result();
        return two;
    }

    private static void otherInterface(Lab lab) {
        List<Attachment> two = twoInterfaces(lab, Rules::another);
        HostState before = HostState.withoutLinks(lab);
        lab.add(two.getLast()).result();
        gc(lab, two.getFirst().config(), two.getFirst()).succeededSilently();
        before.expectAgain(lab, "the first interface alone was attached");
        end(two.getFirst());
    }

    /**
     * What GC gave up in a living container is nobody's any more; so the container goes with it.
     */
    private static void end(Attachment attachment) {
        attachment.container().destroy();
    }

    private static void otherNetwork(Lab lab) {
        var alive = Alive.now(lab, attach(lab));
        gc(lab, Rules.otherNetwork(alive.attachment().config())).succeededSilently();
        alive.expectUntouched(lab, "before the other network's GC");
    }

    private static void ownStaleOnly(Lab lab) {
        List<Attachment> two = twoInterfaces(lab, Rules::otherNetwork);
        HostState before = HostState.withoutLinks(lab);
        lab.add(two.getLast()).result();
        gc(lab, two.getLast().config()).succeededSilently();
        before.expectAgain(lab, "the container was in this network alone");
        end(two.getFirst());
    }

    private static void namespaceStillThere(Lab lab) {
        HostState before = HostState.withoutLinks(lab);
        var attachment = attach(lab);
        gc(lab, attachment.config()).succeededSilently();
        before.expectAgain(lab, "before ADD");
        end(attachment);
    }

    private static void duringAdd(Lab lab) {
        List<Attachment> all = new ArrayList<>();
        ObjectNode config = Rules.config(lab);
        for (int count = 0; count < 3; count++) {
            all.add(lab.attachment(lab.container(), config));
            config = Rules.another(config);
        }
        lab.add(all.getFirst()).result();
        ObjectNode stdin = network(config);
        stdin.set(VALID, list(all.toArray(Attachment[]::new)));
        stdin.set(LEGACY, stdin.get(VALID));
        Call.Running gc = lab.call("GC").config(stdin).start();
        List<Call.Running> adds =
                all.stream().skip(1).map(one -> lab.call("ADD", one).start()).toList();
        Call.Running again = lab.call("GC").config(stdin).start();
        List<Reply> replies = new ArrayList<>();
        for (int index = 0; index < adds.size(); index++) {
            Reply reply = adds.get(index).reply();
            lab.keepResult(all.get(index + 1), reply);
            replies.add(reply);
        }
        replies.add(gc.reply());
        replies.add(again.reply());
        replies.forEach(Reply::succeeded);
        expectAttached(lab, all);
    }

    /** Each is as CHECK expects, and no two have the same address. */
    private static void expectAttached(Lab lab, List<Attachment> all) {
        var addresses = new HashSet<String>();
        for (Attachment one : all) {
            lab.check(one).succeeded();
            for (JsonNode ip : one.result().path("ips")) {
                String address = ip.path("address").asText();
                Expect.that(
                        addresses.add(address) || lab.has(Trait.CHAINED),
                        "each container has an address of its own",
                        () -> address + " was given out twice");
            }
        }
    }

    private static void collectsAll(Lab lab, JsonNode valid, JsonNode legacy) {
        HostState before = HostState.now(lab);
        ObjectNode config = Rules.config(lab);
        abandon(lab, config);
        gc(lab, config, valid, legacy).succeededSilently();
        before.expectAgain(lab, "before ADD");
    }

    private static void absentList(Lab lab) {
        var alive = Alive.now(lab, attach(lab));
        lab.call("GC").config(network(alive.attachment().config())).run().answered();
        alive.expectUntouched(lab, "before GC");
    }

    private static void validListWins(Lab lab) {
        var alive = Alive.now(lab, attach(lab));
        gc(lab, alive.attachment().config(), list(alive.attachment()), list()).succeeded();
        alive.expectUntouched(lab, "before GC");
    }

    private static void legacyListLoses(Lab lab) {
        HostState before = HostState.now(lab);
        ObjectNode config = Rules.config(lab);
        var stale = abandon(lab, config);
        gc(lab, config, list(), list(stale)).succeeded();
        before.expectAgain(lab, "before ADD");
    }

    private static void legacyList(Lab lab) {
        var alive = Alive.now(lab, attach(lab));
        ObjectNode stdin = network(alive.attachment().config());
        stdin.set(LEGACY, list(alive.attachment()));
        lab.call("GC").config(stdin).run().answered();
        alive.expectUntouched(lab, "before GC");
    }

    private static void refuses(Lab lab, JsonNode list) {
        var alive = Alive.now(lab, attach(lab));
        Reply reply = gc(lab, alive.attachment().config(), list, list);
        alive.expectUntouched(lab, "before GC");
        reply.refused(6, 7);
    }

    private static void neverUsed(Lab lab) {
        gc(lab, lab.config()).succeededSilently();
        gc(lab, lab.config()).succeededSilently();
    }

    private static void repeated(Lab lab) {
        ObjectNode config = Rules.config(lab);
        abandon(lab, config);
        gc(lab, config).answered();
        gc(lab, config).succeededSilently();
    }

    // Failures and delegates

    private static void delegate(Lab lab) {
        var ipam = new Watched(lab);
        var attachment = lab.attachment(lab.container(), ipam.config());
        ObjectNode stdin = network(ipam.config());
        stdin.set(VALID, list(attachment));
        stdin.set(LEGACY, list(attachment));
        lab.call("GC").config(stdin).run().succeededSilently();
        Watched.expectStdin(stdin, ipam.expect(0, "GC").getFirst());
    }

    private static void delegateFails(Lab lab) {
        var ipam = new Watched(lab);
        ipam.stub().refuses("GC", 117, "the harness's own reservations are stuck");
        gc(lab, ipam.config()).refused();
    }

    private static void goesOnWithoutDelegate(Lab lab) {
        var ipam = new Watched(lab);
        HostState before = HostState.now(lab);
        ObjectNode config = Rules.config(lab);
        config.set("ipam", ipam.config().path("ipam"));
        abandon(lab, config);
        ipam.stub().refuses("GC", 117, "the harness's own reservations are stuck");
        gc(lab, config).answered();
        before.expectAgain(lab, "before ADD");
    }

    private static void oneRemovalFails(Lab lab) {
        List<String> files = new ArrayList<>();
        for (int count = 0; count < 3; count++) {
            var attachment = lab.attached();
            String address = attachment.result().path("ips").path(0).path("address").asText();
            files.add("/var/lib/cni/networks/conformance/" + address.replaceFirst("/.*", ""));
        }
        String stuck = files.removeFirst();
        lab.note("a file that something is mounted on cannot be deleted: " + stuck);
        lab.host().script("mount --bind \"$1\" \"$1\"", stuck);
        Reply reply = gc(lab, lab.config());
        lab.host().script("umount \"$1\"", stuck);
        List<String> left = files.stream().filter(lab.host()::exists).toList();
        if (!left.isEmpty()) {
            throw new Unmet(
                    "the reservations that can be deleted are gone",
                    "these are still there: " + left);
        }
        reply.refused();
    }
}
