package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Invocation.Stdin;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Trait;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** VERSION: section 2 and 5 of the spec. */
final class VersionCases {

    private static final String PROBE = "version-probe-plugin-version-support";
    private static final String ANSWER = "version";

    private VersionCases() {}

    static List<Case> all() {
        return Stream.of(answers(), effects()).flatMap(List::stream).toList();
    }

    private static List<Case> answers() {
        return List.of(
                Case.named("version/answer")
                        .level(MUST)
                        .spec(
                                ANSWER,
                                "Plugins must output a JSON object with the following keys upon a `VERSION`"
                                        + " operation: `cniVersion`: The value of `cniVersion` specified on input;"
                                        + " `supportedVersions`: A list of supported specification versions")
                        .rows("VER-01")
                        .since(CniVersion.V0_2_0)
                        .when("VERSION is called with nothing but CNI_COMMAND in the environment")
                        .then("the answer has cniVersion and the list supportedVersions")
                        .run(VersionCases::answer),
                Case.named("version/echo")
                        .level(MUST)
                        .spec(ANSWER, "`cniVersion`: The value of `cniVersion` specified on input")
                        .rows("VER-02")
                        .since(CniVersion.V0_2_0)
                        .when("VERSION is called with a version that the plugin supports")
                        .then(
                                "cniVersion of the answer is that version, or at least one that the answer lists")
                        .run(VersionCases::echo),
                Case.named("version/any-stdin")
                        .level(DE_FACTO)
                        .source(
                                Source.SKEL,
                                "",
                                "The skeleton answers VERSION without reading standard input, so callers leave it"
                                        + " empty or closed.")
                        .rows("VER-03")
                        .since(CniVersion.V0_2_0)
                        .when("VERSION is called with stdin empty, closed, and no JSON")
                        .then("it lists the same versions each time")
                        .run(VersionCases::anyStdin),
                Case.named("version/libcni-probe")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "libcni asks for the versions with `dummy` as CNI_NETNS, CNI_IFNAME and CNI_PATH and"
                                        + " an empty CNI_CONTAINERID.")
                        .rows("VER-04")
                        .since(CniVersion.V0_2_0)
                        .when("VERSION is called with the placeholders that libcni uses")
                        .then("it lists the same versions as without them")
                        .run(VersionCases::libcniProbe));
    }

    private static List<Case> effects() {
        return List.of(
                Case.named("version/listed-accepted")
                        .level(MUST)
                        .spec("add-success", "`cniVersion`: The same version supplied on input")
                        .rows("VER-05", "NEG-01", "RES-20", "E57")
                        .when("ADD and DEL are called with each version that the plugin lists")
                        .then(
                                "none is refused as incompatible, and each result says exactly its version")
                        .run(VersionCases::listedAccepted),
                Case.named("version/unlisted-refused")
                        .level(MUST)
                        .spec("error", "`1` Incompatible CNI version")
                        .rows("VER-05", "E57")
                        .when(
                                "ADD is called with versions of the spec that the plugin does not list")
                        .then("each is refused with code 1")
                        .run(VersionCases::unlistedRefused),
                Case.named("version/no-side-effects")
                        .level(MUST)
                        .spec(
                                PROBE,
                                "The plugin should output via standard-out a json-serialized version result object")
                        .rows("VER-06")
                        .since(CniVersion.V0_2_0)
                        .when("VERSION is called with all that an ADD gets")
                        .then("nothing changes, in the container and on the host")
                        .run(VersionCases::noSideEffects),
                Case.named("version/no-delegate")
                        .level(MUST)
                        .spec(
                                PROBE,
                                "The plugin should output via standard-out a json-serialized version result object")
                        .rows("VER-06")
                        .since(CniVersion.V0_2_0)
                        .of(Trait.DELEGATES)
                        .when("VERSION is called with a configuration that names an IPAM plugin")
                        .then("the IPAM plugin is not executed")
                        .run(VersionCases::noDelegate));
    }

    private static ObjectNode asked(CniVersion version) {
        return Json.object().put("cniVersion", version.toString());
    }

    private static void answer(Lab lab) {
        ObjectNode answer =
                lab.call("VERSION")
                        .without("CNI_PATH", "PATH")
                        .config(asked(lab.version()))
                        .run()
                        .result();
        Expect.that(
                !answer.path("cniVersion").asText("").isEmpty()
                        && answer.path("cniVersion").isTextual(),
                "cniVersion of the answer is a text that is not empty",
                () -> "the answer is " + answer);
        Sweep.supported(answer);
    }

    private static void echo(Lab lab) {
        CniVersion version = lab.versions().getFirst();
        ObjectNode answer = lab.call("VERSION").config(asked(version)).run().result();
        String echoed = answer.path("cniVersion").asText("");
        Expect.that(
                echoed.equals(version.toString()) || Sweep.supported(answer).contains(echoed),
                "cniVersion of the answer is " + version + ", or one of supportedVersions",
                () -> "the answer is " + answer);
    }

    private static void anyStdin(Lab lab) {
        Set<String> usual = Set.copyOf(Sweep.supported(lab));
        sameList("an empty stdin", usual, lab.call("VERSION").run());
        sameList("stdin closed", usual, lab.call("VERSION").stdin(new Stdin.Closed()).run());
        sameList("no JSON on stdin", usual, lab.call("VERSION").stdin("no JSON").run());
    }

    private static void libcniProbe(Lab lab) {
        var plain = lab.call("VERSION").config(asked(CniVersion.V1_1_0)).run();
        sameList(
                "libcni's placeholders",
                Set.copyOf(Sweep.supported(plain.result())),
                lab.versionProbe());
    }

    private static void sameList(String with, Set<String> usual, Reply reply) {
        Expect.equal(
                "with " + with + ", supportedVersions",
                usual,
                new HashSet<>(Sweep.supported(reply.result())));
    }

    private static void listedAccepted(Lab lab) {
        List<String> supported = Sweep.supported(lab);
        for (CniVersion version : Sweep.of(lab)) {
            if (supported.contains(version.toString())) {
                Attachment attachment = Sweep.attachment(lab, version);
                Reply add = accepted(lab.add(attachment), version);
                if (add.exit() == 0) {
                    Layout.of(add.result(), version).labelled();
                }
                accepted(lab.del(attachment), version);
            }
        }
    }

    private static Reply accepted(Reply reply, CniVersion version) {
        reply.answered();
        if (reply.exit() != 0) {
            var refusal = reply.refused();
            Expect.that(
                    refusal.code() != 1,
                    "version " + version + ", which is listed, is accepted",
                    () -> "it is refused: " + refusal.document());
        }
        return reply;
    }

    private static void unlistedRefused(Lab lab) {
        List<String> supported = Sweep.supported(lab);
        Attachment attachment = lab.attachment();
        Stream.concat(
                        Stream.of(CniVersion.values()).map(CniVersion::toString),
                        Stream.of("0.5.0", "2.0.0"))
                .filter(version -> !supported.contains(version))
                .forEach(version -> {
                    attachment.config().put("cniVersion", version);
                    lab.add(attachment).refused(1);
                });
        attachment.config().put("cniVersion", lab.version().toString());
    }

    private static void noSideEffects(Lab lab) {
        Attachment attachment = lab.attachment();
        var container = lab.snapshot(attachment.container());
        var host = lab.hostSnapshot();
        ObjectNode everything = lab.stdin("ADD", attachment);
        lab.call("VERSION", attachment).config(everything).run().result();
        lab.expectContainerAs(attachment.container(), container, "before VERSION");
        lab.expectHostAs(host, "before VERSION");
    }

    private static void noDelegate(Lab lab) {
        Stub ipam = lab.stub("ccipam");
        Attachment attachment = lab.attachment();
        attachment.config().set("ipam", Json.object().put("type", ipam.name()));
        lab.call("VERSION", attachment).run().result();
        Expect.that(
                ipam.commands().isEmpty(),
                "VERSION executes no IPAM plugin",
                () -> "it called it with " + ipam.commands());
    }
}
