package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Clause.Source.OPERATORS;
import static dev.pontoon.conformance.spec.Clause.Source.SKEL;
import static dev.pontoon.conformance.spec.Clause.Source.SPEC_0_4;
import static dev.pontoon.conformance.spec.CniVersion.V0_3_1;
import static dev.pontoon.conformance.spec.CniVersion.V0_4_0;
import static dev.pontoon.conformance.spec.CniVersion.V1_0_0;
import static dev.pontoon.conformance.spec.CniVersion.V1_1_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MAY;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Call;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.Reply.Refusal;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The parameters that a runtime passes in environment variables. */
final class EnvironmentCases {

    private static final String PARAMETERS = "parameters";
    private static final String ERROR = "error";
    private static final String DEL = "del-remove-container-from-network-or-un-apply-modifications";

    private static final String CODE_4 =
            "Invalid necessary environment variables, like CNI_COMMAND, CNI_CONTAINERID, etc. The error message"
                    + " must contain the names of invalid variables.";
    private static final String ID_GRAMMAR =
            "A unique plaintext identifier for a container, allocated by the runtime. Must not be empty. Must start"
                    + " with an alphanumeric character, optionally followed by any combination of one or more"
                    + " alphanumeric characters, underscore (), dot (.) or hyphen (-).";
    private static final String DEL_NEEDS =
            "Required environment parameters: `CNI_COMMAND`, `CNI_CONTAINERID`, `CNI_IFNAME`. Optional environment"
                    + " parameters: `CNI_NETNS`, `CNI_ARGS`, `CNI_PATH`";

    /** The runtime's own network namespace, by a path that is not the plugin's own. */
    private static final String OWN_NETNS = "/proc/1/ns/net";

    private EnvironmentCases() {}

    static List<Case> all() {
        return Stream.of(
                        commands(),
                        identifiers(),
                        interfaceNames(),
                        namespaces(),
                        paths(),
                        others())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Case> commands() {
        return List.of(
                Case.named("env/no-command")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Answers with code 4, or tells a person on stderr what the program is.")
                        .rows("ENV-01")
                        .when("CNI_COMMAND is missing, and is empty")
                        .then(
                                "it fails with code 4 and names CNI_COMMAND, or describes itself on stderr only")
                        .run(EnvironmentCases::noCommand),
                Case.named("env/unknown-command")
                        .level(MUST)
                        .spec(ERROR, CODE_4)
                        .rows("ENV-02")
                        .when("CNI_COMMAND is FOO and everything else is valid")
                        .then("it fails with code 4")
                        .run(lab ->
                                lab.call("ADD", lab.attachment())
                                        .env("CNI_COMMAND", "FOO")
                                        .run()
                                        .refused(4)),
                Case.named("env/command-case")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Takes the operations' names as they are written, in capitals.")
                        .rows("ENV-03")
                        .when("CNI_COMMAND is add")
                        .then("it fails with code 4")
                        .run(lab ->
                                lab.call("ADD", lab.attachment())
                                        .env("CNI_COMMAND", "add")
                                        .run()
                                        .refused(4)),
                Case.named("env/code")
                        .level(SHOULD)
                        .spec(ERROR, CODE_4)
                        .rows("ENV-04", "ENV-08", "ENV-11")
                        .when("ADD lacks each required variable in turn")
                        .then("it fails with code 4 and names the variable")
                        .run(EnvironmentCases::code),
                Case.named("env/all-missing-named")
                        .level(MUST)
                        .spec(ERROR, CODE_4)
                        .rows("ENV-17")
                        .when("ADD lacks CNI_CONTAINERID, CNI_NETNS and CNI_IFNAME")
                        .then("it fails, and with code 4 the error names all three")
                        .run(EnvironmentCases::allMissingNamed),
                Case.named("env/missing-and-malformed")
                        .level(DE_FACTO)
                        .source(SKEL, "", "Fails with code 4 whichever of the two it finds first.")
                        .rows("ENV-19")
                        .when("ADD lacks CNI_IFNAME and has a CNI_CONTAINERID that must not be")
                        .then("it fails with code 4")
                        .run(lab ->
                                lab.call("ADD", lab.attachment())
                                        .without("CNI_IFNAME")
                                        .env("CNI_CONTAINERID", "a/b")
                                        .run()
                                        .refused(4)));
    }

    private static List<Case> identifiers() {
        return List.of(
                Case.named("env/container-id-missing")
                        .level(MUST)
                        .spec(PARAMETERS, ID_GRAMMAR)
                        .rows("ENV-04")
                        .since(V0_4_0)
                        .when("CNI_CONTAINERID is missing, and is empty, for ADD, DEL and CHECK")
                        .then("each fails")
                        .run(lab -> missing(lab, "CNI_CONTAINERID", Each.attachmentCommands(lab))),
                Case.named("env/container-id-missing-before-0-4-0")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Needs CNI_CONTAINERID for every version, though old texts only recommend it.")
                        .rows("ENV-04")
                        .until(V0_3_1)
                        .when("CNI_CONTAINERID is missing, and is empty, for ADD and DEL")
                        .then("each fails")
                        .run(lab -> missing(lab, "CNI_CONTAINERID", Each.attachmentCommands(lab))),
                Case.named("env/container-id-grammar")
                        .level(MUST)
                        .spec(PARAMETERS, ID_GRAMMAR)
                        .rows("ENV-05", "E49")
                        .since(V1_0_0)
                        .when(
                                "CNI_CONTAINERID has characters, or begins with one, that it must not")
                        .then("ADD fails, and nothing is written anywhere")
                        .run(lab -> {
                            containerIds(
                                    lab, "_a", ".a", "-a", "a b", "a/b", "a%b", "a\n", "../../x");
                            foreign(lab, "CNI_CONTAINERID", "\\303\\251");
                        }),
                Case.named("env/container-id-grammar-before-1-0-0")
                        .level(DE_FACTO)
                        .source(SKEL, "", "Judges CNI_CONTAINERID the same for every version.")
                        .rows("ENV-05")
                        .until(V0_4_0)
                        .when("CNI_CONTAINERID has characters that it must not have")
                        .then("ADD fails, and nothing is written anywhere")
                        .run(lab -> containerIds(lab, "-a", "a/b", "a\n")),
                Case.named("env/container-id-length")
                        .level(DE_FACTO)
                        .spec(PARAMETERS, ID_GRAMMAR)
                        .rows("ENV-06")
                        .when(
                                "containers have ids of 1, 64 and 200 characters, two of them alike but for the last one")
                        .then("all of them are attached at once, and detached")
                        .run(EnvironmentCases::containerIdLength),
                Case.named("env/attachment-key")
                        .level(SHOULD)
                        .source(
                                SPEC_0_4,
                                "general-considerations",
                                "Plugins that store state should do so using a primary key of `(network name,"
                                        + " CNI_CONTAINERID, CNI_IFNAME)`.")
                        .rows("ENV-07")
                        .when(
                                "container a-b with interface c and container a with interface b-c are attached, and the"
                                        + " first is detached")
                        .then("the second is still as it was")
                        .run(EnvironmentCases::attachmentKey));
    }

    private static List<Case> interfaceNames() {
        return List.of(
                Case.named("env/ifname-missing")
                        .level(MUST)
                        .spec(DEL, DEL_NEEDS)
                        .rows("ENV-08")
                        .when("CNI_IFNAME is missing, and is empty, for ADD, DEL and CHECK")
                        .then("each fails")
                        .run(lab -> missing(lab, "CNI_IFNAME", Each.attachmentCommands(lab))),
                Case.named("env/ifname-too-long")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Takes names of at most 15 bytes, for the kernel takes no longer ones.")
                        .rows("ENV-09", "E49")
                        .when(
                                "CNI_IFNAME has 16 bytes, for ADD and for DEL; 16 bytes that are fewer characters")
                        .then("each fails with code 4")
                        .run(EnvironmentCases::ifnameTooLong),
                Case.named("env/ifname-longest")
                        .level(DE_FACTO)
                        .source(SKEL, "", "Takes names of up to 15 bytes, as the kernel does.")
                        .rows("ENV-09")
                        .when("CNI_IFNAME has 15 bytes")
                        .then("ADD and DEL succeed")
                        .run(lab -> {
                            String name = ifname(lab, "abcdefghijklmno");
                            lab.add(lab.attachment(lab.container(), name, lab.config())).result();
                        }),
                Case.named("env/ifname-characters")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Refuses `.`, `..` and names with a slash, a colon or white space.")
                        .rows("ENV-10", "E49")
                        .when("CNI_IFNAME is one that no interface can have")
                        .then("ADD fails with code 4, and nothing is written anywhere")
                        .run(EnvironmentCases::ifnameCharacters));
    }

    private static List<Case> namespaces() {
        return List.of(
                Case.named("env/netns-missing")
                        .level(MUST)
                        .spec(
                                "add-add-container-to-network-or-apply-modifications",
                                "Required environment parameters: `CNI_COMMAND`, `CNI_CONTAINERID`, `CNI_NETNS`,"
                                        + " `CNI_IFNAME`")
                        .rows("ENV-11")
                        .when("CNI_NETNS is missing, and is empty, for ADD and CHECK")
                        .then("each fails")
                        .run(lab ->
                                missing(
                                        lab,
                                        "CNI_NETNS",
                                        Each.attachmentCommands(lab).stream()
                                                .filter(command -> !command.equals("DEL"))
                                                .toList())),
                withoutNetnsAtDel("env/netns-missing-at-del")
                        .level(MUST)
                        .spec(DEL, DEL_NEEDS)
                        .since(V1_0_0)
                        .run(EnvironmentCases::netnsMissingAtDel),
                withoutNetnsAtDel("env/netns-missing-at-del-0-4-0")
                        .level(SHOULD)
                        .source(
                                SPEC_0_4,
                                PARAMETERS,
                                "When `CNI_NETNS` and/or `prevResult` are not provided, the plugin should clean up as"
                                        + " many resources as possible (e.g. releasing IPAM allocations) and return a"
                                        + " successful response.")
                        .since(V0_4_0)
                        .until(V0_4_0)
                        .run(EnvironmentCases::netnsMissingAtDel),
                withoutNetnsAtDel("env/netns-missing-at-del-before-0-4-0")
                        .level(DE_FACTO)
                        .source(SKEL, "", "Needs CNI_NETNS for DEL in no version.")
                        .until(V0_3_1)
                        .run(EnvironmentCases::netnsMissingAtDel),
                Case.named("env/netns-nowhere")
                        .level(DE_FACTO)
                        .source(SKEL, "", "Fails to open what CNI_NETNS names, and says so.")
                        .rows("ENV-13")
                        .of(Trait.INTERFACE)
                        .when(
                                "CNI_NETNS leads nowhere, to a plain file, to a namespace of another type; for ADD and CHECK")
                        .then("each fails, and nothing is left on the host")
                        .run(EnvironmentCases::netnsNowhere),
                Case.named("env/own-netns")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Refuses a CNI_NETNS that is the plugin's own network namespace.")
                        .rows("ENV-14")
                        .of(Trait.INTERFACE)
                        .when("CNI_NETNS is the runtime's own network namespace, which has an eth0")
                        .then("ADD fails, DEL fails or succeeds, and neither changes anything")
                        .run(EnvironmentCases::ownNetns),
                Case.named("env/own-netns-override")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Does not compare namespaces where CNI_NETNS_OVERRIDE is 1 or true; other values mean no.")
                        .rows("ENV-15")
                        .of(Trait.INTERFACE)
                        .when(
                                "CNI_NETNS is the runtime's own network namespace, and CNI_NETNS_OVERRIDE is yes, 0, 1, TRUE")
                        .then(
                                "ADD is refused for yes and 0, and not for that reason for 1 and TRUE")
                        .run(EnvironmentCases::ownNetnsOverride));
    }

    private static Case.Draft withoutNetnsAtDel(String id) {
        return Case.named(id)
                .rows("ENV-12")
                .when("the container is gone, and DEL comes with CNI_NETNS missing, and then empty")
                .then("both succeed, and nothing is left on the host");
    }

    private static List<Case> paths() {
        return List.of(
                Case.named("env/no-path")
                        .level(MAY)
                        .spec(
                                "add-add-container-to-network-or-apply-modifications",
                                "Optional environment parameters: `CNI_ARGS`, `CNI_PATH`")
                        .rows("ENV-16")
                        .when("ADD has no CNI_PATH")
                        .then("it succeeds, or fails with code 4 and names CNI_PATH")
                        .run(EnvironmentCases::noPath),
                Case.named("env/no-path-at-cleanup")
                        .level(DE_FACTO)
                        .spec(DEL, DEL_NEEDS)
                        .rows("ENV-16", "E34")
                        .when("DEL, GC and STATUS have no CNI_PATH")
                        .then(
                                "each succeeds, or fails with code 4 and names CNI_PATH; nothing is lost")
                        .run(EnvironmentCases::noPathAtCleanup));
    }

    private static List<Case> others() {
        return List.of(
                Case.named("env/unneeded-empty")
                        .level(MUST)
                        .spec(
                                "gc-clean-up-any-stale-resources",
                                "Required environment parameters: `CNI_COMMAND`, `CNI_PATH`")
                        .rows("ENV-18")
                        .since(V1_1_0)
                        .when(
                                "GC and STATUS are called without the variables of attachments, and with empty ones")
                        .then("each succeeds")
                        .run(lab -> unneeded(lab, "")),
                Case.named("env/unneeded-malformed")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Looks at the variables of attachments only for operations on attachments.")
                        .rows("ENV-18", "ARG-11")
                        .since(V1_1_0)
                        .when(
                                "GC and STATUS are called with variables of attachments that would be invalid elsewhere")
                        .then("each succeeds")
                        .run(lab -> unneeded(lab, "/;:=")),
                Case.named("env/unrelated-variables")
                        .level(DE_FACTO)
                        .source(
                                OPERATORS,
                                "",
                                "Runtimes hand on what they were started with, such as trace headers.")
                        .rows("ENV-20")
                        .when(
                                "ADD and DEL have TRACEPARENT, BAGGAGE, CNI_FOO and FOO in the environment")
                        .then("both succeed")
                        .run(lab ->
                                addAndDel(
                                        lab,
                                        call ->
                                                call.env(
                                                                "TRACEPARENT",
                                                                "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01")
                                                        .env(
                                                                "BAGGAGE",
                                                                "userId=alice,serverNode=DF%2028")
                                                        .env("CNI_FOO", "bar")
                                                        .env("FOO", "a=b;c"))),
                Case.named("env/only-cni-variables")
                        .level(DE_FACTO)
                        .source(
                                OPERATORS,
                                "",
                                "Runtimes start plugins with CNI variables only: no PATH, no HOME, no LANG.")
                        .rows("ENV-20")
                        .when("ADD and DEL have nothing but the CNI variables in the environment")
                        .then("both succeed")
                        .run(lab -> addAndDel(lab, Call::onlyCniVariables)),
                Case.named("env/rootless")
                        .level(DE_FACTO)
                        .source(
                                OPERATORS,
                                "",
                                "Rootless engines call plugins in a user namespace with tmpfs over /run and /var/lib.")
                        .rows("E55")
                        .of(Trait.INTERFACE)
                        .needs(Need.USER_NAMESPACES)
                        .when(
                                "plugin and container live in a user namespace of an unprivileged user")
                        .then("ADD and DEL succeed")
                        .run(lab -> Rootless.in(lab).attachAndDetach()));
    }

    private static void noCommand(Lab lab) {
        Attachment attachment = lab.attachment();
        for (Call call :
                List.of(
                        lab.call("ADD", attachment).without("CNI_COMMAND"),
                        lab.call("ADD", attachment).env("CNI_COMMAND", ""))) {
            Reply reply = call.run().answered();
            boolean describedItself =
                    reply.exit() == 0 && reply.stdout().isBlank() && !reply.stderr().isBlank();
            if (!describedItself) {
                reply.refused(4).mentioning("CNI_COMMAND");
            }
        }
    }

    private static void code(Lab lab) {
        Attachment attachment = lab.attachment();
        Each.over(
                "no",
                List.of("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"),
                name ->
                        lab.call("ADD", attachment)
                                .without(name)
                                .run()
                                .refused(4)
                                .mentioning(name));
    }

    private static void allMissingNamed(Lab lab) {
        String[] names = {"CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"};
        Refusal refusal = lab.call("ADD", lab.attachment()).without(names).run().refused();
        if (refusal.code() == 4) {
            for (String name : names) {
                refusal.mentioning(name);
            }
        }
    }

    /** Each of the operations fails without the variable, and ADD also with an empty one. */
    private static void missing(Lab lab, String name, List<String> commands) {
        Attachment fresh = lab.attachment();
        lab.call("ADD", fresh).env(name, "").run().refused();
        Attachment attached = lab.attached();
        Each.over(
                "no " + name + ", for",
                commands,
                command -> {
                    Attachment attachment = command.equals("ADD") ? fresh : attached;
                    lab.call(command, attachment).without(name).run().refused();
                });
    }

    private static void containerIds(Lab lab, String... ids) {
        Attachment attachment = lab.attachment();
        Each.over(
                "CNI_CONTAINERID",
                List.of(ids),
                id -> lab.call("ADD", attachment).env("CNI_CONTAINERID", id).run().refused());
    }

    /**
     * ADD is refused with a value of bytes that no string of ours reliably becomes, given as
     * printf(1) has them.
     */
    private static void foreign(Lab lab, String name, String octal, int... codes) {
        lab.call("ADD", lab.attachment())
                .through(
                        "/bin/sh",
                        "-c",
                        "export " + name + "=\"$(printf '" + octal + "')\"; exec \"$@\"",
                        "sh")
                .run()
                .refused(codes);
    }

    private static void containerIdLength(Lab lab) {
        String common = "f".repeat(199);
        Trait[] switches =
                lab.has(Trait.MASQUERADE) ? new Trait[] {Trait.MASQUERADE} : new Trait[0];
        List<String> ids = List.of("a", "0".repeat(64), common + "1", common + "2");
        Each.over(
                "CNI_CONTAINERID",
                ids,
                id -> lab.add(lab.attachment(switches).withId(id)).succeeded());
    }

    private static void attachmentKey(Lab lab) {
        if (lab.has(Trait.LOOPBACK)) {
            throw new NotHere("its interface is always called lo");
        }
        Trait[] switches =
                lab.has(Trait.MASQUERADE) ? new Trait[] {Trait.MASQUERADE} : new Trait[0];
        Attachment first = lab.attachment(lab.container(), "c", lab.config(switches)).withId("a-b");
        Attachment second =
                lab.attachment(lab.container(), "b-c", lab.config(switches)).withId("a");
        lab.add(first).result();
        lab.add(second).result();
        Snapshot before = lab.snapshot(second.container());
        lab.del(first).succeeded();
        lab.expectContainerAs(second.container(), before, "the other one was detached");
        if (lab.version().atLeast(V0_4_0)) {
            lab.check(second).succeeded();
        }
    }

    private static String ifname(Lab lab, String name) {
        return lab.has(Trait.LOOPBACK) ? "lo" : name;
    }

    private static void ifnameTooLong(Lab lab) {
        Attachment attachment = lab.attachment();
        Each.over(
                "16 bytes, for",
                List.of("ADD", "DEL"),
                command ->
                        lab.call(command, attachment)
                                .env("CNI_IFNAME", "abcdefghijklmnop")
                                .run()
                                .refused(4));
        foreign(lab, "CNI_IFNAME", "\\303\\251".repeat(8), 4);
    }

    private static void ifnameCharacters(Lab lab) {
        Attachment attachment = lab.attachment();
        Each.over(
                "CNI_IFNAME",
                List.of(".", "..", "a/b", "a:b", "a b", "a\tb"),
                name -> lab.call("ADD", attachment).env("CNI_IFNAME", name).run().refused(4));
        Each.over(
                "CNI_IFNAME (in octal)",
                List.of("a\\302\\240b", "a\\302\\205b"),
                octal -> foreign(lab, "CNI_IFNAME", octal, 4));
    }

    private static void netnsMissingAtDel(Lab lab) {
        Attachment attachment = lab.attached();
        attachment.container().destroy();
        lab.call("DEL", attachment).without("CNI_NETNS").run().succeeded();
        lab.call("DEL", attachment).env("CNI_NETNS", "").run().succeeded();
    }

    private static void netnsNowhere(Lab lab) {
        Attachment attachment = lab.attachment();
        Each.over(
                "CNI_NETNS",
                List.of("/run/netns/nowhere", "/etc/hostname", "/proc/1/ns/uts"),
                path -> lab.call("ADD", attachment).env("CNI_NETNS", path).run().refused());
        if (lab.version().atLeast(V0_4_0)) {
            lab.call("CHECK", lab.attached())
                    .env("CNI_NETNS", "/run/netns/nowhere")
                    .run()
                    .refused();
        }
    }

    private static void ownNetns(Lab lab) {
        Attachment attachment = lab.attachment();
        lab.host()
                .script(
                        "ip link add eth0 type veth peer name eth0peer; ip address add 192.0.2.1/24 dev eth0");
        try {
            Snapshot before = lab.hostSnapshot();
            lab.call("ADD", attachment).env("CNI_NETNS", OWN_NETNS).run().refused();
            lab.expectHostAs(before, "ADD on the runtime's own namespace");
            Reply reply = lab.call("DEL", attachment).env("CNI_NETNS", OWN_NETNS).run().answered();
            if (reply.exit() != 0) {
                reply.refused();
            }
            lab.expectHostAs(before, "DEL on the runtime's own namespace");
        } finally {
            lab.host().tool("ip", "link", "del", "eth0");
        }
    }

    private static void ownNetnsOverride(Lab lab) {
        Attachment attachment = lab.attachment();
        Reply without = inOwnNetns(lab, attachment, "0").answered();
        if (without.exit() == 0) {
            throw new NotHere("it attaches the runtime's own namespace anyway");
        }
        String because = without.refused().msg();
        inOwnNetns(lab, attachment, "yes").refused();
        Each.over(
                "CNI_NETNS_OVERRIDE",
                List.of("1", "TRUE"),
                value -> overridden(lab, attachment, value, because));
    }

    private static void overridden(Lab lab, Attachment attachment, String value, String because) {
        Reply reply = inOwnNetns(lab, attachment, value).answered();
        boolean same = reply.exit() != 0 && reply.refused().msg().equals(because);
        Expect.that(
                !same, "ADD is not refused because of the namespace", () -> "it says: " + because);
        overridden(lab.call("DEL", attachment), value).run();
    }

    private static Reply inOwnNetns(Lab lab, Attachment attachment, String override) {
        return overridden(lab.call("ADD", attachment), override).run();
    }

    private static Call overridden(Call call, String value) {
        return call.env("CNI_NETNS", OWN_NETNS).env("CNI_NETNS_OVERRIDE", value);
    }

    private static void noPath(Lab lab) {
        Attachment attachment = lab.attachment();
        Reply reply = lab.call("ADD", attachment).without("CNI_PATH").run();
        lab.keepResult(attachment, reply);
        worksOrNamesPath(reply);
    }

    private static void noPathAtCleanup(Lab lab) {
        Attachment attachment = lab.attached();
        worksOrNamesPath(lab.call("DEL", attachment).without("CNI_PATH").run());
        if (lab.version().atLeast(V1_1_0)) {
            ObjectNode config = lab.config();
            config.putArray("cni.dev/valid-attachments");
            for (String command : List.of("GC", "STATUS")) {
                worksOrNamesPath(lab.call(command).without("CNI_PATH").config(config).run());
            }
        }
    }

    private static void worksOrNamesPath(Reply reply) {
        if (reply.answered().exit() != 0) {
            reply.refused(4).mentioning("CNI_PATH");
        }
    }

    private static void unneeded(Lab lab, String value) {
        ObjectNode config = lab.config();
        config.putArray("cni.dev/valid-attachments");
        config.putArray("cni.dev/attachments");
        for (String command : List.of("GC", "STATUS")) {
            if (value.isEmpty()) {
                lab.call(command).config(config).run().succeeded();
            }
            Call call = lab.call(command).config(config);
            for (String name : List.of("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_ARGS")) {
                call.env(name, value);
            }
            call.run().succeeded();
        }
    }

    private static void addAndDel(Lab lab, UnaryOperator<Call> change) {
        Attachment attachment =
                lab.has(Trait.MASQUERADE) ? lab.attachment(Trait.MASQUERADE) : lab.attachment();
        Reply added = change.apply(lab.call("ADD", attachment)).run();
        lab.keepResult(attachment, added);
        added.result();
        change.apply(lab.call("DEL", attachment)).run().succeeded();
    }
}
