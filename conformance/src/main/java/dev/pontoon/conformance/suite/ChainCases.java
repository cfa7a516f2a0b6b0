package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.Unmet;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Plugins one after the other, and what they tell each other in prevResult. */
final class ChainCases {

    private static final String ADD = "add-success";
    private static final String EQUIVALENT =
            "If a plugin makes no changes that would be reflected in the _Success result_ type, then it must output"
                    + " a result equivalent to the provided `prevResult`.";
    private static final String WITH_MODIFICATIONS =
            "Plugins provided a `prevResult` key as part of their request configuration must output it as their"
                    + " result, with any possible modifications made by that plugin included.";

    private ChainCases() {}

    static List<Case> all() {
        return Stream.of(passing(), versions(), broken(), finding(), later())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Case> passing() {
        return List.of(
                Case.named("chain/passed-on")
                        .level(MUST)
                        .spec(ADD, EQUIVALENT)
                        .rows("CHN-01")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED, Trait.TRANSPARENT)
                        .when(
                                "a plugin that has nothing to change is given a prevResult with everything in it")
                        .then("its result says the same")
                        .run(ChainCases::passedOn),
                Case.named("chain/zero-kept")
                        .level(DE_FACTO)
                        .spec(ADD, EQUIVALENT)
                        .rows("RES-15")
                        .since(CniVersion.V1_1_0)
                        .of(Trait.CHAINED, Trait.TRANSPARENT)
                        .when("a route of prevResult has table 0 and scope 0")
                        .then("the result has them too, as 0 is not the same as absent")
                        .run(ChainCases::zeroKept),
                Case.named("chain/mac-reported")
                        .level(MUST)
                        .spec(ADD, WITH_MODIFICATIONS)
                        .rows("CHN-02")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED, Trait.MAC)
                        .when("a plugin of a chain changes the MAC address of the interface")
                        .then(
                                "the interface's entry has the new one, and the rest is as in prevResult")
                        .run(ChainCases::macReported),
                Case.named("chain/mtu-reported")
                        .level(MUST)
                        .spec(ADD, WITH_MODIFICATIONS)
                        .rows("CHN-02")
                        .since(CniVersion.V1_1_0)
                        .of(Trait.CHAINED, Trait.MTU)
                        .when("a plugin of a chain changes an MTU that prevResult tells")
                        .then("the result does not tell the old one")
                        .run(ChainCases::mtuReported),
                Case.named("chain/appended")
                        .level(MUST)
                        .spec(ADD, WITH_MODIFICATIONS)
                        .rows("CHN-03")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED)
                        .when("a plugin of a chain does all it can")
                        .then(
                                "new links come after those of prevResult, and indices lead where they led")
                        .run(ChainCases::appended),
                Case.named("chain/capability-unused")
                        .level(DE_FACTO)
                        .source(
                                Source.CONVENTIONS,
                                "dynamic-plugin-specific-fields-capabilities--runtime-configuration",
                                "A capability that the configuration declares and the runtime has nothing to give for"
                                        + " asks for nothing.")
                        .rows("CHN-11")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED, Trait.TRANSPARENT)
                        .when("capabilities are declared, and runtimeConfig is absent or empty")
                        .then("ADD succeeds and passes prevResult on")
                        .run(ChainCases::capabilityUnused));
    }

    private static List<Case> versions() {
        return List.of(
                Case.named("chain/prev-result-without-version")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "A result without cniVersion is read as one of the configuration's version.")
                        .rows("CHN-05")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED)
                        .when("prevResult has no cniVersion")
                        .then("ADD succeeds, and its result is of the configuration's version")
                        .run(ChainCases::withoutVersion),
                Case.named("chain/prev-result-of-sister-version")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "Results of 1.0.0 and 1.1.0 are laid out alike, and so are those of 0.3.0 to 0.4.0; each"
                                        + " is read as the other.")
                        .rows("CHN-06", "RES-24")
                        .since(CniVersion.V0_3_1)
                        .of(Trait.CHAINED)
                        .when("prevResult is of the next older version, which is laid out alike")
                        .then("ADD succeeds, and its result is of the configuration's version")
                        .run(ChainCases::sisterVersion),
                Case.named("chain/prev-result-of-other-layout")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "A result of another layout is converted, or refused; never handed on as it is.")
                        .rows("CHN-06")
                        .since(CniVersion.V1_0_0)
                        .of(Trait.CHAINED)
                        .when("prevResult is of 0.4.0, and the configuration of 1.0.0 or later")
                        .then(
                                "the result is laid out as the configuration's version says, or ADD is refused")
                        .run(ChainCases::otherLayout),
                Case.named("chain/prev-result-of-unknown-version")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "A result of a version that nobody knows cannot be read.")
                        .rows("CHN-06")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED)
                        .when("prevResult says cniVersion 9.9.9")
                        .then("ADD is refused")
                        .run(lab ->
                                refusedAfter(lab, previous -> previous.put("cniVersion", "9.9.9"))),
                Case.named("chain/empty-family")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "libcni fills in an empty `version` where a plugin before left it out.")
                        .rows("CHN-08")
                        .since(CniVersion.V0_3_0)
                        .until(CniVersion.V0_4_0)
                        .of(Trait.CHAINED)
                        .when("the address of prevResult has an empty `version`")
                        .then("ADD succeeds, and the result has the family of the address")
                        .run(ChainCases::emptyFamily),
                Case.named("chain/stray-family")
                        .level(DE_FACTO)
                        .spec(
                                ADD,
                                "`ips`: IPs assigned by this attachment: `address`, `gateway`, `interface`")
                        .rows("RES-07")
                        .since(CniVersion.V1_0_0)
                        .of(Trait.CHAINED)
                        .when("the address of prevResult has a `version` although 1.0.0 dropped it")
                        .then("ADD succeeds, and the result has none")
                        .run(ChainCases::strayFamily),
                Case.named("chain/empty-values")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "Plugins in the wild print null or an empty text where they have no gateway, mac or"
                                        + " sandbox.")
                        .rows("RES-19")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED)
                        .when("prevResult has empty or null gateways and sandboxes")
                        .then("ADD succeeds as if they were absent")
                        .run(ChainCases::emptyValues));
    }

    private static List<Case> broken() {
        return List.of(
                Case.named("chain/prev-result-missing")
                        .level(DE_FACTO)
                        .spec(
                                "overview-1",
                                "\"Chained\" plugins, which adjust the configuration of an already-created interface")
                        .rows("CHN-04")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED)
                        .when("a plugin that only works in a chain gets no prevResult, or null")
                        .then("ADD is refused")
                        .run(ChainCases::missing),
                Case.named("chain/prev-result-malformed")
                        .level(SHOULD)
                        .spec(
                                "error",
                                "`6` Failed to decode content. `7` Invalid network config. If some validations on network"
                                        + " configs do not pass, this error will be raised.")
                        .rows("CHN-07")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED)
                        .when("ips of prevResult is a text, or its address is none")
                        .then("ADD is refused with code 6 or 7")
                        .run(ChainCases::malformed),
                Case.named("chain/prev-result-malformed-at-check")
                        .level(SHOULD)
                        .spec("error", "`6` Failed to decode content. `7` Invalid network config.")
                        .rows("CHN-07")
                        .since(CniVersion.V0_4_0)
                        .of(Trait.CHAINED)
                        .when("CHECK is given a prevResult whose ips is a text")
                        .then("it is refused with code 6 or 7")
                        .run(ChainCases::malformedAtCheck),
                Case.named("chain/broken-prev-result-at-del")
                        .level(SHOULD)
                        .spec(
                                "del-remove-container-from-network-or-un-apply-modifications",
                                "Plugins should generally complete a `DEL` action without error even if some resources"
                                        + " are missing.")
                        .rows("CHN-07", "E48")
                        .since(CniVersion.V0_4_0)
                        .when(
                                "DEL is given a prevResult that is empty, of a wrong type, of version 9.9.9, without"
                                        + " addresses, or with an index that leads nowhere")
                        .then("it succeeds each time and leaves nothing behind")
                        .run(ChainCases::brokenAtDel),
                Case.named("chain/prev-result-poor")
                        .level(DE_FACTO)
                        .spec(ADD, EQUIVALENT)
                        .rows("CHN-10")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED)
                        .when("prevResult has no addresses, or no interfaces")
                        .then("ADD succeeds, or is refused with a proper error")
                        .run(ChainCases::poor));
    }

    private static List<Case> finding() {
        return List.of(
                Case.named("chain/link-of-same-name-on-host")
                        .level(DE_FACTO)
                        .spec(
                                ADD,
                                "`sandbox`: The isolation domain reference (e.g. path to network namespace) for the"
                                        + " interface, or empty if on the host.")
                        .rows("CHN-09")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED)
                        .when(
                                "prevResult also lists a link of the host that is called as the container's interface")
                        .then("ADD succeeds and leaves the host's entry alone")
                        .run(ChainCases::sameNameOnHost),
                Case.named("chain/address-without-index")
                        .level(DE_FACTO)
                        .source(
                                Source.LIBCNI,
                                "",
                                "An address without `interface`, or with -1, belongs to the container's interface.")
                        .rows("CHN-09", "RES-09")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.CHAINED)
                        .when("the address of prevResult has no interface, or -1")
                        .then("ADD succeeds, and port mappings lead to that address")
                        .run(ChainCases::addressWithoutIndex));
    }

    private static List<Case> later() {
        return List.of(
                Case.named("chain/existing-link-used")
                        .level(SHOULD)
                        .source(
                                Source.CONVENTIONS,
                                "chained-plugins",
                                "the `bridge` plugin adds the host-side interface to a bridge. So, it should accept any"
                                        + " previous result that includes a host-side interface, including `tap`"
                                        + " devices. If not called as a chained plugin, it creates a `veth` pair first.")
                        .rows("CHN-12")
                        .since(CniVersion.V0_3_0)
                        .of(Trait.BRIDGE)
                        .when("a bridge plugin is given a prevResult with a link of the host")
                        .then("that link becomes a port of the bridge, and no other is made")
                        .run(ChainCases::existingLinkUsed),
                Case.named("chain/check-after-later-plugins")
                        .level(MUST)
                        .spec(
                                "check-check-containers-networking-is-as-expected",
                                "The plugin must allow for a later chained plugin to have modified networking resources,"
                                        + " e.g. routes, on `ADD`.")
                        .rows("CHN-13", "E25")
                        .since(CniVersion.V0_4_0)
                        .of(Trait.DELEGATES)
                        .when(
                                "later plugins changed MTU, MAC address and routes, and CHECK and DEL get the chain's final"
                                        + " result")
                        .then("both succeed")
                        .run(ChainCases::checkAfterLaterPlugins));
    }

    /** Changes what the plugins before reported; returns the attachment. */
    private static Attachment after(Lab lab, Consumer<ObjectNode> change) {
        return after(lab.attachment(), change);
    }

    private static Attachment after(Attachment attachment, Consumer<ObjectNode> change) {
        ObjectNode previous = previous(attachment);
        change.accept(previous);
        return attachment.after(previous);
    }

    private static ObjectNode previous(Attachment attachment) {
        return attachment.previous().orElseThrow().deepCopy();
    }

    private static void refusedAfter(Lab lab, Consumer<ObjectNode> change, int... codes) {
        lab.add(after(lab, change)).refused(codes);
    }

    private static ObjectNode ip(ObjectNode previous) {
        return (ObjectNode) previous.path("ips").path(0);
    }

    private static ObjectNode ownEntry(Attachment attachment, JsonNode result) {
        for (JsonNode entry : result.path("interfaces")) {
            if (entry.path("name").asText().equals(attachment.ifname())
                    && !entry.path("sandbox").asText("").isEmpty()) {
                return (ObjectNode) entry;
            }
        }
        throw new Unmet(
                "the result lists " + attachment.ifname() + " with its sandbox",
                "these are its interfaces: " + result.path("interfaces"));
    }

    private static void passedOn(Lab lab) {
        Attachment attachment = after(lab, previous -> enrich(lab.version(), previous));
        ObjectNode result = lab.add(attachment).result();
        Equivalence.passedOn(previous(attachment), result);
        Layout.of(result, lab.version()).labelled();
    }

    /** Everything that a result of the version can have. */
    private static void enrich(CniVersion version, ObjectNode previous) {
        previous.set(
                "dns",
                Json.object(
                        "{'nameservers':['10.88.0.53'],'domain':'example.test','search':['a.test','b.test'],"
                                + "'options':['ndots:5']}"));
        ArrayNode routes = previous.withArray("routes");
        ObjectNode route = routes.addObject().put("dst", "10.99.0.0/24").put("gw", "10.88.0.1");
        ObjectNode other = ((ArrayNode) previous.path("interfaces")).addObject();
        other.put("name", "ccvm").put("mac", "02:00:00:00:00:07").put("sandbox", "/vm/7");
        if (version.atLeast(CniVersion.V1_1_0)) {
            route.put("mtu", 1400)
                    .put("advmss", 1300)
                    .put("priority", 7)
                    .put("table", 100)
                    .put("scope", 0);
            other.put("mtu", 1500).put("socketPath", "/run/vm7.sock").put("pciID", "0000:00:07.0");
        }
    }

    private static void zeroKept(Lab lab) {
        Attachment attachment =
                after(
                        lab,
                        previous ->
                                previous.putArray("routes")
                                        .addObject()
                                        .put("dst", "10.99.0.0/24")
                                        .put("table", 0)
                                        .put("scope", 0));
        JsonNode route = lab.add(attachment).result().path("routes").path(0);
        Expect.that(
                route.path("table").asInt(-1) == 0 && route.path("scope").asInt(-1) == 0,
                "the route of the result has table 0 and scope 0",
                () -> "it is " + route);
    }

    private static void macReported(Lab lab) {
        Attachment attachment = lab.attachment(Trait.MAC);
        ObjectNode result = lab.add(attachment).result();
        String mac = lab.in(attachment).needLink(attachment.ifname()).path("address").asText();
        ObjectNode entry = ownEntry(attachment, result);
        Expect.equal(
                "the mac of " + attachment.ifname() + " in the result",
                mac,
                entry.path("mac").asText());
        ObjectNode expected = previous(attachment);
        Expect.that(
                !ownEntry(attachment, expected).path("mac").asText().equals(mac),
                "the MAC address of " + attachment.ifname() + " is another than before",
                () -> "it is " + mac);
        ownEntry(attachment, expected).put("mac", mac);
        Equivalence.passedOn(expected, result);
    }

    private static void mtuReported(Lab lab) {
        Attachment attachment = lab.attachment(Trait.MTU);
        after(attachment, previous -> ownEntry(attachment, previous).put("mtu", 1500));
        ObjectNode result = lab.add(attachment).result();
        JsonNode mtu = lab.in(attachment).needLink(attachment.ifname()).path("mtu");
        JsonNode told = ownEntry(attachment, result).path("mtu");
        Expect.that(
                told.isMissingNode() || told.equals(mtu),
                "the mtu of " + attachment.ifname() + " in the result is " + mtu + " or absent",
                () -> "it is " + told);
    }

    private static void appended(Lab lab) {
        Set<Trait> switches =
                EnumSet.of(
                        Trait.MAC, Trait.MTU, Trait.BANDWIDTH, Trait.PORT_MAPPINGS, Trait.SYSCTL);
        switches.removeIf(trait -> !lab.has(trait));
        Attachment attachment = lab.attachment(switches.toArray(Trait[]::new));
        ResultCases.everyNewLinkListed(lab, attachment);
        ObjectNode previous = previous(attachment);
        ObjectNode result = attachment.result();
        for (int n = 0; n < previous.path("interfaces").size(); n++) {
            int index = n;
            Expect.that(
                    result.path("interfaces")
                            .path(n)
                            .path("name")
                            .equals(previous.path("interfaces").path(n).path("name")),
                    "interfaces[" + n + "] of the result is that of prevResult",
                    () -> "it is " + result.path("interfaces").path(index));
        }
        for (JsonNode ip : previous.path("ips")) {
            Expect.contains(
                    "ips of the result",
                    List.copyOf(result.path("ips").valueStream().toList()),
                    ip);
        }
    }

    private static void capabilityUnused(Lab lab) {
        ObjectNode capabilities = Json.object();
        for (Trait trait : lab.subject().profile().traits()) {
            if (lab.subject().profile().switchFor(trait).path("capabilities")
                    instanceof ObjectNode one) {
                capabilities.setAll(one);
            }
        }
        if (capabilities.isEmpty()) {
            throw new NotHere(lab.subject().type() + " has no capabilities");
        }
        for (boolean empty : List.of(false, true)) {
            Attachment attachment = lab.attachment();
            attachment.config().set("capabilities", capabilities.deepCopy());
            if (empty) {
                attachment.config().putObject("runtimeConfig");
            }
            Equivalence.passedOn(previous(attachment), lab.add(attachment).result());
        }
    }

    private static void withoutVersion(Lab lab) {
        Attachment attachment = after(lab, previous -> previous.remove("cniVersion"));
        Layout.of(lab.add(attachment).result(), lab.version()).whole();
    }

    private static void sisterVersion(Lab lab) {
        CniVersion older = CniVersion.values()[lab.version().ordinal() - 1];
        if (older == CniVersion.V0_4_0) {
            throw new NotHere("no older version is laid out as " + lab.version());
        }
        Attachment attachment =
                after(lab, previous -> previous.put("cniVersion", older.toString()));
        ObjectNode result = lab.add(attachment).result();
        Layout.of(result, lab.version()).whole();
        Expect.that(
                Equivalence.same(previous(attachment).path("ips"), result.path("ips")),
                "ips of the result is that of prevResult",
                () -> "the result is " + result);
    }

    private static void otherLayout(Lab lab) {
        Attachment attachment =
                after(
                        lab,
                        previous -> {
                            previous.put("cniVersion", "0.4.0");
                            ip(previous).put("version", "4");
                        });
        Reply reply = lab.add(attachment);
        if (reply.exit() == 0) {
            Layout.of(reply.result(), lab.version()).whole();
        } else {
            reply.refused();
        }
    }

    private static void emptyFamily(Lab lab) {
        Attachment attachment = after(lab, previous -> ip(previous).put("version", ""));
        Layout.of(lab.add(attachment).result(), lab.version()).whole();
    }

    private static void strayFamily(Lab lab) {
        Attachment attachment = after(lab, previous -> ip(previous).put("version", "4"));
        Layout.of(lab.add(attachment).result(), lab.version()).whole();
    }

    private static void emptyValues(Lab lab) {
        Attachment attachment =
                after(
                        lab,
                        previous -> {
                            ip(previous).putNull("gateway");
                            ((ObjectNode) previous.path("interfaces").path(0)).put("sandbox", "");
                            ((ObjectNode) previous.path("interfaces").path(1)).putNull("sandbox");
                            previous.withArray("routes")
                                    .addObject()
                                    .put("dst", "10.99.0.0/24")
                                    .putNull("gw");
                        });
        Layout.of(lab.add(attachment).result(), lab.version()).lists();
    }

    private static void missing(Lab lab) {
        lab.add(lab.attachment().afterNothing()).refused();
        lab.add(lab.attachment().after(JsonNodeFactory.instance.nullNode())).refused();
    }

    private static void malformed(Lab lab) {
        refusedAfter(lab, previous -> previous.put("ips", "10.88.0.2/24"), 6, 7);
        refusedAfter(lab, previous -> ip(previous).put("address", "10.88.0.999/24"), 6, 7);
    }

    private static void malformedAtCheck(Lab lab) {
        Attachment attachment = lab.attached();
        ObjectNode stdin = lab.stdin("CHECK", attachment);
        stdin.set("prevResult", attachment.result().deepCopy().put("ips", "10.88.0.2/24"));
        lab.call("CHECK", attachment).config(stdin).run().refused(6, 7);
    }

    private static void brokenAtDel(Lab lab) {
        List<UnaryOperator<ObjectNode>> ways =
                List.of(
                        _ -> Json.object(),
                        result -> result.put("ips", "x"),
                        result -> result.put("cniVersion", "9.9.9"),
                        result -> result.putNull("ips"),
                        ChainCases::leadingNowhere);
        for (var way : ways) {
            Attachment attachment = lab.attached();
            lab.del(attachment, way.apply(attachment.result().deepCopy())).succeeded();
        }
        Attachment attachment = lab.attached();
        lab.del(attachment, JsonNodeFactory.instance.textNode("x")).succeeded();
    }

    private static ObjectNode leadingNowhere(ObjectNode result) {
        for (JsonNode ip : result.path("ips")) {
            ((ObjectNode) ip).put("interface", 99);
        }
        return result;
    }

    private static void poor(Lab lab) {
        for (String key : List.of("ips", "interfaces")) {
            Reply reply = lab.add(after(lab, previous -> previous.remove(key)));
            if (reply.exit() == 0) {
                Layout.of(reply.result(), lab.version()).labelled();
            } else {
                reply.refused();
            }
        }
    }

    private static void sameNameOnHost(Lab lab) {
        Attachment attachment = lab.has(Trait.MAC) ? lab.attachment(Trait.MAC) : lab.attachment();
        after(
                attachment,
                previous -> {
                    ArrayNode all = (ArrayNode) previous.path("interfaces");
                    all.insertObject(0)
                            .put("name", attachment.ifname())
                            .put("mac", "02:00:00:00:00:99");
                    ip(previous).put("interface", all.size() - 1);
                });
        JsonNode entry = lab.add(attachment).result().path("interfaces").path(0);
        Expect.equal(
                "the mac of the host's " + attachment.ifname() + " in the result",
                "02:00:00:00:00:99",
                entry.path("mac").asText());
    }

    private static void addressWithoutIndex(Lab lab) {
        for (boolean absent : List.of(true, false)) {
            Attachment attachment =
                    lab.has(Trait.PORT_MAPPINGS)
                            ? lab.attachment(Trait.PORT_MAPPINGS)
                            : lab.attachment();
            after(attachment, previous -> ip(previous).put("interface", -1));
            if (absent) {
                after(attachment, previous -> ip(previous).remove("interface"));
            }
            lab.add(attachment).result();
            String address =
                    ip(previous(attachment)).path("address").asText().replaceFirst("/.*", "");
            if (lab.has(Trait.PORT_MAPPINGS)) {
                String rules = lab.onHost().nft() + lab.onHost().run("iptables-save").out();
                // In a rule as 10.88.0.2:80, and in a map of nftables as ": 10.88.0.2 . 80".
                Expect.that(
                        rules.contains(address + ":") || rules.contains(": " + address + " . "),
                        "the host's rules lead to " + address,
                        () -> "they are:\n" + rules);
            }
            lab.del(attachment).succeeded();
        }
    }

    private static void existingLinkUsed(Lab lab) {
        Attachment attachment = lab.attachment();
        if (lab.has(Trait.WITHOUT_IPAM)) {
            attachment.config().remove("ipam");
        }
        String netns = attachment.container().netns();
        lab.host()
                .script(
                        "ip link add ccexisting type veth peer name cceth; ip link set ccexisting up;"
                                + " ip link set cceth netns \"$1\";"
                                + " nsenter --net=\"$1\" ip link set cceth name \"$2\" up",
                        netns,
                        attachment.ifname());
        try {
            existingLinkUsed(lab, attachment);
        } finally {
            lab.del(attachment);
            lab.host().tool("ip", "link", "del", "ccexisting");
        }
    }

    private static void existingLinkUsed(Lab lab, Attachment attachment) {
        ObjectNode previous = Json.object().put("cniVersion", lab.version().toString());
        ArrayNode interfaces = previous.putArray("interfaces");
        interfaces.addObject().put("name", "ccexisting");
        interfaces
                .addObject()
                .put("name", attachment.ifname())
                .put("sandbox", attachment.container().netns());
        Set<String> before = lab.onHost().linkNames();
        // Not lab.add(): what is in the container now is the body's own and goes with it.
        lab.call("ADD", attachment.after(previous)).run().result();
        JsonNode link = lab.onHost().needLink("ccexisting");
        Expect.that(link.has("master"), "ccexisting is a port of a bridge", () -> "it is " + link);
        Set<String> more = lab.onHost().linkNames();
        more.removeAll(before);
        more.remove(link.path("master").asText());
        Expect.that(
                more.isEmpty(),
                "no other link is made on the host",
                () -> "these are new: " + more);
    }

    private static void checkAfterLaterPlugins(Lab lab) {
        if (lab.has(Trait.EXCLUSIVE)) {
            throw new NotHere("the device that is changed would go back to the host as it is");
        }
        Attachment attachment = lab.attached();
        String name = attachment.ifname();
        lab.in(attachment)
                .sh(
                        "ip link set "
                                + name
                                + " mtu 1400; ip link set "
                                + name
                                + " address 02:00:00:00:00:42;"
                                + " ip route del default || true; ip route replace 10.96.0.0/16 dev "
                                + name);
        ObjectNode result = attachment.result();
        ObjectNode entry = ownEntry(attachment, result).put("mac", "02:00:00:00:00:42");
        if (entry.has("mtu")) {
            entry.put("mtu", 1400);
        }
        result.putArray("routes");
        lab.check(attachment).succeeded();
        lab.del(attachment).succeeded();
    }
}
