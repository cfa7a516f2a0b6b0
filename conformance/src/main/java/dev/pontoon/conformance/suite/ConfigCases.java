package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Clause.Source.LIBCNI;
import static dev.pontoon.conformance.spec.Clause.Source.OPERATORS;
import static dev.pontoon.conformance.spec.Clause.Source.RUNTIMES;
import static dev.pontoon.conformance.spec.Clause.Source.SKEL;
import static dev.pontoon.conformance.spec.Clause.Source.SPEC_0_4;
import static dev.pontoon.conformance.spec.CniVersion.V0_2_0;
import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.CniVersion.V0_4_0;
import static dev.pontoon.conformance.spec.CniVersion.V1_0_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MAY;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation.Stdin;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.lab.Unmet;
import dev.pontoon.conformance.subject.Profile;
import dev.pontoon.conformance.subject.Trait;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The configuration on standard input: broken, invalid, unusual. */
final class ConfigCases {

    private static final String ERROR = "error";
    private static final String OBJECTS = "plugin-configuration-objects";
    private static final String FORMAT = "configuration-format";
    private static final String CODE_6 =
            "Failed to decode content. For example, failed to unmarshal network config from bytes or failed to decode"
                    + " version info from string.";
    private static final String CODE_7 =
            "Invalid network config. If some validations on network configs do not pass, this error will be raised.";
    private static final String UNKNOWN_FIELDS =
            "Plugins may define additional fields that they accept and may generate an error if called with unknown"
                    + " fields.";
    private static final String NAME =
            "Network name. This should be unique across all network configurations on a host (or other administrative"
                    + " domain). Must start with an alphanumeric character, optionally followed by any combination of"
                    + " one or more alphanumeric characters, underscore, dot (.) or hyphen (-).";
    private static final String GO_STRUCTS =
            "Go libraries of runtimes write capability objects with their fields' names, and unset strings as \"\".";

    private ConfigCases() {}

    static List<Case> all() {
        return Stream.of(broken(), invalid(), accepted(), capabilities(), ipam())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Case> broken() {
        return List.of(
                Case.named("config/not-json")
                        .level(MUST)
                        .spec(ERROR, CODE_6)
                        .rows("CFG-01", "E49")
                        .when(
                                "stdin is empty, is {{, is a valid configuration with more behind it, is an array; each"
                                        + " operation gets {{")
                        .then("it fails")
                        .run(ConfigCases::notJson),
                Case.named("config/not-json-code")
                        .level(SHOULD)
                        .spec(ERROR, CODE_6)
                        .rows("CFG-01")
                        .when("ADD gets {{, and an array")
                        .then("it fails with code 6")
                        .run(lab -> {
                            Attachment attachment = lab.attachment();
                            lab.call("ADD", attachment).stdin("{{").run().refused(6);
                            lab.call("ADD", attachment).stdin("[]").run().refused(6);
                        }),
                Case.named("config/nothing-in-it")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Misses the name in an object without keys; null is such an object to it.")
                        .rows("CFG-02")
                        .when("stdin is null, and is {}")
                        .then("ADD fails with code 6 or 7, or with 1 for lack of a version")
                        .run(ConfigCases::nothingInIt),
                Case.named("config/unreadable")
                        .level(SHOULD)
                        .spec(
                                ERROR,
                                "I/O failure. For example, failed to read network config bytes from stdin.")
                        .rows("CFG-03")
                        .when("every read of stdin fails, and stdin is closed")
                        .then("ADD fails with code 5; for the closed one 6 is right too")
                        .run(ConfigCases::unreadable),
                Case.named("config/version-no-string")
                        .level(DE_FACTO)
                        .spec(ERROR, CODE_6)
                        .rows("CFG-05")
                        .when("`cniVersion` is the number 1.1")
                        .then("ADD fails with code 6, or with 1 or 7")
                        .run(ConfigCases::versionNoString),
                Case.named("config/strange-bytes")
                        .level(DE_FACTO)
                        .source(
                                OPERATORS,
                                "",
                                "Files written by hand or by other systems begin with a byte order mark or name a"
                                        + " key twice.")
                        .rows("E49")
                        .when(
                                "a valid configuration begins with a byte order mark, names a key twice, ends with a NUL")
                        .then(
                                "ADD succeeds, or fails with code 1, 6 or 7 and changes nothing; it fails for the NUL")
                        .run(ConfigCases::strangeBytes),
                Case.named("config/ten-megabytes")
                        .level(DE_FACTO)
                        .source(OPERATORS, "", "Nothing bounds what runtimes put into `args`.")
                        .rows("E49")
                        .when("a valid configuration has ten megabytes under `args`")
                        .then("ADD succeeds, or fails in order and changes nothing")
                        .run(ConfigCases::tenMegabytes));
    }

    private static List<Case> invalid() {
        return List.of(
                Case.named("config/name")
                        .level(MUST)
                        .spec(FORMAT, NAME)
                        .rows("CFG-04", "E49")
                        .since(V1_0_0)
                        .when(
                                "`name` is missing, empty, or has characters that it must not; each operation gets ../x")
                        .then("it fails, and nothing is written anywhere")
                        .run(lab -> {
                            names(lab, "", "a/b", "te%st", "_x");
                            everyOperationRefusesName(lab);
                        }),
                Case.named("config/name-before-1-0-0")
                        .level(DE_FACTO)
                        .source(SKEL, "", "Judges the name the same for every version.")
                        .rows("CFG-04")
                        .until(V0_4_0)
                        .when("`name` is missing, empty, or has characters that it must not")
                        .then("ADD fails, and nothing is written anywhere")
                        .run(lab -> names(lab, "", "a/b", "../x")),
                Case.named("config/name-code")
                        .level(SHOULD)
                        .spec(ERROR, CODE_7)
                        .rows("CFG-04")
                        .when("`name` is empty, and is a/b")
                        .then("ADD fails with code 7")
                        .run(lab -> {
                            Attachment attachment = lab.attachment();
                            named(lab, attachment, "").refused(7);
                            named(lab, attachment, "a/b").refused(7);
                        }),
                Case.named("config/invalid-values")
                        .level(MUST)
                        .spec(ERROR, CODE_7)
                        .rows("CFG-06")
                        .when("a value of the plugin's own keys is one that cannot work")
                        .then("ADD fails before it does anything")
                        .run(lab -> invalidValues(lab)),
                Case.named("config/invalid-values-code")
                        .level(SHOULD)
                        .spec(ERROR, CODE_7)
                        .rows("CFG-06")
                        .when("a value of the plugin's own keys is one that cannot work")
                        .then("ADD fails with code 7")
                        .run(lab -> invalidValues(lab, 7)));
    }

    private static List<Case> accepted() {
        return List.of(
                Case.named("config/unknown-key")
                        .level(MAY)
                        .spec(OBJECTS, UNKNOWN_FIELDS)
                        .rows("CFG-07")
                        .when("the configuration has a key that no plugin knows")
                        .then("ADD succeeds, or fails with code 2 and names key and value")
                        .run(ConfigCases::unknownKey),
                Case.named("config/well-known-keys")
                        .level(MUST)
                        .spec(
                                OBJECTS,
                                "Plugins that consume any of these configuration keys should respect their intended semantics.")
                        .rows("CFG-08")
                        .when(
                                "the configuration has all the keys that the protocol reserves or knows, with harmless values")
                        .then("ADD succeeds")
                        .run(ConfigCases::wellKnownKeys),
                Case.named("config/args")
                        .level(MUST)
                        .source(
                                SPEC_0_4,
                                "network-configuration",
                                "The exception to this is the `args` field may be used to pass arbitrary data which should"
                                        + " be ignored by plugins if not understood.")
                        .rows("CFG-09")
                        .since(V0_2_0)
                        .when("there is deep and foreign data under `args` and under `args.cni`")
                        .then("ADD succeeds")
                        .run(lab ->
                                addedWith(
                                        lab,
                                        "{'args':{'labels':{'app':'web'},'deep':[[[{'a':null,'b':[1,2.5,true]}]]],"
                                                + "'cni':{'labels':[{'key':'app','value':'web'}],"
                                                + "'unheard-of':{'x':[{},[],'',0]}}}}")),
                Case.named("config/capabilities-left-in")
                        .level(DE_FACTO)
                        .source(
                                LIBCNI,
                                "",
                                "Leaves `capabilities` in what the plugin gets, whatever the text says.")
                        .rows("CFG-10")
                        .when(
                                "the configuration has `capabilities` and `runtimeConfig` that the plugin knows nothing of, and"
                                        + " a foreign key below cni.dev/")
                        .then("ADD succeeds")
                        .run(lab ->
                                addedWith(
                                        lab,
                                        "{'capabilities':{'conformanceA':true,'conformanceB':false},"
                                                + "'runtimeConfig':{'conformanceA':{'deep':[1]}},"
                                                + "'cni.dev/conformance':{'a':[1]}}")),
                Case.named("config/other-spelling")
                        .level(DE_FACTO)
                        .source(
                                LIBCNI,
                                "",
                                "Reads and writes the configuration anew, so that order, escapes and large numbers change.")
                        .rows("CFG-11")
                        .when(
                                "the same configuration has its keys the other way round, with white space, escapes and numbers"
                                        + " with exponents beside it")
                        .then("ADD succeeds")
                        .run(ConfigCases::otherSpelling));
    }

    private static List<Case> capabilities() {
        return List.of(
                Case.named("config/go-names")
                        .level(DE_FACTO)
                        .source(RUNTIMES, "", GO_STRUCTS)
                        .rows("CFG-12")
                        .when(
                                "`runtimeConfig` has capability objects with the names of Go's fields, for plugins that may know"
                                        + " some or none of them")
                        .then("ADD succeeds")
                        .run(ConfigCases::goNames),
                Case.named("config/go-names-ip-ranges")
                        .level(DE_FACTO)
                        .source(RUNTIMES, "", GO_STRUCTS)
                        .rows("CFG-12")
                        .of(Trait.IP_RANGES)
                        .when(
                                "`runtimeConfig.ipRanges` has Subnet and RangeStart, and empty RangeEnd and Gateway")
                        .then("the address is the range's first")
                        .run(ConfigCases::goNamesIpRanges),
                Case.named("config/go-names-port-mappings")
                        .level(DE_FACTO)
                        .source(RUNTIMES, "", GO_STRUCTS)
                        .rows("CFG-12")
                        .of(Trait.PORT_MAPPINGS)
                        .when(
                                "`runtimeConfig.portMappings` has HostPort, ContainerPort, Protocol, and an empty HostIP")
                        .then("the host's firewall has a rule for the port")
                        .run(ConfigCases::goNamesPortMappings),
                Case.named("config/go-names-bandwidth")
                        .level(DE_FACTO)
                        .source(RUNTIMES, "", GO_STRUCTS)
                        .rows("CFG-12")
                        .of(Trait.BANDWIDTH)
                        .when(
                                "`runtimeConfig.bandwidth` has IngressRate, IngressBurst, EgressRate, EgressBurst")
                        .then("the host has a tbf for the container")
                        .run(ConfigCases::goNamesBandwidth));
    }

    private static List<Case> ipam() {
        return List.of(
                Case.named("config/delegate-is-no-path")
                        .level(MUST)
                        .spec(
                                OBJECTS,
                                "Must not contain characters disallowed in file paths for the system (e.g. / or \\\\).")
                        .rows("CFG-13")
                        .of(Trait.DELEGATES)
                        .when(
                                "`ipam.type` is a path, relative and absolute, to an executable that exists")
                        .then("ADD fails, and the executable was not executed")
                        .run(ConfigCases::delegateIsNoPath),
                Case.named("config/type-of-upper-plugin")
                        .level(MUST)
                        .spec(
                                "delegated-plugin-execution-procedure",
                                "Execute that plugin with the same environment and configuration that it received.")
                        .rows("CFG-14")
                        .of(Trait.IPAM)
                        .when(
                                "`type` is the upper plugin's, and that one's own keys are called as the IPAM plugin's are")
                        .then("ADD goes by `ipam` only")
                        .run(ConfigCases::typeOfUpperPlugin),
                Case.named("config/dns")
                        .level(DE_FACTO)
                        .spec(
                                OBJECTS,
                                "`dns` (dictionary, optional): Dictionary with DNS specific values")
                        .rows("CFG-15")
                        .of(Trait.DNS)
                        .when("the configuration has `dns`")
                        .then("the result has the same `dns`")
                        .run(ConfigCases::dns),
                Case.named("config/dns-of-delegate")
                        .level(DE_FACTO)
                        .spec(
                                OBJECTS,
                                "`dns` (dictionary, optional): Dictionary with DNS specific values")
                        .rows("CFG-15")
                        .of(Trait.DELEGATES, Trait.DNS)
                        .when("the configuration has no `dns`, and the IPAM plugin's result has")
                        .then("the result has the IPAM plugin's `dns`")
                        .run(ConfigCases::dnsOfDelegate),
                Case.named("config/without-ipam")
                        .level(DE_FACTO)
                        .spec(
                                OBJECTS,
                                "`ipam` (dictionary): Dictionary with IPAM (IP Address Management) specific values")
                        .rows("CFG-16")
                        .since(V0_3_0)
                        .of(Trait.INTERFACE, Trait.WITHOUT_IPAM)
                        .when("the configuration has no `ipam`, and an empty one")
                        .then(
                                "the container gets an interface without address, and the result has no `ips`")
                        .run(ConfigCases::withoutIpam),
                Case.named("config/without-needed-ipam")
                        .level(DE_FACTO)
                        .spec(ERROR, CODE_7)
                        .rows("CFG-16")
                        .since(V0_3_0)
                        .of(Trait.DELEGATES)
                        .when(
                                "a plugin that cannot do without is given no `ipam`, for ADD and then for DEL")
                        .then("ADD fails and changes nothing, DEL succeeds")
                        .run(ConfigCases::withoutNeededIpam));
    }

    private static void notJson(Lab lab) {
        Attachment attachment = lab.attachment();
        String valid = Json.text(lab.stdin("ADD", attachment));
        Each.over(
                "stdin",
                List.of("", valid + " x", valid + valid, "[]", "\"text\""),
                text -> lab.call("ADD", attachment).stdin(text).run().refused());
        Each.over(
                "stdin {{, for",
                Each.commands(lab),
                command -> lab.call(command, attachment).stdin("{{").run().refused());
    }

    private static void nothingInIt(Lab lab) {
        Attachment attachment = lab.attachment();
        Each.over(
                "stdin",
                List.of("null", "{}"),
                text -> lab.call("ADD", attachment).stdin(text).run().refused(1, 6, 7));
    }

    private static void unreadable(Lab lab) {
        Attachment attachment = lab.attachment();
        lab.call("ADD", attachment).stdin(new Stdin.Unreadable()).run().refused(5);
        lab.call("ADD", attachment).stdin(new Stdin.Closed()).run().refused(5, 6);
    }

    private static void versionNoString(Lab lab) {
        Attachment attachment = lab.attachment();
        ObjectNode stdin = lab.stdin("ADD", attachment).put("cniVersion", 1.1);
        lab.call("ADD", attachment).config(stdin).run().refused(1, 6, 7);
    }

    private static void strangeBytes(Lab lab) {
        String valid = Json.text(lab.stdin("ADD", lab.attachment()));
        String twice = "{\"name\":\"conformance-first\"," + valid.substring(1);
        Each.over(
                "a byte order mark or a key that comes twice:",
                List.of("\uFEFF" + valid, twice),
                text -> worksOrIsRefused(lab, text, 1, 6, 7));
        lab.call("ADD", lab.attachment()).stdin(valid + "\0").run().refused(1, 6, 7);
    }

    private static void tenMegabytes(Lab lab) {
        ObjectNode stdin = lab.stdin("ADD", lab.attachment());
        stdin.withObject("args").put("padding", "x".repeat(10 << 20));
        worksOrIsRefused(lab, Json.text(stdin));
    }

    /**
     * ADD with this on stdin; what was attached is detached again with an ordinary configuration.
     */
    private static void worksOrIsRefused(Lab lab, String stdin, int... codes) {
        Attachment attachment = lab.attachment();
        Stdin bytes = new Stdin.Bytes(stdin.getBytes(StandardCharsets.UTF_8));
        Reply reply = lab.call("ADD", attachment).stdin(bytes).run().answered();
        if (reply.exit() != 0) {
            reply.refused(codes);
            return;
        }
        lab.keepResult(attachment, reply);
        reply.result();
    }

    private static void names(Lab lab, String... names) {
        Attachment attachment = lab.attachment();
        ObjectNode nameless = lab.stdin("ADD", attachment);
        nameless.remove("name");
        lab.call("ADD", attachment).config(nameless).run().refused();
        Each.over("the name", List.of(names), name -> named(lab, attachment, name).refused());
    }

    private static void everyOperationRefusesName(Lab lab) {
        Attachment attachment = lab.attachment();
        Each.over(
                "the name ../x, for",
                Each.commands(lab),
                command -> {
                    ObjectNode stdin = lab.stdin(command, attachment).put("name", "../x");
                    stdin.putArray("cni.dev/valid-attachments");
                    lab.call(command, attachment).config(stdin).run().refused();
                });
    }

    private static Reply named(Lab lab, Attachment attachment, String name) {
        ObjectNode stdin = lab.stdin("ADD", attachment).put("name", name);
        return lab.call("ADD", attachment).config(stdin).run();
    }

    private static void invalidValues(Lab lab, int... codes) {
        List<Profile.Invalid> all = lab.subject().profile().invalid();
        if (all.isEmpty()) {
            throw new NotHere(
                    "no value is known that could be invalid for " + lab.subject().type());
        }
        Attachment attachment = lab.attachment();
        for (Profile.Invalid one : all) {
            ObjectNode stdin = Json.merge(lab.stdin("ADD", attachment), one.config());
            try {
                lab.call("ADD", attachment).config(stdin).run().refused(codes);
            } catch (Unmet e) {
                String because = ", because " + one.because();
                throw new Unmet(
                        e.expected().stream().map(text -> text + because).toList(), e.actual());
            }
        }
    }

    private static void unknownKey(Lab lab) {
        Attachment attachment = lab.attachment();
        attachment.config().put("conformanceKey", "value-42");
        Reply reply = lab.call("ADD", attachment).run().answered();
        if (reply.exit() == 0) {
            lab.keepResult(attachment, reply);
            reply.result();
        } else {
            reply.refused(2).mentioning("conformanceKey").mentioning("value-42");
        }
    }

    private static void wellKnownKeys(Lab lab) {
        Attachment attachment = lab.attachment();
        ObjectNode keys =
                Json.object(
                        "{'args':{},'runtimeConfig':{},'capabilities':{},'dns':{},'ipMasq':false,"
                                + "'disableCheck':false,'cni.dev/attachments':[],'cni.dev/conformance':true}");
        ObjectNode own = attachment.config().deepCopy();
        Json.merge(attachment.config(), keys);
        Json.merge(attachment.config(), own);
        if (!attachment.config().has("ipam")) {
            attachment.config().putObject("ipam");
        }
        lab.add(attachment).result();
    }

    private static void addedWith(Lab lab, String keys) {
        Attachment attachment = lab.attachment();
        Json.merge(attachment.config(), Json.object(keys));
        lab.add(attachment).result();
    }

    private static void otherSpelling(Lab lab) {
        Attachment attachment = lab.attachment();
        ObjectNode stdin = lab.stdin("ADD", attachment);
        stdin.withObject("args").put("large", 9007199254740993.0E5);
        String text =
                reversed(stdin)
                        .toPrettyString()
                        .replace("\n", " \r\n\t")
                        .replace("\"name\"", "\"n\\u0061me\"");
        Reply reply = lab.call("ADD", attachment).stdin(text).run();
        lab.keepResult(attachment, reply);
        reply.result();
    }

    /** The same with the keys of every object the other way round. */
    private static JsonNode reversed(JsonNode node) {
        if (node instanceof ObjectNode object) {
            ObjectNode other = Json.object();
            List<Map.Entry<String, JsonNode>> entries = new ArrayList<>(object.properties());
            entries.reversed()
                    .forEach(entry -> other.set(entry.getKey(), reversed(entry.getValue())));
            return other;
        }
        if (node instanceof ArrayNode array) {
            ArrayNode other = array.arrayNode();
            array.forEach(element -> other.add(reversed(element)));
            return other;
        }
        return node;
    }

    private static void goNames(Lab lab) {
        addedWith(
                lab,
                "{'capabilities':{'portMappings':true,'bandwidth':true,'dns':true},'runtimeConfig':{"
                        + "'portMappings':[{'HostPort':18080,'ContainerPort':80,'Protocol':'tcp','HostIP':''}],"
                        + "'bandwidth':{'IngressRate':1000000,'IngressBurst':1000000,'EgressRate':1000000,"
                        + "'EgressBurst':1000000},"
                        + "'dns':{'Servers':['10.88.0.53'],'Searches':['example.test'],'Options':[]}}}");
    }

    private static void goNamesIpRanges(Lab lab) {
        Attachment attachment = lab.attachment();
        Json.merge(
                attachment.config(),
                Json.object(
                        "{'capabilities':{'ipRanges':true},'runtimeConfig':{'ipRanges':[[{'Subnet':'10.99.0.0/24',"
                                + "'RangeStart':'10.99.0.100','RangeEnd':'','Gateway':''}]]}}"));
        String result = lab.add(attachment).result().toString();
        Expect.that(
                result.contains("10.99.0.100/24"),
                "10.99.0.100/24 is among the addresses",
                () -> "the result is " + result);
    }

    private static void goNamesPortMappings(Lab lab) {
        Attachment attachment = lab.attachment();
        Json.merge(
                attachment.config(),
                Json.object(
                        "{'capabilities':{'portMappings':true},'runtimeConfig':{'portMappings':"
                                + "[{'HostPort':18080,'ContainerPort':80,'Protocol':'tcp','HostIP':''}]}}"));
        lab.add(attachment).result();
        Expect.that(
                lab.onHost().sh("nft list ruleset; iptables-save").contains("18080"),
                "the host's firewall has a rule for port 18080",
                () -> "it has none");
    }

    private static void goNamesBandwidth(Lab lab) {
        Attachment attachment = lab.attachment();
        Json.merge(
                attachment.config(),
                Json.object(
                        "{'capabilities':{'bandwidth':true},'runtimeConfig':{'bandwidth':{'IngressRate':1000000,"
                                + "'IngressBurst':1000000,'EgressRate':1000000,'EgressBurst':1000000}}}"));
        lab.add(attachment).result();
        Expect.that(
                lab.onHost().sh("tc qdisc show").contains("tbf"),
                "the host has a tbf",
                () -> "its queueing disciplines are:\n" + lab.onHost().sh("tc qdisc show"));
    }

    private static void delegateIsNoPath(Lab lab) {
        Stub stub = lab.stub("conformance-elsewhere");
        stub.answersAdd(Lab.addresses(lab.version(), "10.88.0.9/24", ""));
        Attachment attachment = lab.attachment();
        Each.over(
                "ipam.type",
                List.of(
                        "../bin/" + stub.name(),
                        Host.OWN + "/bin/" + stub.name(),
                        "./" + stub.name()),
                type -> {
                    attachment.config().putObject("ipam").put("type", type);
                    lab.call("ADD", attachment).run().refused();
                    Expect.that(
                            stub.calls().isEmpty(),
                            "the executable is not executed",
                            () -> "it was called for " + stub.commands());
                });
    }

    private static void typeOfUpperPlugin(Lab lab) {
        Attachment attachment = lab.attachment();
        Json.merge(
                attachment.config(),
                Json.object(
                        "{'type':'conformance-upper','subnet':'10.77.0.0/24','ranges':[[{'subnet':'10.77.0.0/24'}]],"
                                + "'addresses':[{'address':'10.77.0.9/24'}]}"));
        String result = lab.add(attachment).result().toString();
        Expect.that(
                result.contains("10.88.0.") && !result.contains("10.77.0."),
                "the addresses are of `ipam` and not of the upper plugin's keys",
                () -> "the result is " + result);
    }

    private static void dns(Lab lab) {
        Attachment attachment = lab.attachment(Trait.DNS);
        ObjectNode config = attachment.config();
        JsonNode wanted = config.has("dns") ? config.path("dns") : config.at("/ipam/dns");
        Expect.equal("`dns` of the result", wanted, lab.add(attachment).result().path("dns"));
    }

    private static void dnsOfDelegate(Lab lab) {
        ObjectNode addresses = Lab.addresses(lab.version(), "10.88.0.9/24", "");
        ObjectNode dns = addresses.putObject("dns").put("domain", "delegate.test");
        dns.putArray("nameservers").add("10.88.0.54");
        String stub = lab.stub("conformance-dns").answersAdd(addresses).name();
        Attachment attachment = lab.attachment();
        attachment.config().putObject("ipam").put("type", stub);
        Expect.equal("`dns` of the result", dns, lab.add(attachment).result().path("dns"));
    }

    private static void withoutIpam(Lab lab) {
        layerTwoOnly(lab, config -> config.remove("ipam"));
        layerTwoOnly(lab, config -> config.putObject("ipam"));
    }

    private static void layerTwoOnly(Lab lab, Consumer<ObjectNode> change) {
        Attachment attachment = lab.attachment();
        change.accept(attachment.config());
        ObjectNode result = lab.add(attachment).result();
        Expect.that(
                result.path("ips").isEmpty(), "the result has no `ips`", () -> "it is " + result);
        lab.in(attachment).needLink(attachment.ifname());
        Expect.equal(
                "the list of addresses of " + attachment.ifname(),
                List.of(),
                lab.in(attachment).addresses(attachment.ifname()));
    }

    private static void withoutNeededIpam(Lab lab) {
        if (lab.has(Trait.WITHOUT_IPAM)) {
            throw new NotHere("it does without");
        }
        Attachment attachment = lab.attachment();
        attachment.config().remove("ipam");
        lab.call("ADD", attachment).run().refused();
        lab.del(attachment).succeeded();
    }
}
