package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Clause.Source.CONVENTIONS;
import static dev.pontoon.conformance.spec.Clause.Source.OPERATORS;
import static dev.pontoon.conformance.spec.Clause.Source.RUNTIMES;
import static dev.pontoon.conformance.spec.Clause.Source.SKEL;
import static dev.pontoon.conformance.spec.CniVersion.V0_2_0;
import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.subject.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** CNI_ARGS. */
final class ArgsCases {

    private static final String PARAMETERS = "parameters";
    private static final String ARGS =
            "`CNI_ARGS`: Extra arguments passed in by the user at invocation time. Alphanumeric key-value pairs"
                    + " separated by semicolons; for example, \"FOO=BAR;ABC=123\"";
    private static final String IP = "Request a specific IP from IPAM plugins";

    private ArgsCases() {}

    static List<Case> all() {
        return Stream.of(grammar(), keys()).flatMap(List::stream).toList();
    }

    private static List<Case> grammar() {
        return List.of(
                Case.named("args/none")
                        .level(MUST)
                        .spec(
                                "add-add-container-to-network-or-apply-modifications",
                                "Optional environment parameters: `CNI_ARGS`, `CNI_PATH`")
                        .rows("ARG-01")
                        .when("CNI_ARGS is missing, and is empty")
                        .then("ADD succeeds")
                        .run(ArgsCases::none),
                Case.named("args/unknown-key")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "Plugins that read CNI_ARGS refuse keys they do not know, unless told otherwise.")
                        .rows("ARG-02")
                        .of(Trait.ARGS)
                        .when("CNI_ARGS is FOO=BAR")
                        .then("ADD fails")
                        .run(lab -> refused(lab, "FOO=BAR")),
                Case.named("args/ignore-unknown")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "IgnoreUnknown lets unknown keys pass, wherever it stands.")
                        .rows("ARG-03")
                        .when("CNI_ARGS has an unknown key, before and after a true IgnoreUnknown")
                        .then("ADD succeeds")
                        .run(lab ->
                                accepted(
                                        lab,
                                        "FOO=BAR;IgnoreUnknown=1",
                                        "IgnoreUnknown=true;FOO=BAR")),
                Case.named("args/ignore-unknown-on")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "IgnoreUnknown is 1 or true in any case of letters, or 0 or false.")
                        .rows("ARG-04")
                        .when("CNI_ARGS has an unknown key, and IgnoreUnknown is TRUE")
                        .then("ADD succeeds")
                        .run(lab -> accepted(lab, "IgnoreUnknown=TRUE;FOO=BAR")),
                Case.named("args/ignore-unknown-off")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "IgnoreUnknown is 1 or true in any case of letters, or 0 or false.")
                        .rows("ARG-04")
                        .of(Trait.ARGS)
                        .when(
                                "CNI_ARGS has an unknown key, and IgnoreUnknown is 0, is False, and is neither yes nor no")
                        .then("ADD fails")
                        .run(lab ->
                                refused(
                                        lab,
                                        "IgnoreUnknown=0;FOO=BAR",
                                        "FOO=BAR;IgnoreUnknown=False",
                                        "IgnoreUnknown=perhaps")),
                Case.named("args/key-case")
                        .level(DE_FACTO)
                        .source(SKEL, "", "Keys of CNI_ARGS are as they are written.")
                        .rows("ARG-05")
                        .of(Trait.ARGS)
                        .when("CNI_ARGS is ignoreunknown=1;FOO=b")
                        .then("ADD fails")
                        .run(lab -> refused(lab, "ignoreunknown=1;FOO=b")),
                Case.named("args/malformed")
                        .level(DE_FACTO)
                        .spec(PARAMETERS, ARGS)
                        .rows("ARG-06")
                        .of(Trait.ARGS)
                        .when("CNI_ARGS has no value, two equals signs, an empty pair at the end")
                        .then("ADD fails, even with IgnoreUnknown")
                        .run(lab ->
                                refused(
                                        lab,
                                        "IgnoreUnknown=1;X",
                                        "IgnoreUnknown=1;A=b=c",
                                        "IgnoreUnknown=1;A=b;",
                                        "X")),
                Case.named("args/kubernetes")
                        .level(DE_FACTO)
                        .source(
                                RUNTIMES,
                                "",
                                "Kubernetes' runtimes name the pod to every plugin, with IgnoreUnknown.")
                        .rows("ARG-07")
                        .when("CNI_ARGS names a pod as Kubernetes' runtimes do")
                        .then("ADD and DEL succeed")
                        .run(lab ->
                                accepted(
                                        lab,
                                        "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0;"
                                                + "K8S_POD_INFRA_CONTAINER_ID=c1;"
                                                + "K8S_POD_UID=0d1c9b7e-57a9-4f1e-9d6a-9c3ad6f5a1b2")),
                Case.named("args/malformed-at-del")
                        .level(DE_FACTO)
                        .source(
                                OPERATORS,
                                "",
                                "What cannot be read must not keep an address or a rule from being released.")
                        .rows("ARG-11")
                        .when("DEL comes with a CNI_ARGS that is no list of pairs")
                        .then("it succeeds and nothing is left")
                        .run(lab -> lab.del(lab.attached().withArgs("X;;=")).succeeded()));
    }

    private static List<Case> keys() {
        return List.of(
                Case.named("args/ip-from-pool")
                        .level(SHOULD)
                        .source(CONVENTIONS, "cni_args", IP)
                        .rows("ARG-08")
                        .of(Trait.POOL, Trait.ARGS)
                        .when(
                                "CNI_ARGS is IP=10.88.0.77, and for another container IP=10.88.0.99/24")
                        .then("ADD gives exactly these addresses")
                        .run(ArgsCases::ipFromPool),
                Case.named("args/ip-fixed")
                        .level(SHOULD)
                        .source(CONVENTIONS, "cni_args", IP)
                        .rows("ARG-08")
                        .since(V0_3_0)
                        .of(Trait.FIXED_ADDRESSES, Trait.ARGS)
                        .when("CNI_ARGS is IP=10.88.0.77/24,10.88.0.78/24")
                        .then("both addresses are in the result")
                        .run(ArgsCases::ipFixed),
                Case.named("args/ip-none")
                        .level(SHOULD)
                        .source(CONVENTIONS, "cni_args", IP)
                        .rows("ARG-08")
                        .of(Trait.IPAM, Trait.ARGS)
                        .when("CNI_ARGS is IP=10.88.0.999")
                        .then("ADD fails")
                        .run(lab -> refused(lab, "IP=10.88.0.999")),
                Case.named("args/config-wins")
                        .level(MUST)
                        .source(
                                CONVENTIONS,
                                "cni_args",
                                "If a runtime passes an equivalent key via `args` (eg the `ips` `args` Area and the"
                                        + " `CNI_ARGS` `IP` Field) and the plugin understands `args`, the plugin must"
                                        + " ignore the CNI_ARGS Field.")
                        .rows("ARG-09")
                        .since(V0_2_0)
                        .of(Trait.IPAM, Trait.ARGS)
                        .when("CNI_ARGS asks for 10.88.0.50, and `args.cni.ips` for 10.88.0.60")
                        .then(
                                "the container gets 10.88.0.60 and not 10.88.0.50; only a plugin that does not know `args`"
                                        + " may give the other")
                        .run(ArgsCases::configWins),
                Case.named("args/mac")
                        .level(DE_FACTO)
                        .source(SKEL, "", "Interface plugins built with it take the key MAC.")
                        .rows("ARG-10")
                        .of(Trait.INTERFACE, Trait.MAC, Trait.ARGS)
                        .when(
                                "CNI_ARGS is IgnoreUnknown=1;MAC=02:11:22:33:44:66, for IPAM plugins get the same")
                        .then("the container's interface has that address")
                        .run(ArgsCases::mac),
                Case.named("args/gateway")
                        .level(DE_FACTO)
                        .source(
                                SKEL,
                                "",
                                "The plugin static built with it takes the keys IP and GATEWAY.")
                        .rows("ARG-10")
                        .since(V0_3_0)
                        .of(Trait.FIXED_ADDRESSES, Trait.ARGS)
                        .when("CNI_ARGS is IP=10.99.0.7/24;GATEWAY=10.99.0.1")
                        .then("the address is in the result with that gateway")
                        .run(ArgsCases::gateway));
    }

    private static void none(Lab lab) {
        Attachment attachment = lab.attachment();
        Reply reply = lab.call("ADD", attachment).without("CNI_ARGS").run();
        lab.keepResult(attachment, reply);
        reply.succeeded();
        lab.add(lab.attachment()).succeeded();
    }

    private static void refused(Lab lab, String... args) {
        Attachment attachment = lab.attachment();
        Each.over(
                "CNI_ARGS",
                List.of(args),
                text -> lab.call("ADD", attachment).env("CNI_ARGS", text).run().refused());
    }

    private static void accepted(Lab lab, String... args) {
        Each.over(
                "CNI_ARGS",
                List.of(args),
                text -> lab.add(lab.attachment().withArgs(text)).succeeded());
    }

    private static void ipFromPool(Lab lab) {
        for (String asked : List.of("10.88.0.77", "10.88.0.99/24")) {
            ObjectNode result = lab.add(lab.attachment().withArgs("IP=" + asked)).result();
            String address = asked.endsWith("/24") ? asked : asked + "/24";
            Expect.equal(
                    "the list of addresses for IP=" + asked, List.of(address), addresses(result));
        }
    }

    private static void ipFixed(Lab lab) {
        ObjectNode result =
                lab.add(lab.attachment().withArgs("IP=10.88.0.77/24,10.88.0.78/24")).result();
        Expect.contains("addresses", addresses(result), "10.88.0.77/24");
        Expect.contains("addresses", addresses(result), "10.88.0.78/24");
    }

    private static void configWins(Lab lab) {
        String suffix = lab.has(Trait.FIXED_ADDRESSES) ? "/24" : "";
        Attachment attachment = lab.attachment().withArgs("IP=10.88.0.50" + suffix);
        ObjectNode cni = attachment.config().withObject("args").withObject("cni");
        cni.putArray("ips").add("10.88.0.60" + suffix);
        List<String> given = addresses(lab.add(attachment).result());
        boolean both = given.contains("10.88.0.60/24") && given.contains("10.88.0.50/24");
        boolean one = given.contains("10.88.0.60/24") || given.contains("10.88.0.50/24");
        Expect.that(
                one && !both,
                "one of the two requests counts, and that is not CNI_ARGS if `args` does",
                () -> "the addresses are " + given);
    }

    private static void mac(Lab lab) {
        String wanted = "02:11:22:33:44:66";
        Attachment attachment = lab.attachment().withArgs("IgnoreUnknown=1;MAC=" + wanted);
        lab.add(attachment).result();
        JsonNode link = lab.in(attachment).needLink(attachment.ifname());
        Expect.equal(
                "the address of " + attachment.ifname(), wanted, link.path("address").asText());
    }

    private static void gateway(Lab lab) {
        ObjectNode result =
                lab.add(lab.attachment().withArgs("IP=10.99.0.7/24;GATEWAY=10.99.0.1")).result();
        for (JsonNode ip : result.path("ips")) {
            if (ip.path("address").asText().equals("10.99.0.7/24")) {
                Expect.equal(
                        "the gateway of 10.99.0.7/24", "10.99.0.1", ip.path("gateway").asText());
                return;
            }
        }
        Expect.contains("addresses", addresses(result), "10.99.0.7/24");
    }

    /** The addresses of a result of any version, with their prefix lengths. */
    private static List<String> addresses(ObjectNode result) {
        List<String> found = new ArrayList<>();
        result.path("ips").forEach(ip -> found.add(ip.path("address").asText()));
        for (String old : List.of("ip4", "ip6")) {
            if (result.path(old).has("ip")) {
                found.add(result.path(old).path("ip").asText());
            }
        }
        return found;
    }
}
