package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.CniVersion.V1_0_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Section 4 of the spec: how a plugin uses its IPAM plugin. */
final class DelegationCases {

    private static final String PROTOCOL = "delegated-plugin-protocol";
    private static final String PROCEDURE = "delegated-plugin-execution-procedure";

    private static final String LOOK_UP =
            "Look up the plugin binary by searching the directories provided in `CNI_PATH` environment variable.";

    private static final String STDERR =
            "Ensure that the delegated plugin's stderr is output to the calling plugin's stderr.";

    private static final String ROLL_BACK =
            "If, on `ADD`, a delegated plugin fails, the \"upper\" plugin should execute again with `DEL` before"
                    + " returning failure.";

    private static final String ERRORS =
            "If any of the delegated plugins return error, error should be returned by the upper plugin.";

    private static final String FAILED_DELEGATE =
            "A delegate that fails without an error object makes an error all the same, with what it printed in"
                    + " the message.";

    private DelegationCases() {}

    static List<Case> all() {
        return Stream.of(execution(), results(), failures(), none()).flatMap(List::stream).toList();
    }

    private static List<Case> execution() {
        return List.of(
                draft("delegation/lookup")
                        .level(MUST)
                        .spec(PROCEDURE, LOOK_UP)
                        .rows("DLG-01")
                        .when(
                                "two folders of CNI_PATH have the IPAM plugin, behind one that is missing and an empty one")
                        .then("the first one that has it counts")
                        .run(DelegationCases::lookup),
                draft("delegation/folder-is-no-plugin")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "Of CNI_PATH's folders the first counts that has a regular file of that name.")
                        .rows("DLG-01")
                        .when(
                                "an earlier folder of CNI_PATH has a folder of the IPAM plugin's name")
                        .then("the plugin in the later folder is executed")
                        .run(DelegationCases::folderIsNoPlugin),
                draft("delegation/absent")
                        .level(MUST)
                        .spec(PROCEDURE, LOOK_UP)
                        .rows("DLG-01")
                        .when("no folder of CNI_PATH has the IPAM plugin")
                        .then("ADD fails and names it")
                        .run(DelegationCases::absent),
                draft("delegation/environment")
                        .level(MUST)
                        .spec(
                                PROTOCOL,
                                "The delegated plugin must receive all the same environment variables that were"
                                        + " passed in to the CNI plugin.")
                        .rows("DLG-02")
                        .when("ADD has protocol variables and others")
                        .then("the IPAM plugin gets all of them, unchanged")
                        .run(DelegationCases::environment),
                draft("delegation/configuration")
                        .level(MUST)
                        .spec(
                                PROTOCOL,
                                "Delegated plugins are provided the *complete network configuration* passed to the"
                                        + " \"upper\" plugin. In other words, in the IPAM case, not just the `ipam`"
                                        + " section of the configuration.")
                        .rows("DLG-03")
                        .when(
                                "the configuration has args, runtimeConfig and keys that only the IPAM plugin knows")
                        .then("the IPAM plugin gets all of it, unchanged")
                        .run(DelegationCases::configuration),
                draft("delegation/stderr")
                        .level(SHOULD)
                        .spec(PROCEDURE, STDERR)
                        .rows("DLG-04")
                        .when("the IPAM plugin succeeds and writes to its stderr")
                        .then("that is on the plugin's stderr")
                        .run(DelegationCases::stderr),
                draft("delegation/stderr-of-failure")
                        .level(SHOULD)
                        .spec(PROCEDURE, STDERR)
                        .rows("DLG-04")
                        .when("the IPAM plugin fails and writes to its stderr")
                        .then("that is on the plugin's stderr")
                        .run(DelegationCases::stderrOfFailure),
                draft("delegation/namespace")
                        .level(MUST)
                        .spec(
                                "overview-1",
                                "The runtime must execute the plugin in the runtime's networking domain. (For most"
                                        + " cases, this means the root network namespace / `dom0`.)")
                        .rows("DLG-05")
                        .when("ADD works in the container's namespace")
                        .then("the IPAM plugin runs in the runtime's own")
                        .run(DelegationCases::namespace),
                draft("delegation/del")
                        .level(MUST)
                        .spec(
                                PROCEDURE,
                                "If a plugin is executed with `CNI_COMMAND=CHECK`, `DEL`, or `GC`, it must also"
                                        + " execute any delegated plugins.")
                        .rows("DLG-11")
                        .when("DEL is called")
                        .then(
                                "the IPAM plugin is executed once, with DEL and the same configuration")
                        .run(DelegationCases::del),
                draft("delegation/del-fails")
                        .level(SHOULD)
                        .spec(PROCEDURE, ERRORS)
                        .rows("DLG-11")
                        .when("the IPAM plugin's DEL fails")
                        .then("DEL fails, and succeeds once the IPAM plugin does")
                        .run(DelegationCases::delFails));
    }

    private static List<Case> results() {
        return List.of(
                draft("delegation/no-address")
                        .level(DE_FACTO)
                        .source(
                                Source.SKEL,
                                "",
                                "Interface plugins take a result without any address for a failure of the IPAM"
                                        + " plugin.")
                        .rows("DLG-08")
                        .since(V0_3_0)
                        .when("the IPAM plugin succeeds without giving an address")
                        .then("ADD fails, after the IPAM plugin was executed with DEL")
                        .run(DelegationCases::noAddress),
                draft("delegation/result-without-version")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "A result without cniVersion is read as one of the configuration's version.")
                        .rows("DLG-09")
                        .since(V1_0_0)
                        .when("the IPAM plugin's result has no cniVersion")
                        .then("the container gets the address")
                        .run(DelegationCases::resultWithoutVersion),
                draft("delegation/result-of-older-version")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "A result of another version is converted to the one that is needed.")
                        .rows("DLG-09")
                        .since(V1_0_0)
                        .when("the IPAM plugin answers with a result of version 0.2.0")
                        .then(
                                "the container gets the address, and the result has the configuration's version")
                        .run(DelegationCases::olderResult),
                draft("delegation/garbled-result")
                        .level(DE_FACTO)
                        .spec(
                                PROTOCOL,
                                "Success is indicated by a zero return code and a _Success_ result type output to"
                                        + " stdout.")
                        .rows("DLG-10")
                        .when("the IPAM plugin succeeds, but prints no JSON")
                        .then("ADD fails with an error object")
                        .run(DelegationCases::garbledResult));
    }

    private static List<Case> failures() {
        return List.of(
                draft("delegation/roll-back")
                        .level(SHOULD)
                        .spec(PROCEDURE, ROLL_BACK)
                        .rows("DLG-06")
                        .when("the IPAM plugin's ADD fails")
                        .then(
                                "it is executed again, with DEL and the same configuration, before ADD fails")
                        .run(DelegationCases::rollBack),
                draft("delegation/error-passed-on")
                        .level(DE_FACTO)
                        .source(
                                Source.SKEL,
                                "",
                                "Plugins return the delegate's own error object: its code and its message.")
                        .rows("DLG-06")
                        .when("the IPAM plugin's ADD fails with code 117")
                        .then("ADD fails with code 117 and the IPAM plugin's words")
                        .run(DelegationCases::errorPassedOn),
                draft("delegation/later-step-fails")
                        .level(SHOULD)
                        .spec(PROCEDURE, ROLL_BACK)
                        .rows("DLG-07")
                        .since(V0_3_0)
                        .when("the IPAM plugin gives a route that no kernel accepts")
                        .then("ADD fails, after the IPAM plugin was executed with DEL exactly once")
                        .run(DelegationCases::laterStepFails),
                draft("delegation/silent-failure")
                        .level(DE_FACTO)
                        .source(Source.LIBCNI, "", FAILED_DELEGATE)
                        .rows("DLG-10")
                        .when("the IPAM plugin fails with an empty stdout and a word on stderr")
                        .then("ADD fails with an error object that has the word in it")
                        .run(lab -> saysWhy(lab, "", "ipamfellover")),
                draft("delegation/garbled-failure")
                        .level(DE_FACTO)
                        .source(Source.LIBCNI, "", FAILED_DELEGATE)
                        .rows("DLG-10")
                        .when("the IPAM plugin fails and prints no JSON")
                        .then("ADD fails with an error object that has the printed words in it")
                        .run(lab -> saysWhy(lab, "ipamfellover {", "")));
    }

    private static List<Case> none() {
        return List.of(
                draft("delegation/none")
                        .level(DE_FACTO)
                        .source(
                                Source.SKEL,
                                "",
                                "Without ipam.type no other plugin is executed, and the interface has no address.")
                        .rows("DLG-12")
                        .since(V0_3_0)
                        .of(Trait.WITHOUT_IPAM)
                        .when("the configuration has no ipam")
                        .then("ADD and DEL succeed without executing another plugin")
                        .run(DelegationCases::none),
                early("delegation/not-for-invalid-configuration")
                        .when("the configuration is invalid")
                        .run(DelegationCases::notForInvalid),
                early("delegation/not-for-unknown-version")
                        .when("the configuration's version does not exist")
                        .run(DelegationCases::notForUnknownVersion),
                early("delegation/not-for-taken-name")
                        .when("the container has an interface of that name already")
                        .run(DelegationCases::notForTakenName));
    }

    private static Case.Draft draft(String id) {
        return Case.named(id).of(Trait.DELEGATES);
    }

    private static Case.Draft early(String id) {
        return draft(id)
                .level(DE_FACTO)
                .source(
                        Source.OPERATORS,
                        "",
                        "An address that is taken for an ADD that cannot work is an address that may leak.")
                .rows("DLG-13")
                .then("ADD fails, and the IPAM plugin was not left with an address");
    }

    private static Attachment attachment(Lab lab, Watched ipam) {
        return lab.attachment(lab.container(), ipam.config());
    }

    // Execution

    private static void lookup(Lab lab) {
        var ipam = new Watched(lab);
        lab.host().script("mkdir -p /run/conformance/empty");
        lab.host().writeScript(decoy("later", ipam), "#!/bin/sh\necho decoy >&2\nexit 9\n");
        addWithPath(
                lab,
                attachment(lab, ipam),
                "/run/conformance/missing:/run/conformance/empty:"
                        + lab.cniPath()
                        + ":/run/conformance/later");
        ipam.expect(0, "ADD");
    }

    private static void folderIsNoPlugin(Lab lab) {
        var ipam = new Watched(lab);
        lab.host().script("mkdir -p \"$1\"", decoy("earlier", ipam));
        addWithPath(lab, attachment(lab, ipam), "/run/conformance/earlier:" + lab.cniPath());
        ipam.expect(0, "ADD");
    }

    private static String decoy(String folder, Watched ipam) {
        return "/run/conformance/" + folder + "/" + ipam.stub().name();
    }

    private static void addWithPath(Lab lab, Attachment attachment, String path) {
        Reply reply = lab.call("ADD", attachment).env("CNI_PATH", path).run();
        lab.keepResult(attachment, reply);
        reply.result();
    }

    private static void absent(Lab lab) {
        var ipam = new Watched(lab);
        var attachment = attachment(lab, ipam);
        Reply reply = lab.call("ADD", attachment).env("CNI_PATH", "/run/conformance/missing").run();
        lab.keepResult(attachment, reply);
        reply.refused().mentioning(ipam.stub().name());
    }

    private static void environment(Lab lab) {
        var ipam = new Watched(lab);
        var attachment = attachment(lab, ipam).withArgs("IgnoreUnknown=1;K8S_POD_NAME=web-0");
        var others =
                Map.of("HARNESS", "a=b c", "TRACEPARENT", "00-4bf9-00f0-01", "LANG", "C.UTF-8");
        var call = lab.call("ADD", attachment);
        others.forEach(call::env);
        Reply reply = call.run();
        lab.keepResult(attachment, reply);
        reply.result();
        var received = ipam.expect(0, "ADD").getFirst().environment();
        others.forEach((name, value) -> expectVariable(received, name, value));
        expectVariable(received, "CNI_CONTAINERID", attachment.id());
        expectVariable(received, "CNI_IFNAME", attachment.ifname());
        expectVariable(received, "CNI_NETNS", attachment.container().netns());
        expectVariable(received, "CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAME=web-0");
        expectVariable(received, "CNI_PATH", lab.cniPath());
    }

    private static void expectVariable(Map<String, String> received, String name, String value) {
        Expect.equal(
                "the delegated plugin's variable " + name,
                value,
                received.getOrDefault(name, "unset"));
    }

    private static void configuration(Lab lab) {
        var ipam = new Watched(lab);
        Json.merge(
                ipam.config(),
                Json.object(
                        "{'ipam':{'pools':[{'id':9007199254740993,'share':0.25,'label':'\\u00fc\\u2028<&>'},null,[]]},"
                                + "'args':{'cni':{'labels':[{'key':'app','value':'web'}]}},"
                                + "'runtimeConfig':{'example.test/ticket':{'n':1}},"
                                + "'cni.dev/example':[true]}"));
        var attachment = attachment(lab, ipam);
        lab.add(attachment).result();
        Watched.expectStdin(lab.stdin("ADD", attachment), ipam.expect(0, "ADD").getFirst());
    }

    private static void stderr(Lab lab) {
        var ipam = new Watched(lab);
        ObjectNode result = Lab.addresses(lab.version(), "10.88.0.9/24", "");
        ipam.stub().answers("ADD", 0, result.toString(), "a word of the IPAM plugin\n");
        Reply reply = lab.add(attachment(lab, ipam));
        reply.result();
        expectOnStderr(reply);
    }

    private static void stderrOfFailure(Lab lab) {
        var ipam = new Watched(lab);
        ipam.stub()
                .answers(
                        "ADD",
                        1,
                        "{\"cniVersion\":\"1.0.0\",\"code\":117,\"msg\":\"no luck\"}",
                        "a word of the IPAM plugin\n");
        Reply reply = lab.add(attachment(lab, ipam));
        reply.refused();
        expectOnStderr(reply);
    }

    private static void expectOnStderr(Reply reply) {
        Expect.that(
                reply.stderr().contains("a word of the IPAM plugin"),
                "what the delegated plugin writes to stderr is on the plugin's stderr",
                () -> reply.stderr().isBlank() ? "stderr is empty" : "stderr is " + reply.stderr());
    }

    private static void namespace(Lab lab) {
        var ipam = new Watched(lab);
        lab.add(attachment(lab, ipam)).result();
        Expect.equal(
                "the network namespace of the delegated plugin",
                lab.onHost().sh("readlink /proc/self/ns/net").strip(),
                ipam.expect(0, "ADD").getFirst().netns());
    }

    private static void del(Lab lab) {
        var ipam = new Watched(lab);
        var attachment = attachment(lab, ipam);
        lab.add(attachment).result();
        lab.del(attachment).succeeded();
        var call = ipam.expect(1, "DEL").getFirst();
        Watched.expectStdin(lab.stdin("DEL", attachment), call);
    }

    private static void delFails(Lab lab) {
        var ipam = new Watched(lab);
        var attachment = attachment(lab, ipam);
        lab.add(attachment).result();
        ipam.stub().refuses("DEL", 117, "the harness's own reservation is stuck");
        Reply failed = lab.del(attachment);
        ipam.stub().answers("DEL", 0, "", "");
        lab.del(attachment).succeeded();
        failed.refused();
    }

    // Results

    private static void noAddress(Lab lab) {
        var ipam = new Watched(lab);
        ipam.stub().answersAdd(Lab.addresses(lab.version(), "", ""));
        lab.add(attachment(lab, ipam)).refused();
        expectRolledBack(ipam);
    }

    private static void resultWithoutVersion(Lab lab) {
        var ipam = new Watched(lab);
        ObjectNode result = Lab.addresses(lab.version(), "10.88.0.9/24", "");
        result.remove("cniVersion");
        expectAddress(lab, ipam, result);
    }

    private static void olderResult(Lab lab) {
        var ipam = new Watched(lab);
        var result = expectAddress(lab, ipam, Lab.addresses(CniVersion.V0_2_0, "10.88.0.9/24", ""));
        Expect.equal(
                "cniVersion of the result",
                lab.version().toString(),
                result.path("cniVersion").asText());
    }

    private static ObjectNode expectAddress(Lab lab, Watched ipam, ObjectNode answer) {
        ipam.stub().answersAdd(answer);
        var attachment = attachment(lab, ipam);
        ObjectNode result = lab.add(attachment).result();
        Expect.contains(
                "addresses of " + attachment.ifname(),
                lab.in(attachment).addresses(attachment.ifname()),
                "10.88.0.9/24");
        return result;
    }

    private static void garbledResult(Lab lab) {
        var ipam = new Watched(lab);
        ipam.stub().answers("ADD", 0, "10.88.0.9/24\n", "");
        lab.add(attachment(lab, ipam)).refused();
    }

    // Failures

    private static void rollBack(Lab lab) {
        var ipam = new Watched(lab);
        ipam.stub().refuses("ADD", 117, "the harness's own addresses are used up");
        var attachment = attachment(lab, ipam);
        lab.add(attachment).refused();
        Stub.Called del = expectRolledBack(ipam);
        Watched.expectStdin(lab.stdin("ADD", attachment), del);
    }

    /** One ADD, and a DEL after it; returns the DEL. */
    private static Stub.Called expectRolledBack(Watched ipam) {
        return ipam.expect(0, "ADD", "DEL").get(1);
    }

    private static void errorPassedOn(Lab lab) {
        var ipam = new Watched(lab);
        ipam.stub().refuses("ADD", 117, "the harness's own addresses are used up");
        lab.add(attachment(lab, ipam)).refused(117).mentioning("addresses are used up");
    }

    private static void laterStepFails(Lab lab) {
        var ipam = new Watched(lab);
        ObjectNode result = Lab.addresses(lab.version(), "10.88.0.9/24", "");
        result.withArray("routes")
                .addObject()
                .put("dst", "203.0.113.0/24")
                .put("gw", "198.51.100.1");
        ipam.stub().answersAdd(result);
        var attachment = attachment(lab, ipam);
        Reply reply = lab.add(attachment);
        if (reply.answered().exit() == 0) {
            throw new NotHere("a gateway that is on no link does not keep ADD from succeeding");
        }
        reply.refused();
        expectRolledBack(ipam);
    }

    private static void saysWhy(Lab lab, String stdout, String stderr) {
        var ipam = new Watched(lab);
        ipam.stub().answers("ADD", 1, stdout, stderr);
        lab.add(attachment(lab, ipam)).refused().mentioning("ipamfellover");
    }

    // None

    private static void none(Lab lab) {
        ObjectNode config = lab.config();
        config.remove("ipam");
        var usual =
                lab.stub("host-local").answersAdd(Lab.addresses(lab.version(), "10.88.0.9/24", ""));
        var attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        lab.del(attachment).succeeded();
        Expect.equal("the list of calls of an IPAM plugin", List.of(), usual.commands());
    }

    private static void notForInvalid(Lab lab) {
        var invalid = lab.subject().profile().invalid();
        if (invalid.isEmpty()) {
            throw new NotHere("no invalid configuration of this type is known");
        }
        var ipam = new Watched(lab);
        Json.merge(ipam.config(), invalid.getFirst().config());
        lab.call("ADD", attachment(lab, ipam)).run().refused();
        expectNothingTaken(ipam);
    }

    private static void notForUnknownVersion(Lab lab) {
        var ipam = new Watched(lab);
        ipam.config().put("cniVersion", "99.0.0");
        lab.call("ADD", attachment(lab, ipam)).run().refused();
        expectNothingTaken(ipam);
    }

    private static void notForTakenName(Lab lab) {
        var ipam = new Watched(lab);
        var attachment = attachment(lab, ipam);
        var wiring = new Wiring(lab, attachment).inside("ip link add $if type bridge");
        Reply reply = lab.call("ADD", attachment).run();
        lab.keepResult(attachment, reply);
        wiring.inside("ip link del $if");
        reply.refused();
        expectNothingTaken(ipam);
    }

    /** Never asked, or asked to take it back in the end. */
    private static void expectNothingTaken(Watched ipam) {
        List<String> commands = ipam.stub().commands();
        Expect.that(
                commands.isEmpty() || commands.getLast().equals("DEL"),
                "the delegated plugin is not left with an address",
                () -> "these are its calls: " + commands);
    }
}
