package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;
import java.util.function.Supplier;

/** Section 2 of the spec, ADD, where it cannot succeed: nothing may change, and nothing be lost. */
final class FailedAddCases {

    private static final String ADD = "add-add-container-to-network-or-apply-modifications";
    private static final String DELEGATION = "delegated-plugin-execution-procedure";

    /** A code of the IPAM plugin's own, unlikely to be anyone else's. */
    private static final int CODE = 117;

    private FailedAddCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("add/name-taken")
                        .level(MUST)
                        .spec(
                                ADD,
                                "If an interface of the requested name already exists in the container, the CNI plugin"
                                        + " MUST return with an error.")
                        .rows("ADD-02")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when(
                                "the container has an interface of the requested name that is not the plugin's")
                        .then(
                                "ADD is refused, and that interface, the container and the host stay as they were")
                        .run(FailedAddCases::nameTaken),
                Case.named("add/twice")
                        .level(MUST)
                        .spec(
                                ADD,
                                "If an interface of the requested name already exists in the container, the CNI plugin"
                                        + " MUST return with an error.")
                        .rows("ADD-02", "ADD-03")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("ADD is called again for an attachment that lives")
                        .then(
                                "it is refused, and the attachment keeps its links, addresses, rules and lease")
                        .run(FailedAddCases::twice),
                Case.named("add/lease-twice")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "host-local refuses a second address for the same container and interface, so that a"
                                        + " runtime's mistake does not leak one.")
                        .rows("ADD-03", "E39")
                        .of(Trait.POOL)
                        .when(
                                "ADD is called again for a container and interface that have an address")
                        .then("it is refused, and the address stays reserved")
                        .run(FailedAddCases::twice),
                Case.named("add/ipam-fails")
                        .level(SHOULD)
                        .spec(
                                DELEGATION,
                                "If, on `ADD`, a delegated plugin fails, the \"upper\" plugin should execute again with"
                                        + " `DEL` before returning failure.")
                        .rows("ADD-10")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("the IPAM plugin refuses ADD")
                        .then(
                                "ADD is refused, and container and host are as they were, before any DEL")
                        .run(FailedAddCases::ipamFails),
                Case.named("add/impossible-route")
                        .level(SHOULD)
                        .spec(
                                DELEGATION,
                                "If, on `ADD`, a delegated plugin fails, the \"upper\" plugin should execute again with"
                                        + " `DEL` before returning failure.")
                        .rows("ADD-10")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("IPAM gives a route whose next hop nobody can reach")
                        .then(
                                "ADD either adds it, or is refused with container, host and addresses as they were")
                        .run(FailedAddCases::impossibleRoute),
                Case.named("add/again-after-failure")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Runtimes retry a failed ADD with the same container, and pods were stuck with"
                                        + " \"already exists\" because of what the first attempt had left.")
                        .rows("E11")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when(
                                "ADD fails because of IPAM and is called again, without a DEL between")
                        .then("the second ADD succeeds")
                        .run(FailedAddCases::againAfterFailure),
                Case.named("add/bridge-is-none")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "A bridge plugin refuses to work with a link of the bridge's name that is no bridge.")
                        .rows("ADD-14", "E60")
                        .of(Trait.BRIDGE)
                        .when("the host has a link of the bridge's name that is no bridge")
                        .then("ADD is refused, and container and host stay as they were")
                        .run(FailedAddCases::bridgeIsNone),
                Case.named("del/after-failed-add")
                        .level(MUST)
                        .spec(
                                "lifecycle--ordering",
                                "The container runtime must ensure that _add_ is eventually followed by a corresponding"
                                        + " _delete_. [...] A _delete_ must be executed even if the _add_ fails.")
                        .rows("ADD-11")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("DEL follows an ADD that failed in IPAM")
                        .then("it succeeds and nothing is left")
                        .run(FailedAddCases::delAfterFailedAdd));
    }

    private static void nameTaken(Lab lab) {
        Container container = lab.container();
        lab.in(container)
                .sh(
                        "ip link add eth0 type veth peer name other0; ip address add 198.51.100.2/24 dev eth0;"
                                + " ip link set eth0 up; ip link set other0 up");
        var attachment = lab.attachment(container, lab.config());
        // No DEL follows: it would rightly take an eth0 away.
        refusedWithoutTrace(lab, container, () -> lab.call("ADD", attachment).run());
    }

    /** An ADD fails, and neither the container nor the host is other than just before. */
    private static void refusedWithoutTrace(Lab lab, Container container, Supplier<Reply> add) {
        Snapshot inside = lab.snapshot(container);
        Snapshot host = lab.hostSnapshot();
        add.get().refused();
        lab.expectContainerAs(container, inside, "just before ADD");
        lab.expectHostAs(host, "just before ADD");
    }

    private static void twice(Lab lab) {
        var attachment = lab.attached();
        refusedWithoutTrace(lab, attachment.container(), () -> lab.call("ADD", attachment).run());
    }

    private static void ipamFails(Lab lab) {
        var attachment = withIpam(lab, refusing(lab));
        refusedWithoutTrace(lab, attachment.container(), () -> lab.add(attachment));
    }

    private static Stub refusing(Lab lab) {
        return lab.stub("conformance-refusing").refuses("ADD", CODE, "no address for anyone");
    }

    private static Attachment withIpam(Lab lab, Stub stub) {
        return lab.attachment(lab.container(), Networks.withIpam(lab.config(), stub));
    }

    private static void impossibleRoute(Lab lab) {
        Container container = lab.container();
        ObjectNode config = lab.config();
        Stub stub =
                Networks.stubWithRoutes(
                        lab, "conformance-far", "[{'dst':'192.0.2.0/24','gw':'203.0.113.1'}]");
        var attachment = lab.attachment(container, Networks.withIpam(config, stub));
        Snapshot inside = lab.snapshot(container);
        Snapshot host = lab.hostSnapshot();
        Reply reply = lab.add(attachment);
        if (reply.exit() == 0) {
            Reach.working(lab, attachment);
            return;
        }
        reply.refused();
        lab.expectContainerAs(container, inside, "just before ADD");
        lab.expectHostAs(host, "just before ADD");
        Expect.contains("commands the IPAM plugin got", stub.commands(), "DEL");
    }

    private static void againAfterFailure(Lab lab) {
        Stub stub = refusing(lab);
        var attachment = withIpam(lab, stub);
        lab.add(attachment).refused();
        stub.answersAdd(Lab.addresses(lab.version(), "10.88.0.9/24", ""));
        lab.add(attachment).succeeded();
        Reach.working(lab, attachment);
    }

    private static void bridgeIsNone(Lab lab) {
        String bridge = lab.config().path("bridge").asText("cni0");
        lab.onHost().sh("ip link add " + bridge + " type veth peer name other0");
        lab.afterwards(() -> lab.host().tool("ip", "link", "del", "other0"));
        var attachment = lab.attachment();
        refusedWithoutTrace(lab, attachment.container(), () -> lab.add(attachment));
    }

    private static void delAfterFailedAdd(Lab lab) {
        var attachment = withIpam(lab, refusing(lab));
        lab.add(attachment).refused();
        lab.del(attachment).succeeded();
    }
}
