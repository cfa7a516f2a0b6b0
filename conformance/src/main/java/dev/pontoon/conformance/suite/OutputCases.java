package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Clause.Source.LIBCNI;
import static dev.pontoon.conformance.spec.Clause.Source.OPERATORS;
import static dev.pontoon.conformance.spec.Clause.Source.SKEL;
import static dev.pontoon.conformance.spec.Clause.Source.SPEC_0_4;
import static dev.pontoon.conformance.spec.CniVersion.V0_2_0;
import static dev.pontoon.conformance.spec.CniVersion.V0_4_0;
import static dev.pontoon.conformance.spec.CniVersion.V1_1_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation.Stdin;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.host.Wait;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Call;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.subject.Trait;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What comes out of a plugin: exit status, standard output, errors, and the case that nobody reads
 * them.
 */
final class OutputCases {

    private static final String ERRORS = "errors";
    private static final String ERROR = "error";
    private static final String OBJECT_ON_ERROR =
            "Plugins should output a JSON object with the following keys if they encounter an error:";

    /**
     * Meanings of the spec's table of codes, and of 8, which the Go skeleton has for bad
     * namespaces.
     */
    private static final Set<Integer> WELL_KNOWN = Set.of(1, 2, 3, 4, 5, 6, 7, 8, 11, 50, 51);

    private static final Duration PROMPTLY = Duration.ofSeconds(10);

    /**
     * Opens a pipe for writing whose only reader then goes away, and makes it the standard output.
     */
    private static final String UNREAD_PIPE =
            "mkfifo $0; exec 3<>$0; exec 4>$0; exec 3>&-; rm $0; exec \"$@\" >&4 4>&-";

    private OutputCases() {}

    static List<Case> all() {
        return Stream.of(successes(), failures(), unread()).flatMap(List::stream).toList();
    }

    private static List<Case> successes() {
        return List.of(
                Case.named("output/exit-status")
                        .level(MUST)
                        .spec(
                                ERRORS,
                                "A plugin must exit with a return code of 0 on success, and non-zero on failure.")
                        .rows("OUT-01")
                        .when(
                                "ADD is called once with a valid configuration and once with one that is no JSON")
                        .then(
                                "the exit status is 0 and what is printed is no error; the exit status is not 0")
                        .run(OutputCases::exitStatus),
                Case.named("output/result-alone")
                        .level(MUST)
                        .spec(
                                "add-success",
                                "Plugins must output a JSON object with the following keys upon a successful `ADD`"
                                        + " operation:")
                        .rows("OUT-02")
                        .when("ADD succeeds")
                        .then(
                                "the whole of stdout is one JSON object, with nothing but white space around it")
                        .run(lab -> lab.add(lab.attachment()).result()),
                Case.named("output/version-alone")
                        .level(MUST)
                        .spec(
                                "version-success",
                                "Plugins must output a JSON object with the following keys upon a `VERSION` operation:")
                        .rows("OUT-02")
                        .since(V0_2_0)
                        .when("VERSION is asked for")
                        .then(
                                "the whole of stdout is one JSON object, with nothing but white space around it")
                        .run(lab -> lab.versionProbe().result()),
                Case.named("output/silent-check")
                        .level(MUST)
                        .source(
                                SPEC_0_4,
                                "parameters",
                                "The plugin must return either nothing or an error.")
                        .rows("OUT-07")
                        .since(V0_4_0)
                        .when("CHECK succeeds")
                        .then("stdout is empty")
                        .run(lab -> lab.check(lab.attached()).succeededSilently()),
                Case.named("output/silent-del")
                        .level(DE_FACTO)
                        .source(
                                LIBCNI,
                                "",
                                "Takes DEL for an operation without a result, and reads none.")
                        .rows("OUT-07")
                        .when("DEL succeeds")
                        .then("stdout is empty")
                        .run(lab -> lab.del(lab.attached()).succeededSilently()),
                Case.named("output/silent-gc")
                        .level(MUST)
                        .spec(
                                "gc-clean-up-any-stale-resources",
                                "No output on success, \"error\" result structure on error.")
                        .rows("OUT-07")
                        .since(V1_1_0)
                        .when("GC succeeds")
                        .then("stdout is empty")
                        .run(lab -> lab.gc(lab.config()).succeededSilently()),
                Case.named("output/silent-status")
                        .level(DE_FACTO)
                        .source(
                                LIBCNI,
                                "",
                                "Takes STATUS for an operation without a result, and reads none.")
                        .rows("OUT-07")
                        .since(V1_1_0)
                        .when("STATUS succeeds")
                        .then("stdout is empty")
                        .run(lab -> lab.status(lab.config()).succeededSilently()),
                Case.named("output/logs-on-stderr")
                        .level(MUST)
                        .spec(
                                ERROR,
                                "In addition, stderr can be used for unstructured output such as logs.")
                        .rows("OUT-08")
                        .when(
                                "ADD and DEL are called with variables that make programs talkative: DEBUG, GODEBUG,"
                                        + " JAVA_TOOL_OPTIONS and such")
                        .then("stdout has the result of ADD and nothing else, whatever stderr has")
                        .run(OutputCases::talkative),
                Case.named("output/noisy-delegate")
                        .level(MUST)
                        .spec(
                                ERROR,
                                "In addition, stderr can be used for unstructured output such as logs.")
                        .rows("OUT-08")
                        .of(Trait.DELEGATES)
                        .when("the IPAM plugin succeeds and writes to stderr")
                        .then("ADD and DEL succeed")
                        .run(OutputCases::noisyDelegate));
    }

    private static List<Case> failures() {
        return List.of(
                Case.named("output/error-on-stdout")
                        .level(DE_FACTO)
                        .source(
                                LIBCNI,
                                "",
                                "Reads the error from stdout, and takes stderr for text only when stdout is empty.")
                        .rows("OUT-03")
                        .when("each operation fails")
                        .then("the error object is on stdout")
                        .run(OutputCases::errorOnStdout),
                Case.named("output/error-fields")
                        .level(SHOULD)
                        .spec(ERROR, OBJECT_ON_ERROR)
                        .rows("OUT-04")
                        .when("ADD fails")
                        .then(
                                "the error has a number `code`, a string `msg`, and `details` is a string if it is there")
                        .run(OutputCases::errorFields),
                Case.named("output/error-version")
                        .level(SHOULD)
                        .spec(
                                ERROR,
                                "`cniVersion`: The same value as provided by the configuration")
                        .rows("OUT-05")
                        .since(V0_2_0)
                        .when("ADD fails because the network has no name")
                        .then("the error has the configuration's `cniVersion`")
                        .run(lab -> errorVersion(lab, false)),
                Case.named("output/error-version-not-wrong")
                        .level(MUST)
                        .spec(
                                ERROR,
                                "`cniVersion`: The same value as provided by the configuration")
                        .rows("OUT-05")
                        .since(V0_2_0)
                        .when("ADD fails because the network has no name")
                        .then(
                                "the error has the configuration's `cniVersion`, or none, but no other")
                        .run(lab -> errorVersion(lab, true)),
                Case.named("output/error-alone-after-delegate")
                        .level(MUST)
                        .spec(ERROR, OBJECT_ON_ERROR)
                        .rows("OUT-06")
                        .of(Trait.DELEGATES)
                        .when(
                                "ADD fails in the middle because the IPAM plugin answers with an address that is none")
                        .then("stdout is the error object and nothing else")
                        .run(OutputCases::errorAfterDelegate),
                Case.named("output/error-alone-own-namespace")
                        .level(MUST)
                        .spec(ERROR, OBJECT_ON_ERROR)
                        .rows("OUT-06")
                        .of(Trait.INTERFACE)
                        .when("ADD fails because CNI_NETNS is the runtime's own network namespace")
                        .then("stdout is the error object and nothing else")
                        .run(OutputCases::errorForOwnNamespace),
                Case.named("output/error-codes")
                        .level(MUST)
                        .spec(
                                ERROR,
                                "Error codes 0-99 are reserved for well-known errors. Values of 100+ can be freely used"
                                        + " for plugin specific errors.")
                        .rows("OUT-09")
                        .when(
                                "ADD fails because of its environment, of broken JSON, of a missing name, of the namespace")
                        .then("each code is one that the spec gives that meaning, or at least 100")
                        .run(OutputCases::errorCodes),
                Case.named("output/prompt-error")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Judges the environment before it reads the configuration.")
                        .rows("OUT-10")
                        .when("a required variable is missing and stdin stays open without a byte")
                        .then("the plugin fails with code 4 within ten seconds")
                        .run(OutputCases::promptError));
    }

    private static List<Case> unread() {
        return List.of(
                Case.named("output/killed-add")
                        .level(DE_FACTO)
                        .source(
                                LIBCNI,
                                "",
                                "Kills the plugin when the runtime's deadline is over; the runtime then calls DEL.")
                        .rows("OUT-11")
                        .when(
                                "ADD is killed at three moments, each time followed by DEL with the same arguments")
                        .then("DEL succeeds and nothing is left")
                        .run(OutputCases::killedAdd),
                Case.named("output/nobody-reads")
                        .level(DE_FACTO)
                        .source(
                                OPERATORS,
                                "",
                                "A runtime that went away leaves a pipe nobody reads; the network has to survive it.")
                        .rows("E50")
                        .when("ADD finds that nobody reads its stdout any more")
                        .then("it fails in time, and after DEL nothing is left")
                        .run(OutputCases::nobodyReads),
                Case.named("output/full-device")
                        .level(DE_FACTO)
                        .source(
                                OPERATORS,
                                "",
                                "A result that could not be written never reached the runtime, so it was no success.")
                        .rows("E50")
                        .when("ADD cannot write its result: no space is left where stdout leads")
                        .then("it fails, and host and container are as before")
                        .run(OutputCases::fullDevice),
                Case.named("output/endless-input")
                        .level(DE_FACTO)
                        .source(
                                OPERATORS,
                                "",
                                "A configuration whose end never comes must not make plugins that cannot be stopped.")
                        .rows("E50")
                        .when(
                                "ADD gets its whole configuration, but stdin stays open for three seconds and then SIGTERM comes")
                        .then(
                                "it answered by itself, or ends within two seconds after SIGTERM and leaves nothing behind")
                        .run(OutputCases::endlessInput));
    }

    private static void exitStatus(Lab lab) {
        ObjectNode result = lab.add(lab.attachment()).result();
        Expect.that(
                !result.has("code") && !result.has("msg"),
                "what ADD prints with exit status 0 is a result",
                () -> "it is an error: " + result);
        Reply reply = lab.call("ADD", lab.attachment()).stdin("{{").run().answered();
        Expect.that(
                reply.exit() != 0,
                "ADD with a configuration that is no JSON has an exit status other than 0",
                () -> "exit status 0, stdout " + reply.stdout().strip());
    }

    private static void talkative(Lab lab) {
        Attachment attachment = lab.attachment();
        Reply added = talkative(lab.call("ADD", attachment)).run();
        lab.keepResult(attachment, added);
        added.result();
        talkative(lab.call("DEL", attachment)).run().succeededSilently();
    }

    private static Call talkative(Call call) {
        return call.env("DEBUG", "1")
                .env("VERBOSE", "1")
                .env("LOG_LEVEL", "debug")
                .env("GODEBUG", "inittrace=1")
                .env("RUST_LOG", "trace")
                .env("PYTHONVERBOSE", "1")
                .env("JAVA_TOOL_OPTIONS", "-Dconformance=1");
    }

    private static void noisyDelegate(Lab lab) {
        JsonNode addresses = Lab.addresses(lab.version(), "10.88.0.9/24", "");
        String stub =
                lab.stub("conformance-noisy")
                        .answers(
                                "ADD",
                                0,
                                addresses.toString(),
                                "level=warning msg=\"low on space\"\n")
                        .answers("DEL", 0, "", "panic: not really\n")
                        .name();
        Attachment attachment = lab.attachment();
        attachment.config().putObject("ipam").put("type", stub);
        lab.add(attachment).result();
        lab.del(attachment).succeeded();
    }

    private static void errorOnStdout(Lab lab) {
        Attachment attachment = lab.attachment();
        Each.over(
                "the operation",
                Each.commands(lab),
                command -> lab.call(command, attachment).stdin("{{").run().refused());
    }

    private static void errorFields(Lab lab) {
        Attachment attachment = lab.attachment();
        ObjectNode error = named(lab, attachment, "").run().refused().document();
        Expect.that(
                error.path("msg").isTextual(), "`msg` is a string", () -> "the error is " + error);
        Expect.that(
                error.path("details").isMissingNode() || error.path("details").isTextual(),
                "`details` is a string if it is there",
                () -> "the error is " + error);
        lab.call("ADD", attachment).stdin("{{").run().refused();
    }

    private static void errorVersion(Lab lab, boolean mayBeAbsent) {
        JsonNode said =
                named(lab, lab.attachment(), "").run().refused().document().path("cniVersion");
        Expect.that(
                said.asText("").equals(lab.version().toString())
                        || (mayBeAbsent && said.asText("").isEmpty()),
                "the error's `cniVersion` is "
                        + lab.version()
                        + (mayBeAbsent ? " if it is there" : ""),
                () -> said.isMissingNode() ? "it has none" : "it is " + said);
    }

    /** ADD with another name of the network. */
    private static Call named(Lab lab, Attachment attachment, String name) {
        return lab.call("ADD", attachment).config(lab.stdin("ADD", attachment).put("name", name));
    }

    private static void errorAfterDelegate(Lab lab) {
        JsonNode addresses = Lab.addresses(lab.version(), "10.88.0.999/24", "");
        Stub stub = lab.stub("conformance-wrong").answers("ADD", 0, addresses.toString(), "");
        Attachment attachment = lab.attachment();
        attachment.config().putObject("ipam").put("type", stub.name());
        lab.add(attachment).refused();
    }

    private static void errorForOwnNamespace(Lab lab) {
        Reply reply =
                lab.call("ADD", lab.attachment())
                        .env("CNI_NETNS", "/proc/1/ns/net")
                        .run()
                        .answered();
        if (reply.exit() == 0) {
            throw new NotHere("it attaches the runtime's own namespace");
        }
        reply.refused();
    }

    private static void errorCodes(Lab lab) {
        Attachment attachment = lab.attachment();
        code(lab.call("CONFORM", attachment), "an operation that does not exist", Set.of(4));
        code(lab.call("ADD", attachment).without("CNI_IFNAME"), "a missing CNI_IFNAME", Set.of(4));
        code(lab.call("ADD", attachment).stdin("{{"), "a configuration that is no JSON", Set.of(6));
        code(named(lab, attachment, ""), "an empty name", Set.of(6, 7));
        if (lab.has(Trait.INTERFACE)) {
            code(
                    lab.call("ADD", attachment).env("CNI_NETNS", "/run/netns/nowhere"),
                    "a namespace that does not exist",
                    Set.of(3, 4, 5, 7, 8));
        }
    }

    private static void code(Call call, String what, Set<Integer> meant) {
        int code = call.run().refused().code();
        Expect.that(
                code >= 100 || meant.contains(code),
                "the code for "
                        + what
                        + " is among "
                        + meant.stream().sorted().toList()
                        + ", or at least 100",
                () ->
                        "it is "
                                + code
                                + (WELL_KNOWN.contains(code)
                                        ? ", which means something else"
                                        : ""));
    }

    private static void promptError(Lab lab) {
        lab.call("ADD", lab.attachment())
                .without("CNI_IFNAME")
                .stdin(new Stdin.HeldOpen(new byte[0]))
                .within(PROMPTLY)
                .run()
                .refused(4)
                .mentioning("CNI_IFNAME");
    }

    private static void killedAdd(Lab lab) {
        Attachment first = lab.attachment();
        Duration whole = lab.add(first).succeeded().output().duration();
        lab.del(first).succeeded();
        Snapshot host = lab.hostSnapshot();
        for (int quarter = 1; quarter <= 3; quarter++) {
            Attachment attachment = lab.attachment();
            Snapshot before = lab.snapshot(attachment.container());
            Call.Running running = lab.call("ADD", attachment).start();
            Wait.holds(whole.multipliedBy(quarter).dividedBy(4), () -> !running.isAlive());
            running.signal("KILL");
            running.reply();
            lab.del(attachment).succeeded();
            lab.expectContainerAs(attachment.container(), before, "before the killed ADD");
            lab.expectHostAs(host, "before the killed ADD");
        }
    }

    private static void nobodyReads(Lab lab) {
        Attachment attachment = lab.attachment();
        Snapshot before = lab.snapshot(attachment.container());
        Reply reply =
                lab.call("ADD", attachment)
                        .through("/bin/sh", "-ec", UNREAD_PIPE, Host.OWN + "/unread")
                        .run()
                        .answered();
        Expect.that(
                reply.exit() != 0, "ADD fails when nobody reads its result", () -> "exit status 0");
        lab.del(attachment).succeeded();
        lab.expectContainerAs(attachment.container(), before, "before ADD");
    }

    private static void fullDevice(Lab lab) {
        Attachment attachment = lab.attachment();
        Snapshot before = lab.snapshot(attachment.container());
        Snapshot host = lab.hostSnapshot();
        Reply reply =
                lab.call("ADD", attachment)
                        .through("/bin/sh", "-c", "exec \"$@\" > /dev/full", "sh")
                        .run()
                        .answered();
        Expect.that(
                reply.exit() != 0,
                "ADD fails when it cannot write its result",
                () -> "exit status 0");
        lab.expectContainerAs(attachment.container(), before, "before the failed ADD");
        lab.expectHostAs(host, "before the failed ADD");
    }

    private static void endlessInput(Lab lab) {
        Attachment attachment = lab.attachment();
        Snapshot before = lab.snapshot(attachment.container());
        byte[] config = lab.stdin("ADD", attachment).toString().getBytes(StandardCharsets.UTF_8);
        Reply reply =
                lab.call("ADD", attachment)
                        .stdin(new Stdin.HeldOpen(config))
                        .within(Duration.ofSeconds(3))
                        .run();
        if (reply.output().inTime() && reply.exit() == 0) {
            lab.keepResult(attachment, reply);
            reply.result();
            return;
        }
        Expect.that(
                reply.output().ending() != Output.Ending.KILLED,
                "ADD ends within two seconds after SIGTERM while it waits for the end of its input",
                () -> "it had to be killed");
        lab.expectContainerAs(attachment.container(), before, "before ADD");
    }
}
