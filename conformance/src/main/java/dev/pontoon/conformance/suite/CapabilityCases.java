package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** The conventions: what runtimes hand over in {@code runtimeConfig} and {@code args.cni}. */
final class CapabilityCases {

    private static final String WELL_KNOWN = "well-known-capabilities";

    private static final String ARGS = "args-in-network-config";

    private static final String MALFORMED =
            "It should return an error if it can't act on fields that were expected or where the field values were"
                    + " malformed.";

    private static final String IPS =
            "Dynamically allocate IPs for container interface. Runtime which has the ability of address allocation"
                    + " can pass these to plugins.";

    private static final String RANGES =
            "The outer list is the number of IPs to allocate, and the inner list is a pool of subnets for each"
                    + " allocation.";

    private static final String IGNORE =
            "Runtimes can place additional data in `args` and plugins that don't understand that data should just"
                    + " ignore it.";

    private static final String NOT_ASKED_FOR =
            "Plugins can request that the runtime insert this dynamic configuration by explicitly listing their"
                    + " `capabilities` in the network configuration.";

    private CapabilityCases() {}

    static List<Case> all() {
        return List.of(
                convention(
                                "capability/mac",
                                "Dynamically assign MAC. Runtime can pass this to plugins which need MAC as input.")
                        .rows("CAP-06")
                        .of(Trait.MAC)
                        .when("the runtime asks for a MAC address")
                        .then("the interface has it, and the result says so")
                        .run(lab -> givesMac(lab, lab.config(Trait.MAC), runtimeMac(lab))),
                convention("capability/ips-from-pool", IPS)
                        .rows("CAP-05")
                        .of(Trait.IPS, Trait.POOL)
                        .when("the runtime asks for an address of the pool")
                        .then("it is the one that is given")
                        .run(CapabilityCases::ipsFromPool),
                convention("capability/ips-of-both-families", IPS)
                        .rows("CAP-05")
                        .since(V0_3_0)
                        .of(Trait.IPS, Trait.POOL, Trait.DUAL_STACK)
                        .when(
                                "the runtime asks for an IPv4 address, and for an IPv6 address with a prefix length")
                        .then("both are given")
                        .run(CapabilityCases::ipsOfBothFamilies),
                convention("capability/ips-beyond-pool", IPS)
                        .rows("CAP-05")
                        .of(Trait.IPS, Trait.POOL)
                        .when("the runtime asks for an address that no range has")
                        .then("ADD fails, and nothing stays reserved")
                        .run(lab -> refuses(lab, Trait.IPS, "ips", "['10.99.0.77']")),
                convention("capability/ips-one-beyond-pool", IPS)
                        .rows("CAP-05")
                        .of(Trait.IPS, Trait.POOL)
                        .when("the runtime asks for two addresses, and no range has the second")
                        .then("ADD fails, and nothing stays reserved")
                        .run(lab -> refuses(lab, Trait.IPS, "ips", "['10.88.0.77', '10.99.0.77']")),
                convention("capability/ips-instead-of-own", IPS)
                        .rows("CAP-05")
                        .of(Trait.IPS, Trait.FIXED_ADDRESSES)
                        .when("the runtime asks for an address, and the configuration has another")
                        .then("the runtime's is given alone")
                        .run(CapabilityCases::ipsInsteadOfOwn),
                convention("capability/ips-without-prefix", IPS)
                        .rows("CAP-05")
                        .of(Trait.IPS, Trait.FIXED_ADDRESSES)
                        .when(
                                "the runtime asks for an address without prefix length where no range tells it")
                        .then("ADD fails")
                        .run(lab -> refuses(lab, Trait.IPS, "ips", "['10.88.0.77']")),
                convention("capability/ip-ranges", RANGES)
                        .rows("CAP-02")
                        .since(V0_3_0)
                        .of(Trait.IP_RANGES)
                        .when(
                                "the runtime gives two lists of ranges, the first of them with two ranges")
                        .then("one address is from the first list and one from the second")
                        .run(CapabilityCases::ipRanges),
                Case.named("capability/ip-ranges-before-own")
                        .level(DE_FACTO)
                        .source(
                                Source.PLUGINS,
                                "",
                                "The well-known host-local plugin puts the runtime's ranges before its own.")
                        .rows("CAP-02")
                        .since(V0_3_0)
                        .of(Trait.IP_RANGES, Trait.HOST_LOCAL_STORE)
                        .when("the runtime gives ranges, and the configuration has others")
                        .then("the first address is from the runtime's ranges")
                        .run(CapabilityCases::ipRangesFirst),
                malformed("capability/malformed-mac", Trait.MAC)
                        .when("the MAC address the runtime gives is none")
                        .run(lab -> refuses(lab, Trait.MAC, "mac", "'02:11:22:33:44'")),
                malformed("capability/malformed-ips", Trait.IPS)
                        .when("an address the runtime gives is none")
                        .run(lab -> refuses(lab, Trait.IPS, "ips", "['10.88.0.777/24']")),
                malformed("capability/malformed-ip-ranges", Trait.IP_RANGES)
                        .when("a range the runtime gives has a subnet that is none")
                        .run(lab ->
                                refuses(
                                        lab,
                                        Trait.IP_RANGES,
                                        "ipRanges",
                                        "[[{'subnet':'10.99.0.0/44'}]]")),
                malformed("capability/malformed-port-mappings", Trait.PORT_MAPPINGS)
                        .when("the port mappings the runtime gives are no list")
                        .run(lab -> refuses(lab, Trait.PORT_MAPPINGS, "portMappings", "'8080:80'")),
                malformed("capability/malformed-bandwidth", Trait.BANDWIDTH)
                        .when("a rate the runtime gives is a word")
                        .run(lab ->
                                refuses(
                                        lab,
                                        Trait.BANDWIDTH,
                                        "bandwidth",
                                        "{'ingressRate':'fast','ingressBurst':800000}")),
                Case.named("capability/dns")
                        .level(SHOULD)
                        .source(
                                Source.CONVENTIONS,
                                WELL_KNOWN,
                                "Dynamically configure dns according to runtime")
                        .rows("CAP-04")
                        .when("the runtime gives name servers, search domains and options")
                        .then("ADD succeeds, and name servers in the result are the runtime's")
                        .run(CapabilityCases::dns),
                Case.named("capability/without-use")
                        .level(SHOULD)
                        .source(
                                Source.CONVENTIONS,
                                "dynamic-plugin-specific-fields-capabilities--runtime-configuration",
                                NOT_ASKED_FOR)
                        .rows("CAP-07", "CAP-09", "CAP-10")
                        .when("the runtime gives an InfiniBand GUID, aliases and a cgroup path")
                        .then("plugins that have no use for them ignore them")
                        .run(CapabilityCases::withoutUse),
                Case.named("capability/device-id")
                        .level(SHOULD)
                        .source(
                                Source.CONVENTIONS,
                                WELL_KNOWN,
                                "Provide device identifier which is associated with the network to allow the CNI plugin"
                                        + " to perform device dependent network configurations.")
                        .rows("CAP-08")
                        .when("the runtime names a device that this machine does not have")
                        .then("ADD ignores it, or fails and names the device")
                        .run(CapabilityCases::deviceId),
                Case.named("capability/declared-without-value")
                        .level(MUST)
                        .spec(
                                "deriving-runtimeconfig",
                                "The `runtimeConfig` key is derived by the runtime from the network configuration and"
                                        + " the capabilities.")
                        .rows("CAP-11")
                        .when("capabilities are declared, and the runtime has no value for any")
                        .then("ADD succeeds")
                        .run(CapabilityCases::declaredWithoutValue),
                Case.named("capability/vendor")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "containerd passes the annotations of a pod as the capability"
                                        + " io.kubernetes.cri.pod-annotations.")
                        .rows("CAP-13")
                        .when("the runtime gives a capability of its own")
                        .then("ADD succeeds")
                        .run(CapabilityCases::vendor),
                Case.named("capability/args-ips-from-pool")
                        .level(SHOULD)
                        .source(Source.CONVENTIONS, ARGS, "Request static IPs")
                        .rows("CAP-14")
                        .of(Trait.POOL, Trait.IPS)
                        .when("args.cni.ips asks for an address of the pool")
                        .then("it is the one that is given")
                        .run(lab -> givesArgsIp(lab, "10.88.0.78")),
                Case.named("capability/args-ips-instead-of-own")
                        .level(SHOULD)
                        .source(Source.CONVENTIONS, ARGS, "Request static IPs")
                        .rows("CAP-14")
                        .of(Trait.FIXED_ADDRESSES, Trait.IPS)
                        .when("args.cni.ips asks for an address, and the configuration has another")
                        .then("the one of args is given alone")
                        .run(lab -> givesArgsIp(lab, "10.88.0.78/24")),
                Case.named("capability/args-labels")
                        .level(SHOULD)
                        .source(Source.CONVENTIONS, ARGS, IGNORE)
                        .rows("CAP-15")
                        .when("args.cni.labels has labels")
                        .then("ADD succeeds")
                        .run(CapabilityCases::argsLabels),
                Case.named("capability/args-mac")
                        .level(DE_FACTO)
                        .source(
                                Source.PLUGINS,
                                "",
                                "`mac` (string, optional): MAC address (i.e. hardware address) of interface")
                        .rows("CAP-16")
                        .of(Trait.BRIDGE, Trait.MAC)
                        .when("args.cni.mac asks for a MAC address")
                        .then("the interface has it, and the result says so")
                        .run(CapabilityCases::argsMac));
    }

    private static Case.Draft convention(String id, String quote) {
        return Case.named(id).level(SHOULD).source(Source.CONVENTIONS, WELL_KNOWN, quote);
    }

    private static Case.Draft malformed(String id, Trait trait) {
        return Case.named(id)
                .level(SHOULD)
                .source(
                        Source.CONVENTIONS,
                        "dynamic-plugin-specific-fields-capabilities--runtime-configuration",
                        MALFORMED)
                .rows("CAP-12")
                .of(trait)
                .then("ADD fails, and changes nothing");
    }

    /** The configuration with a value of the runtime's for a capability. */
    static ObjectNode given(ObjectNode config, String capability, String value) {
        JsonNode parsed = Json.object("{'value':" + value + "}").path("value");
        config.withObjectProperty("capabilities").put(capability, true);
        config.withObjectProperty("runtimeConfig").set(capability, parsed);
        return config;
    }

    /** ADD with that value fails; no DEL follows, as its configuration is broken. */
    private static void refuses(Lab lab, Trait trait, String capability, String value) {
        ObjectNode config = given(lab.config(trait), capability, value);
        lab.call("ADD", lab.attachment(lab.container(), config)).run().refused();
    }

    private static String runtimeMac(Lab lab) {
        return lab.config(Trait.MAC).at("/runtimeConfig/mac").asText();
    }

    /** ADD gives the interface that MAC address. */
    static void givesMac(Lab lab, ObjectNode config, String mac) {
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        String ifname = attachment.ifname();
        Expect.equal(
                "the MAC address of " + ifname,
                mac,
                lab.in(attachment).needLink(ifname).path("address").asText());
        Reported.of(attachment)
                .inside(ifname)
                .ifPresent(link ->
                        Expect.equal(
                                "the MAC address of " + ifname + " in the result",
                                mac,
                                link.path("mac").asText()));
    }

    private static List<String> addresses(Lab lab, ObjectNode config) {
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        return Reported.of(attachment).ips().stream().map(Reported.Ip::host).toList();
    }

    private static void ipsFromPool(Lab lab) {
        ObjectNode config = given(lab.config(Trait.IPS), "ips", "['10.88.0.77']");
        Expect.equal("the list of addresses", List.of("10.88.0.77"), addresses(lab, config));
    }

    private static void ipsOfBothFamilies(Lab lab) {
        ObjectNode config =
                given(
                        lab.config(Trait.DUAL_STACK, Trait.IPS),
                        "ips",
                        "['10.88.0.77','fd00:88::77/64']");
        List<String> given = addresses(lab, config);
        Expect.contains("addresses of the result", given, "10.88.0.77");
        Expect.contains("addresses of the result", given, "fd00:88::77");
    }

    private static void ipsInsteadOfOwn(Lab lab) {
        ObjectNode config = given(lab.config(Trait.IPS), "ips", "['10.88.0.77/24']");
        Expect.equal("the list of addresses", List.of("10.88.0.77"), addresses(lab, config));
    }

    private static void ipRanges(Lab lab) {
        String ranges =
                "[[{'subnet':'10.97.0.0/24'},{'subnet':'10.98.0.0/24'}],[{'subnet':'fd00:99::/64'}]]";
        List<String> given = addresses(lab, given(lab.config(Trait.IP_RANGES), "ipRanges", ranges));
        expectOne(given, "10.9[78].0.", "the first list of ranges");
        expectOne(given, "fd00:99::", "the second list of ranges");
    }

    private static void expectOne(List<String> addresses, String prefix, String what) {
        Expect.that(
                addresses.stream().filter(one -> one.matches(prefix + ".*")).count() == 1,
                "one address is from " + what,
                () -> "the addresses are " + addresses);
    }

    private static void ipRangesFirst(Lab lab) {
        ObjectNode config =
                given(lab.config(Trait.IP_RANGES), "ipRanges", "[[{'subnet':'10.97.0.0/24'}]]");
        List<String> given = addresses(lab, config);
        Expect.that(
                !given.isEmpty() && given.getFirst().startsWith("10.97.0."),
                "the first address is from the runtime's ranges",
                () -> "the addresses are " + given);
    }

    private static void dns(Lab lab) {
        ObjectNode config =
                given(
                        lab.config(),
                        "dns",
                        "{'servers':['10.88.0.53'],'searches':['example.test'],'options':['ndots:5']}");
        Attachment attachment = lab.attachment(lab.container(), config);
        JsonNode servers = lab.add(attachment).result().at("/dns/nameservers");
        Expect.that(
                servers.isEmpty() || servers.path(0).asText().equals("10.88.0.53"),
                "name servers of the result are the runtime's",
                () -> "they are " + servers);
    }

    private static void withoutUse(Lab lab) {
        ObjectNode config = given(lab.config(), "infinibandGUID", "'c2:11:22:33:44:55:66:77'");
        given(config, "aliases", "['one','other']");
        given(config, "cgroupPath", "'/kubepods/besteffort/pod1'");
        lab.add(lab.attachment(lab.container(), config)).result();
    }

    private static void deviceId(Lab lab) {
        String device = "0000:ff:1f.7";
        ObjectNode config = given(lab.config(), "deviceID", "'" + device + "'");
        Reply reply = lab.add(lab.attachment(lab.container(), config));
        if (reply.exit() == 0) {
            reply.result();
        } else {
            reply.refused().mentioning(device);
        }
    }

    private static void declaredWithoutValue(Lab lab) {
        ObjectNode config = lab.config();
        config.set(
                "capabilities",
                Json.object(
                        "{'portMappings':true,'ipRanges':true,'bandwidth':true,'dns':true,'ips':true,'mac':true,"
                                + "'aliases':false}"));
        config.remove("runtimeConfig");
        lab.add(lab.attachment(lab.container(), config)).result();
    }

    private static void vendor(Lab lab) {
        ObjectNode config =
                given(
                        lab.config(),
                        "io.kubernetes.cri.pod-annotations",
                        "{'example.test/note':'yes','kubernetes.io/ingress-bandwidth':'10M'}");
        lab.add(lab.attachment(lab.container(), config)).result();
    }

    private static void givesArgsIp(Lab lab, String address) {
        ObjectNode config = lab.config();
        config.withObjectProperty("args").withObjectProperty("cni").putArray("ips").add(address);
        Expect.equal(
                "the list of addresses",
                List.of(address.replaceAll("/.*", "")),
                addresses(lab, config));
    }

    private static void argsLabels(Lab lab) {
        ObjectNode config = lab.config();
        config.set("args", Json.object("{'cni':{'labels':[{'key':'app','value':'myapp'}]}}"));
        lab.add(lab.attachment(lab.container(), config)).result();
    }

    private static void argsMac(Lab lab) {
        String mac = "02:66:77:88:99:aa";
        ObjectNode config = lab.config();
        config.withObjectProperty("args").withObjectProperty("cni").put("mac", mac);
        givesMac(lab, config, mac);
    }
}
