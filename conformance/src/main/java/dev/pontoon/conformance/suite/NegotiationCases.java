package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.List;
import java.util.stream.Stream;

/** What becomes of the version that a configuration asks for. */
final class NegotiationCases {

    private static final String UNSUPPORTED =
            "If the `cniVersion` in the network configuration is not supported by the plugin, the plugin should"
                    + " return an error code 1";

    private NegotiationCases() {}

    static List<Case> all() {
        return Stream.of(unsupported(), commands(), others()).flatMap(List::stream).toList();
    }

    private static List<Case> unsupported() {
        return List.of(
                Case.named("negotiation/error-version")
                        .level(SHOULD)
                        .spec("error", "`cniVersion`: The protocol version in use")
                        .rows("NEG-01")
                        .when(
                                "a configuration without a name is refused, in the oldest and the newest version")
                        .then("the error, if it says a version, says the configuration's")
                        .run(NegotiationCases::errorVersion),
                Case.named("negotiation/unknown-version")
                        .level(MUST)
                        .source(Source.SPEC_0_4, "result", UNSUPPORTED)
                        .rows("NEG-02", "E57")
                        .when(
                                "ADD and DEL are called with 9.9.9 and 0.3.2, which no spec was called")
                        .then("each is refused with code 1, before anything is done")
                        .run(lab -> unknown(lab, List.of("9.9.9", "0.3.2"), 1)),
                Case.named("negotiation/no-version-at-all")
                        .level(MUST)
                        .source(Source.SPEC_0_4, "result", UNSUPPORTED)
                        .rows("NEG-02")
                        .when("ADD and DEL are called with `1.0` and `abc`, which are not versions")
                        .then(
                                "each is refused with code 1 or, as it cannot be decoded, 6, before anything is done")
                        .run(lab -> unknown(lab, List.of("1.0", "abc"), 1, 6)));
    }

    private static List<Case> commands() {
        return List.of(
                Case.named("negotiation/check-too-early")
                        .level(DE_FACTO)
                        .source(
                                Source.SKEL,
                                "",
                                "The skeleton refuses CHECK with code 1 when the configuration is older than 0.4.0.")
                        .rows("NEG-03")
                        .until(CniVersion.V0_3_1)
                        .when("CHECK is called with a configuration from before 0.4.0")
                        .then("it is refused with code 1")
                        .run(NegotiationCases::checkTooEarly),
                tooEarly("gc", "GC"),
                tooEarly("status", "STATUS"),
                Case.named("negotiation/undecodable-version")
                        .level(DE_FACTO)
                        .source(
                                Source.SKEL,
                                "",
                                "The skeleton refuses CHECK, GC and STATUS with code 6 when the version is not one;"
                                        + " code 1 says the same to a runtime.")
                        .rows("NEG-05")
                        .since(CniVersion.V0_4_0)
                        .when("CHECK, GC and STATUS are called with the version `abc`")
                        .then("each is refused, those that the plugin knows with code 6 or 1")
                        .run(NegotiationCases::undecodable));
    }

    private static Case tooEarly(String id, String command) {
        return Case.named("negotiation/" + id + "-too-early")
                .level(DE_FACTO)
                .source(
                        Source.SKEL,
                        "",
                        "The skeleton refuses "
                                + command
                                + " with code 1 when the configuration is older than 1.1.0.")
                .rows("NEG-04")
                .until(CniVersion.V1_0_0)
                .when(command + " is called with a configuration from before 1.1.0")
                .then(
                        "it is refused, by a plugin that knows the command with code 1, and nothing changes")
                .run(lab -> tooEarly(lab, command));
    }

    private static List<Case> others() {
        return List.of(
                Case.named("negotiation/version-missing")
                        .level(DE_FACTO)
                        .source(
                                Source.SKEL,
                                "",
                                "Configurations from before versions had none; plugins read them, and those with an"
                                        + " empty version, as 0.1.0 or 0.2.0.")
                        .rows("NEG-06", "E57")
                        .when("ADD is called with cniVersion absent and with an empty one")
                        .then(
                                "the result is that of 0.1.0 or 0.2.0; a plugin without those refuses with code 1")
                        .run(NegotiationCases::missing),
                Case.named("negotiation/ipam-lacks-version")
                        .level(MUST)
                        .source(
                                Source.SPEC_0_4,
                                "ip-address-management-ipam-interface",
                                "If the `cniVersion` in the network configuration is not supported by the IPAM plugin,"
                                        + " the plugin should return an error code 1")
                        .rows("NEG-08")
                        .of(Trait.DELEGATES)
                        .when("the IPAM plugin refuses the version")
                        .then("ADD fails with the IPAM plugin's code 1 and has undone what it did")
                        .run(NegotiationCases::ipamLacksVersion));
    }

    private static void errorVersion(Lab lab) {
        List<CniVersion> all = Sweep.of(lab);
        for (CniVersion version : List.of(all.getFirst(), all.getLast())) {
            Attachment attachment = Sweep.attachment(lab, version);
            ObjectNode stdin = lab.stdin("ADD", attachment);
            stdin.remove("name");
            ObjectNode error = lab.call("ADD", attachment).config(stdin).run().refused().document();
            Expect.that(
                    error.path("cniVersion").asText(version.toString()).equals(version.toString()),
                    "cniVersion of the error is " + version + " or absent",
                    () -> "the error is " + error);
        }
    }

    private static void unknown(Lab lab, List<String> versions, int... codes) {
        Attachment attachment = lab.attachment();
        var container = lab.snapshot(attachment.container());
        Stub ipam = lab.stub("ccipam");
        if (lab.has(Trait.DELEGATES)) {
            attachment.config().set("ipam", Json.object().put("type", ipam.name()));
        }
        for (String version : versions) {
            for (String command : List.of("ADD", "DEL")) {
                ObjectNode stdin = lab.stdin("ADD", attachment).put("cniVersion", version);
                lab.call(command, attachment).config(stdin).run().refused(codes);
            }
        }
        Expect.that(
                ipam.commands().isEmpty(),
                "the IPAM plugin is not executed",
                () -> "it was called with " + ipam.commands());
        lab.expectContainerAs(attachment.container(), container, "before the calls");
    }

    private static void checkTooEarly(Lab lab) {
        Attachment attachment = lab.attached();
        ObjectNode stdin = attachment.config().deepCopy();
        stdin.set("prevResult", attachment.result());
        lab.call("CHECK", attachment).config(stdin).run().refused(1);
    }

    private static void tooEarly(Lab lab, String command) {
        Attachment attachment = lab.attached();
        var container = lab.snapshot(attachment.container());
        ObjectNode config = attachment.config();
        Reply reply = command.equals("GC") ? lab.gc(config) : lab.status(config);
        refusedAs(lab, reply, 1);
        lab.expectContainerAs(attachment.container(), container, command);
    }

    /** The codes; any where the plugin is older than 1.1.0 and does not know the command. */
    private static void refusedAs(Lab lab, Reply reply, int... codes) {
        boolean knows = Sweep.supported(lab).contains(CniVersion.V1_1_0.toString());
        reply.refused(knows ? codes : new int[0]);
    }

    private static void undecodable(Lab lab) {
        Attachment attachment = lab.attached();
        ObjectNode stdin = lab.stdin("CHECK", attachment).put("cniVersion", "abc");
        lab.call("CHECK", attachment).config(stdin).run().refused(1, 6);
        ObjectNode plain = lab.config().put("cniVersion", "abc");
        refusedAs(lab, lab.gc(plain, attachment), 1, 6);
        refusedAs(lab, lab.status(plain), 1, 6);
    }

    private static void missing(Lab lab) {
        List<String> supported = Sweep.supported(lab);
        boolean old = supported.contains("0.1.0") || supported.contains("0.2.0");
        for (boolean absent : List.of(true, false)) {
            // A delegate that the lab makes up answers as the oldest version, too.
            Attachment attachment =
                    lab.attachment(lab.container(), lab.config(Sweep.of(lab).getFirst()));
            attachment.config().put("cniVersion", "");
            if (absent) {
                attachment.config().remove("cniVersion");
            }
            Reply reply = lab.add(attachment);
            boolean mayRefuse = !old || lab.has(Trait.CHAINED);
            if (mayRefuse && reply.exit() != 0) {
                // The DEL after it has to be one that the plugin understands.
                attachment.config().put("cniVersion", lab.version().toString());
                reply.refused(lab.has(Trait.CHAINED) ? new int[0] : new int[] {1});
            } else {
                legacy(reply.result());
            }
        }
    }

    private static void legacy(ObjectNode result) {
        String label = result.path("cniVersion").asText("");
        Expect.that(
                label.isEmpty() || label.equals("0.1.0") || label.equals("0.2.0"),
                "cniVersion of the result is 0.1.0 or 0.2.0",
                () -> "the result is " + result);
        Layout.of(result, CniVersion.V0_2_0).families();
    }

    private static void ipamLacksVersion(Lab lab) {
        Stub ipam = lab.stub("ccipam").refuses("ADD", 1, "incompatible CNI versions");
        Attachment attachment = lab.attachment();
        attachment.config().set("ipam", Json.object().put("type", ipam.name()));
        var container = lab.snapshot(attachment.container());
        var host = lab.hostSnapshot();
        lab.add(attachment).refused(1);
        lab.expectContainerAs(attachment.container(), container, "before ADD");
        lab.expectHostAs(host, "before ADD");
    }
}
