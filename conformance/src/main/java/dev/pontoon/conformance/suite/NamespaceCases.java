package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.CniVersion.V0_4_0;
import static dev.pontoon.conformance.spec.CniVersion.V1_1_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;
import java.util.Optional;

/**
 * The life of a container, on every kind of namespace, in the order of the runtime that makes it.
 */
final class NamespaceCases {

    private static final String ADD = "add-add-container-to-network-or-apply-modifications";
    private static final String DEL = "del-remove-container-from-network-or-un-apply-modifications";
    private static final String LIFECYCLE = "lifecycle--ordering";

    private static final String GENERALLY =
            "Plugins should generally complete a `DEL` action without error even if some resources are missing.";

    /** Leads to the host's own namespace, whoever opens it there. */
    private static final String HOSTS_OWN = "/proc/1/ns/net";

    private NamespaceCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("namespace/attach")
                        .level(MUST)
                        .spec(
                                ADD,
                                "create the interface defined by `CNI_IFNAME` inside the container at `CNI_NETNS`")
                        .rows("ADD-01")
                        .of(Trait.INTERFACE)
                        .everywhere()
                        .when(
                                "ADD comes at the moment and with the path that this runtime has for it")
                        .then("the interface is in the container, up and with its addresses")
                        .run(NamespaceCases::attach),
                Case.named("namespace/sandbox")
                        .level(MUST)
                        .spec(
                                "add-success",
                                "For interfaces created inside the container, this should be the value passed via"
                                        + " `CNI_NETNS`.")
                        .rows("ADD-01")
                        .since(V0_3_0)
                        .of(Trait.INTERFACE)
                        .everywhere()
                        .when("a container is attached")
                        .then("the result names the namespace just as CNI_NETNS did")
                        .run(NamespaceCases::sandbox),
                Case.named("namespace/start")
                        .level(MUST)
                        .spec(
                                LIFECYCLE,
                                "The container runtime must create a new network namespace for the container before"
                                        + " invoking any plugins.")
                        .rows("ADD-01")
                        .of(Trait.INTERFACE)
                        .everywhere()
                        .when("the container's process starts after ADD")
                        .then(
                                "the interface and its addresses are still there, and answer the host")
                        .run(NamespaceCases::start),
                Case.named("namespace/check")
                        .level(MUST)
                        .spec(
                                "check-check-containers-networking-is-as-expected",
                                "The plugin must handle `CHECK` being called immediately after an `ADD`")
                        .rows("CHK-01")
                        .since(V0_4_0)
                        .everywhere()
                        .when("CHECK comes when the container's process has started")
                        .then("it succeeds")
                        .run(NamespaceCases::check),
                Case.named("namespace/detach")
                        .level(MUST)
                        .spec(
                                DEL,
                                "delete the interface defined by `CNI_IFNAME` inside the container at `CNI_NETNS`")
                        .rows("DEL-01", "E03", "E06")
                        .everywhere()
                        .when("DEL comes in this runtime's order, with what it then has for a path")
                        .then(
                                "it succeeds, nothing is left, and a stranger whom the path leads to loses nothing")
                        .run(NamespaceCases::detach),
                Case.named("namespace/detach-again")
                        .level(MUST)
                        .spec(
                                DEL,
                                "Plugins MUST accept multiple `DEL` calls for the same (`CNI_CONTAINERID`,"
                                        + " `CNI_IFNAME`) pair")
                        .rows("DEL-02", "DEL-04")
                        .everywhere()
                        .when(
                                "a second DEL comes with an empty path, as containerd's second stop has it")
                        .then("it succeeds")
                        .run(NamespaceCases::detachAgain),
                Case.named("namespace/destroyed")
                        .level(SHOULD)
                        .spec(DEL, GENERALLY)
                        .rows("DEL-05", "E02")
                        .everywhere()
                        .when("the namespace is destroyed under the runtime's hands before DEL")
                        .then("DEL succeeds and nothing is left on the host")
                        .run(NamespaceCases::destroyed),
                Case.named("namespace/never-attached")
                        .level(MUST)
                        .spec(
                                DEL,
                                "return success if the interface in question, or any modifications added, are missing")
                        .rows("DEL-03", "E07")
                        .everywhere()
                        .when(
                                "DEL comes for a container that was never attached, in this runtime's order")
                        .then("it succeeds and changes nothing on the host")
                        .run(NamespaceCases::neverAttached),
                Case.named("namespace/again")
                        .level(SHOULD)
                        .spec(
                                ADD,
                                "A runtime should not call `ADD` twice (without an intervening DEL) for the same"
                                        + " `(CNI_CONTAINERID, CNI_IFNAME)` tuple.")
                        .rows("DEL-01", "ADD-01")
                        .of(Trait.INTERFACE)
                        .everywhere()
                        .when("a running container is detached and attached again")
                        .then("the interface works as before")
                        .run(NamespaceCases::again),
                Case.named("namespace/others-untouched")
                        .level(SHOULD)
                        .spec(
                                ADD,
                                "adjust the configuration of the interface defined by `CNI_IFNAME` inside the container"
                                        + " at `CNI_NETNS`")
                        .rows("ADD-12")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .everywhere()
                        .when("a container is attached")
                        .then("its other links and its sysctls are as this runtime had made them")
                        .run(NamespaceCases::othersUntouched),
                Case.named("namespace/failed-attach")
                        .level(SHOULD)
                        .spec(
                                "delegated-plugin-execution-procedure",
                                "If, on `ADD`, a delegated plugin fails, the \"upper\" plugin should execute again with"
                                        + " `DEL` before returning failure.")
                        .rows("ADD-10")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .everywhere()
                        .when("ADD fails because of the IPAM plugin")
                        .then("the namespace is as it was, before any DEL")
                        .run(NamespaceCases::failedAttach),
                Case.named("namespace/collected")
                        .level(SHOULD)
                        .spec(
                                "gc-clean-up-any-stale-resources",
                                "The GC command provides a way for runtimes to specify the expected set of attachments"
                                        + " to a network.")
                        .rows("GC-01")
                        .since(V1_1_0)
                        .everywhere()
                        .when(
                                "the namespace is gone, DEL never came, and GC says that no attachment is valid")
                        .then("GC succeeds and nothing is left on the host")
                        .run(NamespaceCases::collected),
                Case.named("namespace/own-refused")
                        .level(DE_FACTO)
                        .source(
                                Source.SKEL,
                                "",
                                "Plugins of the Go skeleton refuse a CNI_NETNS that is their own namespace with code 8,"
                                        + " unless CNI_NETNS_OVERRIDE is set.")
                        .rows("E05")
                        .of(Trait.INTERFACE)
                        .everywhere()
                        .when("CNI_NETNS of ADD leads to the host's own namespace")
                        .then("ADD is refused before anything changed")
                        .run(NamespaceCases::ownRefused),
                Case.named("namespace/own-untouched-by-del")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "A process id that is used again can turn the path of an ended container into the"
                                        + " host's own namespace; interfaces of the host were removed that way.")
                        .rows("E04")
                        .of(Trait.INTERFACE)
                        .everywhere()
                        .when(
                                "CNI_NETNS of DEL leads to the host's own namespace, which has a link named CNI_IFNAME")
                        .then("that link stays, whether DEL succeeds or is refused")
                        .run(NamespaceCases::ownUntouchedByDel));
    }

    /** A container that can be attached; one in the host's own namespace never can. */
    private static Container own(Lab lab) {
        Container container = lab.container();
        if (container.isHostsOwn()) {
            throw new NotHere("containers of this kind have the host's own namespace");
        }
        return container;
    }

    private static Attachment attached(Lab lab) {
        var attachment = lab.attachment(own(lab), lab.config());
        lab.add(attachment).result();
        return attachment;
    }

    private static void attach(Lab lab) {
        Reach.working(lab, attached(lab));
    }

    private static void sandbox(Lab lab) {
        var attachment = attached(lab);
        Optional<JsonNode> inside = Reported.of(attachment).inside(attachment.ifname());
        Expect.that(
                inside.isPresent(),
                "the result lists " + attachment.ifname() + " with a `sandbox`",
                () -> "the result is " + attachment.result());
        Expect.equal(
                "the sandbox of " + attachment.ifname(),
                attachment.container().netns(),
                inside.orElseThrow().path("sandbox").asText());
    }

    private static void start(Lab lab) {
        var attachment = attached(lab);
        attachment.container().start();
        Reach.answering(lab, attachment);
    }

    private static void check(Lab lab) {
        var attachment = attached(lab);
        attachment.container().start();
        lab.check(attachment).succeeded();
    }

    private static void detach(Lab lab) {
        var attachment = attached(lab);
        Container container = attachment.container();
        container.start();
        stop(container);
        Optional<Snapshot> stranger = container.strangersNetns().map(lab.host()::snapshotOf);
        lab.detach(attachment).succeeded();
        stranger.ifPresent(before -> strangerAs(lab, container, before));
    }

    private static void stop(Container container) {
        if (container.stopsBeforeDel()) {
            container.stop();
        }
    }

    private static void strangerAs(Lab lab, Container container, Snapshot before) {
        Snapshot.Difference lost =
                lab.host().snapshotOf(container.strangersNetns().orElseThrow()).since(before);
        Expect.that(lost.isEmpty(), "the stranger's namespace stays as it was", lost::toString);
    }

    private static void detachAgain(Lab lab) {
        var attachment = attached(lab);
        stop(attachment.container());
        lab.detach(attachment).succeeded();
        lab.del(attachment, call -> call.env("CNI_NETNS", "")).succeeded();
    }

    private static void destroyed(Lab lab) {
        var attachment = attached(lab);
        attachment.container().destroy();
        lab.del(attachment).succeeded();
    }

    private static void neverAttached(Lab lab) {
        var attachment = lab.attachment(own(lab), lab.config());
        Snapshot host = lab.hostSnapshot();
        stop(attachment.container());
        lab.detach(attachment).succeededSilently();
        lab.expectHostAs(host, "before DEL");
    }

    private static void again(Lab lab) {
        var attachment = attached(lab);
        attachment.container().start();
        lab.call("DEL", attachment)
                .env("CNI_NETNS", attachment.container().netns())
                .run()
                .succeeded();
        lab.add(attachment).result();
        Reach.answering(lab, attachment);
    }

    private static void othersUntouched(Lab lab) {
        Container container = own(lab);
        Snapshot inside = lab.snapshot(container);
        var attachment = lab.attachment(container, lab.config());
        lab.add(attachment).result();
        Snapshot.Difference changed =
                lab.snapshot(container)
                        .without(thing -> thing.matches(".*\\b" + attachment.ifname() + "\\b.*"))
                        .since(inside);
        Expect.that(
                changed.isEmpty(),
                "the container's other things stay as they were",
                changed::toString);
    }

    private static void failedAttach(Lab lab) {
        Container container = own(lab);
        Snapshot inside = lab.snapshot(container);
        var stub = lab.stub("conformance-refusing").refuses("ADD", 117, "no address for anyone");
        lab.add(lab.attachment(container, Networks.withIpam(lab.config(), stub))).refused();
        lab.expectContainerAs(container, inside, "before ADD");
    }

    private static void collected(Lab lab) {
        Container container = own(lab);
        Snapshot host = lab.hostSnapshot();
        var attachment = lab.attachment(container, lab.config());
        lab.add(attachment).result();
        container.destroy();
        lab.gc(attachment.config()).succeeded();
        lab.expectHostAs(host, "before ADD");
    }

    private static void ownRefused(Lab lab) {
        Container container = lab.container();
        var attachment = lab.attachment(container, lab.config());
        Snapshot host = lab.hostSnapshot();
        String netns = container.isHostsOwn() ? container.netns() : HOSTS_OWN;
        lab.call("ADD", attachment).env("CNI_NETNS", netns).run().refused();
        lab.expectHostAs(host, "before ADD");
    }

    private static void ownUntouchedByDel(Lab lab) {
        Container container = lab.container();
        var attachment = lab.attachment(container, lab.config());
        String ifname = attachment.ifname();
        if (!ifname.equals("lo")) {
            lab.onHost()
                    .sh(
                            "ip link add "
                                    + ifname
                                    + " type veth peer name other0; ip link set "
                                    + ifname
                                    + " up");
            lab.afterwards(() -> lab.host().tool("ip", "link", "del", "other0"));
        }
        Snapshot host = lab.hostSnapshot();
        String netns = container.isHostsOwn() ? container.netns() : HOSTS_OWN;
        lab.call("DEL", attachment).env("CNI_NETNS", netns).run().answered();
        lab.expectHostAs(host, "before DEL");
    }
}
