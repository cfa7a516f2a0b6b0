package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.CniVersion.V0_4_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** Section 2 of the spec, DEL. */
final class DelCases {

    private static final String DEL = "del-remove-container-from-network-or-un-apply-modifications";

    private static final String GENERALLY =
            "Plugins should generally complete a `DEL` action without error even if some resources are missing.";

    private static final String MULTIPLE =
            "Plugins MUST accept multiple `DEL` calls for the same (`CNI_CONTAINERID`, `CNI_IFNAME`) pair, and return"
                    + " success if the interface in question, or any modifications added, are missing.";

    private static final String AS_MUCH_AS_POSSIBLE =
            "When `CNI_NETNS` and/or `prevResult` are not provided, the plugin should clean up as many resources as"
                    + " possible (e.g. releasing IPAM allocations) and return a successful response.";

    private static final String UNDO =
            "A CNI plugin, upon receiving a `DEL` command, should either delete the interface defined by `CNI_IFNAME`"
                    + " inside the container at `CNI_NETNS`, or undo any modifications applied in the plugin's `ADD`"
                    + " functionality";

    /** A code of the IPAM plugin's own, unlikely to be anyone else's. */
    private static final int CODE = 117;

    private DelCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("del/after-add")
                        .level(MUST)
                        .spec(DEL, UNDO)
                        .rows("DEL-01")
                        .when(
                                "an attached container is detached with the ADD's environment, configuration and result")
                        .then(
                                "DEL succeeds silently and nothing is left in the container or on the host")
                        .run(DelCases::afterAdd),
                Case.named("del/repeated")
                        .level(MUST)
                        .spec(DEL, MULTIPLE)
                        .rows("DEL-02", "E08")
                        .when("DEL is called three times for one attachment")
                        .then("each of them succeeds")
                        .run(DelCases::repeated),
                Case.named("del/never-added")
                        .level(MUST)
                        .spec(DEL, MULTIPLE)
                        .rows("DEL-03", "DEL-16", "E07")
                        .when(
                                "DEL is called for a container that was never attached, on a host without any state")
                        .then("it succeeds silently, without code 3, and changes nothing")
                        .run(DelCases::neverAdded),
                Case.named("del/no-netns")
                        .level(SHOULD)
                        .source(Source.SPEC_0_4, "parameters", AS_MUCH_AS_POSSIBLE)
                        .rows("DEL-04")
                        .when("the namespace is gone and DEL gets no CNI_NETNS")
                        .then("it succeeds and nothing is left on the host")
                        .run(DelCases::noNetns),
                Case.named("del/empty-netns-of-live-container")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "containerd and nerdctl call DEL with an empty CNI_NETNS when they lost the path; the"
                                        + " namespace may live on.")
                        .rows("DEL-04", "E01")
                        .of(Trait.HOST_LINK)
                        .when("the namespace lives and DEL gets an empty CNI_NETNS")
                        .then(
                                "it succeeds, and rules, leases and the host's end of the link are gone")
                        .run(DelCases::emptyNetnsOfLiveContainer),
                Case.named("del/missing-netns")
                        .level(SHOULD)
                        .spec(DEL, GENERALLY)
                        .rows("DEL-05", "E02")
                        .when("the namespace is removed before DEL")
                        .then("DEL succeeds and nothing is left on the host")
                        .run(DelCases::missingNetns),
                Case.named("del/netns-is-a-plain-file")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "dockerd and podman unmount a namespace and leave the file it was mounted on; a pod"
                                        + " whose DEL fails for good is never removed.")
                        .rows("E03")
                        .when(
                                "CNI_NETNS leads to a plain file at DEL, since the namespace was unmounted")
                        .then("DEL succeeds and nothing is left on the host")
                        .run(DelCases::plainFile),
                Case.named("del/link-gone")
                        .level(MUST)
                        .spec(DEL, MULTIPLE)
                        .rows("DEL-06", "E08")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("the interface was removed in the container before DEL")
                        .then("DEL succeeds, twice, and the address is released")
                        .run(DelCases::linkGone),
                Case.named("del/rules-gone")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Firewall reloads flush what plugins had put there, and a DEL that then fails wedges"
                                        + " the pod.")
                        .rows("E08")
                        .of(Trait.MASQUERADE)
                        .needs(Need.NFT)
                        .when("all packet filter rules and the interface are gone before DEL")
                        .then("DEL succeeds and nothing is left")
                        .run(DelCases::rulesGone),
                Case.named("del/without-prev-result")
                        .level(SHOULD)
                        .source(Source.SPEC_0_4, "parameters", AS_MUCH_AS_POSSIBLE)
                        .rows("DEL-07", "DEL-17")
                        .when(
                                "DEL gets the ADD's configuration without prevResult, as runtimes that lost it do")
                        .then("it succeeds and nothing is left")
                        .run(DelCases::withoutPrevResult),
                Case.named("del/null-prev-result")
                        .level(SHOULD)
                        .source(Source.SPEC_0_4, "parameters", AS_MUCH_AS_POSSIBLE)
                        .rows("DEL-07")
                        .since(V0_4_0)
                        .when("prevResult is null at DEL")
                        .then("it succeeds and nothing is left")
                        .run(DelCases::nullPrevResult),
                Case.named("del/result-of-another")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Results that a runtime kept may be out of date; cleaning up by them has removed what"
                                        + " others own.")
                        .rows("DEL-08")
                        .since(V0_4_0)
                        .when(
                                "DEL gets the result of another attachment of the network as prevResult")
                        .then("it succeeds, and all that belongs to the other one stays")
                        .run(DelCases::resultOfAnother),
                Case.named("del/without-port-mappings")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "Runtimes that lost their notes call DEL without runtimeConfig.")
                        .rows("DEL-09")
                        .of(Trait.PORT_MAPPINGS)
                        .when("ports were forwarded and DEL gets no runtimeConfig")
                        .then("it succeeds and no rule is left")
                        .run(lab -> withoutRuntimeConfig(lab, Trait.PORT_MAPPINGS)),
                Case.named("del/without-bandwidth")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "Runtimes that lost their notes call DEL without runtimeConfig.")
                        .rows("DEL-09")
                        .of(Trait.BANDWIDTH)
                        .when("rates were limited and DEL gets no runtimeConfig")
                        .then("it succeeds and no device or queue is left")
                        .run(lab -> withoutRuntimeConfig(lab, Trait.BANDWIDTH)),
                Case.named("del/neighbour-stays")
                        .level(MUST)
                        .spec(DEL, UNDO)
                        .rows("DEL-10")
                        .when("one of two containers of a network is detached")
                        .then(
                                "everything is as it was when the other one alone was attached, and that one works")
                        .run(DelCases::neighbourStays),
                Case.named("del/ipam-without-netns")
                        .level(MUST)
                        .spec(
                                DEL,
                                "For another example, the `bridge` plugin should delegate the DEL action to the IPAM"
                                        + " plugin and clean up its own resources even if the container network"
                                        + " namespace and/or container network interface no longer exist.")
                        .rows("DEL-06", "DEL-11")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("the namespace is gone at DEL")
                        .then("the IPAM plugin is called with DEL")
                        .run(DelCases::ipamWithoutNetns),
                Case.named("del/ipam-fails")
                        .level(SHOULD)
                        .spec(
                                "delegated-plugin-execution-procedure",
                                "If any of the delegated plugins return error, error should be returned by the upper"
                                        + " plugin.")
                        .rows("DEL-11")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("the IPAM plugin refuses DEL, and does not the next time")
                        .then(
                                "DEL fails with its code after the interface was removed; the next DEL succeeds")
                        .run(DelCases::ipamFails),
                Case.named("del/ipam-missing")
                        .level(SHOULD)
                        .spec(
                                "delegated-plugin-execution-procedure",
                                "If any of the delegated plugins return error, error should be returned by the upper"
                                        + " plugin.")
                        .rows("E10")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when(
                                "the IPAM plugin is missing from CNI_PATH at DEL, and is back for the next")
                        .then("the first DEL fails, the second leaves nothing")
                        .run(DelCases::ipamMissing),
                Case.named("del/chained-link-gone")
                        .level(MUST)
                        .spec(DEL, MULTIPLE)
                        .rows("DEL-13")
                        .of(Trait.CHAINED)
                        .when("the interface that a chained plugin worked on is gone at DEL")
                        .then("DEL succeeds and nothing is left on the host")
                        .run(DelCases::chainedLinkGone),
                Case.named("del/chained-alone")
                        .level(SHOULD)
                        .spec(
                                "deleting-an-attachment",
                                "The list of plugins is executed in **reverse order**")
                        .rows("DEL-15")
                        .since(V0_3_0)
                        .of(Trait.CHAINED)
                        .when(
                                "another plugin's DEL removed everything this one built on before its own DEL comes")
                        .then("DEL succeeds and nothing is left on the host")
                        .run(DelCases::chainedAlone),
                Case.named("del/restores-sysctls")
                        .level(SHOULD)
                        .spec(DEL, UNDO)
                        .rows("DEL-14")
                        .of(Trait.CHAINED, Trait.SYSCTL)
                        .when(
                                "a plugin changed the interface or sysctls, and is called with DEL while they are there")
                        .then("the former values are back")
                        .run(DelCases::restores));
    }

    private static void afterAdd(Lab lab) {
        lab.del(lab.attached()).succeededSilently();
    }

    private static void repeated(Lab lab) {
        var attachment = lab.attached();
        lab.del(attachment).succeeded();
        lab.del(attachment).succeeded();
        lab.del(attachment).succeeded();
    }

    private static void neverAdded(Lab lab) {
        var attachment = lab.attachment();
        Snapshot host = lab.hostSnapshot();
        Snapshot inside = lab.snapshot(attachment.container());
        lab.del(attachment).succeededSilently();
        lab.expectHostAs(host, "before DEL");
        lab.expectContainerAs(attachment.container(), inside, "before DEL");
    }

    private static Attachment attachedWithRules(Lab lab) {
        var attachment = lab.attachment(lab.container(), Networks.withAnyOf(lab, Trait.MASQUERADE));
        lab.add(attachment).result();
        return attachment;
    }

    private static void noNetns(Lab lab) {
        var attachment = attachedWithRules(lab);
        attachment.container().destroy();
        lab.del(attachment, call -> call.without("CNI_NETNS")).succeeded();
    }

    private static void emptyNetnsOfLiveContainer(Lab lab) {
        Container container = lab.container();
        Snapshot host = lab.hostSnapshot();
        var attachment = lab.attachment(container, Networks.withAnyOf(lab, Trait.MASQUERADE));
        lab.add(attachment).result();
        lab.del(attachment, call -> call.env("CNI_NETNS", "")).succeeded();
        lab.expectHostAs(host, "before ADD");
        // What is left inside could not be reached without a path.
        container.destroy();
    }

    private static void missingNetns(Lab lab) {
        var attachment = attachedWithRules(lab);
        attachment.container().destroy();
        lab.del(attachment).succeeded();
    }

    private static void plainFile(Lab lab) {
        var attachment = attachedWithRules(lab);
        attachment.container().destroy();
        String file = Host.OWN + "/plain-file";
        lab.host().write(file, "");
        lab.del(attachment, call -> call.env("CNI_NETNS", file)).succeeded();
    }

    private static void linkGone(Lab lab) {
        var attachment = attachedWithRules(lab);
        lab.in(attachment).sh("ip link del " + attachment.ifname());
        lab.del(attachment).succeeded();
        lab.del(attachment).succeeded();
    }

    private static void rulesGone(Lab lab) {
        var attachment = lab.attached(Trait.MASQUERADE);
        lab.onHost().sh("nft flush ruleset");
        if (lab.has(Trait.DELEGATES)) {
            lab.in(attachment).sh("ip link del " + attachment.ifname());
        }
        lab.del(attachment).succeeded();
    }

    private static void withoutPrevResult(Lab lab) {
        var attachment = attachedWithRules(lab);
        lab.del(attachment.withoutResult()).succeeded();
    }

    private static void nullPrevResult(Lab lab) {
        var attachment = attachedWithRules(lab);
        attachment.config().putNull("prevResult");
        lab.del(attachment.withoutResult()).succeeded();
    }

    private static void resultOfAnother(Lab lab) {
        var stays = attachedWithRules(lab);
        Snapshot host = lab.hostSnapshot();
        Snapshot inside = lab.snapshot(stays.container());
        var goes = attachedWithRules(lab);
        lab.del(goes.withResult(stays.result())).succeeded();
        lab.expectContainerAs(stays.container(), inside, "it alone was attached");
        lab.expectHostAs(host, "one container alone was attached");
    }

    private static void withoutRuntimeConfig(Lab lab, Trait trait) {
        Container container = lab.container();
        var attachment = lab.attachment(container, lab.config(trait));
        Snapshot host = lab.hostSnapshot();
        lab.add(attachment).result();
        attachment.config().remove("runtimeConfig");
        lab.del(attachment).succeeded();
        lab.expectHostAs(host, "before ADD");
    }

    private static void neighbourStays(Lab lab) {
        var stays = attachedWithRules(lab);
        Snapshot host = lab.hostSnapshot();
        Snapshot inside = lab.snapshot(stays.container());
        var goes = lab.attachment(lab.container(), stays.config().deepCopy());
        lab.add(goes).result();
        lab.del(goes).succeeded();
        lab.expectContainerAs(stays.container(), inside, "it alone was attached");
        lab.expectHostAs(host, "one container alone was attached");
        if (lab.has(Trait.INTERFACE)) {
            Reach.answering(lab, stays);
        }
    }

    private static void ipamWithoutNetns(Lab lab) {
        Stub stub = Networks.stubWithRoutes(lab, "conformance-given", "[]");
        var attachment = lab.attachment(lab.container(), Networks.withIpam(lab.config(), stub));
        lab.add(attachment).result();
        attachment.container().destroy();
        lab.del(attachment).succeeded();
        Expect.contains("commands the IPAM plugin got", stub.commands(), "DEL");
    }

    private static void ipamFails(Lab lab) {
        Stub stub = Networks.stubWithRoutes(lab, "conformance-given", "[]");
        var attachment = lab.attachment(lab.container(), Networks.withIpam(lab.config(), stub));
        lab.add(attachment).result();
        stub.refuses("DEL", CODE, "not today");
        lab.del(attachment).refused(CODE);
        Expect.lacks("links of the container", lab.in(attachment).linkNames(), attachment.ifname());
        stub.answers("DEL", 0, "", "");
        lab.del(attachment).succeeded();
    }

    private static void ipamMissing(Lab lab) {
        var attachment = attachedWithRules(lab);
        String empty = Host.OWN + "/empty";
        lab.host().ok("mkdir", "-p", empty);
        lab.del(attachment, call -> call.env("CNI_PATH", empty)).refused();
        lab.del(attachment).succeeded();
    }

    private static void chainedLinkGone(Lab lab) {
        var attachment = lab.attached();
        lab.in(attachment).sh("ip link del " + attachment.ifname());
        lab.del(attachment).succeeded();
        attachment.container().destroy();
    }

    private static void chainedAlone(Lab lab) {
        var attachment = lab.attached();
        lab.in(attachment).sh("ip link del " + attachment.ifname());
        attachment.container().destroy();
        lab.del(attachment).succeeded();
    }

    private static void restores(Lab lab) {
        var attachment = lab.attachment(lab.container(), lab.config(Trait.SYSCTL));
        Snapshot inside = lab.snapshot(attachment.container());
        lab.add(attachment).result();
        if (lab.snapshot(attachment.container()).since(inside).isEmpty()) {
            throw new NotHere("the profile's sysctls have the values already that it asks for");
        }
        lab.del(attachment).succeeded();
        lab.expectContainerAs(attachment.container(), inside, "before ADD");
    }
}
