package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MAY;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** What the tuning plugin promises its users. */
final class TuningCases {

    private static final String OVERVIEW =
            "This plugin can change some system controls (sysctls) and several interface attributes (promiscuous mode,"
                    + " all-multicast mode, MTU and MAC address) in the network namespace.";

    private static final String IFNAME =
            "while `IFNAME` in the path will be substituted with an interface name passed to this plugin.";

    private static final String NET_ONLY =
            "Other sysctls can be modified as long as they belong to the network namespace (`/proc/sys/net/*`).";

    private TuningCases() {}

    static List<Case> all() {
        return List.of(
                draft("tuning/sysctls", OVERVIEW)
                        .rows("TUN-01")
                        .when("sysctls of the namespace are configured")
                        .then("they have their values")
                        .run(TuningCases::sysctls),
                draft("tuning/sysctl-of-interface", IFNAME)
                        .rows("TUN-01")
                        .when("a sysctl's name has IFNAME in it")
                        .then("that of the interface has the value")
                        .run(TuningCases::sysctlOfInterface),
                draft("tuning/link-attributes", OVERVIEW)
                        .rows("TUN-02")
                        .of(Trait.LINK_ATTRIBUTES)
                        .when("MTU, promiscuous mode and all-multicast mode are configured")
                        .then("the link has them")
                        .run(TuningCases::linkAttributes),
                draft(
                                "tuning/queue-length",
                                "`txQLen` (integer, optional): length of the queue of the interface")
                        .level(MAY)
                        .rows("TUN-02")
                        .of(Trait.LINK_ATTRIBUTES)
                        .when("the length of the queue is configured")
                        .then("the link has it")
                        .run(TuningCases::queueLength),
                draft("tuning/link-restored", OVERVIEW)
                        .rows("TUN-02")
                        .of(Trait.LINK_ATTRIBUTES)
                        .when("a link whose attributes were changed lives on after DEL")
                        .then("it is as it was before ADD")
                        .run(TuningCases::linkRestored),
                draft(
                                "tuning/args",
                                "The following args conventions are supported: mac, mtu, promisc, allmulti, sysctl")
                        .rows("CAP-16")
                        .of(Trait.MAC, Trait.LINK_ATTRIBUTES)
                        .when("args.cni asks for a MAC address, an MTU and a sysctl")
                        .then("the container has them")
                        .run(TuningCases::args),
                draft("tuning/beyond-the-namespace", NET_ONLY)
                        .rows("TUN-03")
                        .when(
                                "a sysctl is not one of the network namespace, by its name or by a way around")
                        .then("ADD fails, and changes nothing")
                        .run(TuningCases::beyondTheNamespace),
                draft("tuning/all-or-nothing", "")
                        .source(
                                Source.OPERATORS,
                                "",
                                "When one of several sysctls could not be set, those before it stayed changed.")
                        .rows("E47")
                        .when("the fourth of five sysctls does not exist")
                        .then("ADD fails, and none is changed")
                        .run(TuningCases::allOrNothing),
                draft("tuning/namespace-gone", "")
                        .source(
                                Source.OPERATORS,
                                "",
                                "The file with the former values stayed when the namespace was gone at DEL.")
                        .rows("E46")
                        .of(Trait.LINK_ATTRIBUTES)
                        .when("the namespace is gone at DEL")
                        .then("DEL succeeds, and nothing of the former values is kept")
                        .run(TuningCases::namespaceGone),
                draft("tuning/link-gone", "")
                        .source(
                                Source.OPERATORS,
                                "",
                                "The file with the former values stayed when the link was gone at DEL.")
                        .rows("E46")
                        .of(Trait.LINK_ATTRIBUTES)
                        .when("the link is gone at DEL")
                        .then("DEL succeeds, and nothing of the former values is kept")
                        .run(TuningCases::linkGone));
    }

    private static Case.Draft draft(String id, String quote) {
        return Case.named(id)
                .level(DE_FACTO)
                .source(Source.PLUGINS, "", quote)
                .of(Trait.CHAINED, Trait.SYSCTL);
    }

    private static ObjectNode withSysctls(Lab lab, String sysctls) {
        ObjectNode config = lab.config();
        config.set("sysctl", Json.object(sysctls));
        return config;
    }

    private static String value(Lab lab, Attachment attachment, String name) {
        return lab.in(attachment).sh("cat /proc/sys/net/" + name).strip().replaceAll("\\s+", " ");
    }

    private static void expectValue(Lab lab, Attachment attachment, String name, String value) {
        Expect.equal("sysctl net/" + name, value, value(lab, attachment, name));
    }

    private static void sysctls(Lab lab) {
        ObjectNode config =
                withSysctls(
                        lab,
                        "{'net.core.somaxconn':'500','net.ipv4.ip_local_port_range':'20000 30000'}");
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        expectValue(lab, attachment, "core/somaxconn", "500");
        expectValue(lab, attachment, "ipv4/ip_local_port_range", "20000 30000");
        attachment.container().destroy();
    }

    private static void sysctlOfInterface(Lab lab) {
        Attachment attachment =
                lab.attachment(
                        lab.container(),
                        withSysctls(lab, "{'net.ipv4.conf.IFNAME.arp_filter':'1'}"));
        lab.add(attachment).result();
        expectValue(lab, attachment, "ipv4/conf/" + attachment.ifname() + "/arp_filter", "1");
    }

    private static void linkAttributes(Lab lab) {
        ObjectNode config = lab.config(Trait.LINK_ATTRIBUTES);
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        JsonNode link = lab.in(attachment).needLink(attachment.ifname());
        Expect.equal("the MTU", config.path("mtu").asInt(), link.path("mtu").asInt());
        List<String> flags = link.path("flags").valueStream().map(JsonNode::asText).toList();
        Expect.contains("flags of the link", flags, "PROMISC");
        Expect.contains("flags of the link", flags, "ALLMULTI");
    }

    private static void queueLength(Lab lab) {
        ObjectNode config = lab.config(Trait.LINK_ATTRIBUTES);
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        JsonNode link = lab.in(attachment).needLink(attachment.ifname());
        int wanted = config.path("txQLen").asInt();
        Expect.equal("the length of the queue", wanted, link.path("txqlen").asInt());
    }

    private static void linkRestored(Lab lab) {
        Attachment attachment = lab.attachment(lab.container(), lab.config(Trait.LINK_ATTRIBUTES));
        Snapshot before = lab.snapshot(attachment.container());
        lab.add(attachment).result();
        lab.del(attachment).succeeded();
        lab.expectContainerAs(attachment.container(), before, "before ADD");
    }

    private static void args(Lab lab) {
        ObjectNode config = lab.config();
        String mac = "02:66:77:88:99:ab";
        config.set(
                "args",
                Json.object(
                        "{'cni':{'mac':'"
                                + mac
                                + "','mtu':1399,'sysctl':{'net.ipv4.conf.IFNAME.arp_announce':'2'}}}"));
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        JsonNode link = lab.in(attachment).needLink(attachment.ifname());
        Expect.equal("the MAC address", mac, link.path("address").asText());
        Expect.equal("the MTU", 1399, link.path("mtu").asInt());
        expectValue(lab, attachment, "ipv4/conf/" + attachment.ifname() + "/arp_announce", "2");
    }

    private static void beyondTheNamespace(Lab lab) {
        Attachment attachment = lab.attachment();
        for (String name : List.of("kernel.domainname", "net/../kernel/domainname")) {
            attachment.with(withSysctls(lab, "{'" + name + "':'elsewhere'}"));
            lab.call("ADD", attachment).run().refused();
        }
    }

    private static void allOrNothing(Lab lab) {
        ObjectNode config =
                withSysctls(
                        lab,
                        "{'net.ipv4.ip_default_ttl':'77','net.ipv4.tcp_fin_timeout':'33','net.core.somaxconn':'555',"
                                + "'net.ipv4.conf.IFNAME.there_is_no_such_thing':'1','net.ipv4.tcp_syn_retries':'3'}");
        Attachment attachment = lab.attachment(lab.container(), config);
        Snapshot before = lab.snapshot(attachment.container());
        // A plugin that sets them in random order may begin with the wrong one, but hardly each
        // time.
        for (int time = 0; time < 3; time++) {
            lab.call("ADD", attachment).run().refused();
        }
        lab.expectContainerAs(attachment.container(), before, "before ADD");
    }

    private static void namespaceGone(Lab lab) {
        Attachment attachment = lab.attached(Trait.LINK_ATTRIBUTES);
        attachment.container().destroy();
        lab.del(attachment).succeeded();
    }

    private static void linkGone(Lab lab) {
        Attachment attachment = lab.attached(Trait.LINK_ATTRIBUTES);
        lab.in(attachment).sh("ip link del " + attachment.ifname());
        lab.del(attachment).succeeded();
        attachment.container().destroy();
    }
}
