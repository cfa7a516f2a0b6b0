package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.CniVersion.V0_4_0;
import static dev.pontoon.conformance.spec.CniVersion.V1_0_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.host.Wait;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;

/** What plugins that forward ports of the host promise: whom a connection reaches, and as whom. */
final class PortmapCases {

    private static final String FORWARD =
            "This plugin will forward traffic from one or more ports on the host to the container.";

    private static final String MAPPINGS =
            "Pass mapping from ports on the host to ports in the container network namespace.";

    private static final String MALFORMED =
            "It should return an error if it can't act on fields that were expected or where the field values were"
                    + " malformed.";

    private static final String LOOPBACK =
            "Some packets also need to have the source address rewritten: connections from localhost; Hairpin traffic"
                    + " back to the container.";

    private static final String ONE_OWNER =
            "If another container also claims a given port, it will capture the traffic: the last one wins, unless the"
                    + " plugin refuses it.";

    private static final String STALE_FLOWS =
            "A UDP client that sends all the time keeps its entry in connection tracking alive, and is led to where the"
                    + " port led before.";

    /** The address of the host on the containers' network. */
    private static final String HOST = "10.88.0.1";

    private static final String WEB = "[{'hostPort':8080,'containerPort':80,'protocol':'tcp'}]";
    private static final String OTHER_WEB =
            "[{'hostPort':9090,'containerPort':80,'protocol':'tcp'}]";
    private static final String NAMES = "[{'hostPort':8080,'containerPort':53,'protocol':'udp'}]";

    private PortmapCases() {}

    static List<Case> all() {
        return List.of(
                mapping("portmap/tcp-from-host")
                        .when("a TCP port is mapped and the host connects to it at its own address")
                        .then("the container answers")
                        .run(lab -> reachable(lab, mapped(lab, WEB), HOST)),
                mapping("portmap/tcp-from-loopback")
                        .when("a TCP port is mapped and the host connects to it at 127.0.0.1")
                        .then("the container answers")
                        .run(lab -> reachable(lab, mapped(lab, WEB), "127.0.0.1")),
                mapping("portmap/tcp-from-outside")
                        .rows("PMP-01")
                        .when("a TCP port is mapped and a machine beyond the host connects to it")
                        .then("the container answers, and sees that machine's address")
                        .run(PortmapCases::fromOutside),
                mapping("portmap/udp")
                        .when(
                                "a UDP port is mapped, and the host and a machine beyond it send to it")
                        .then("the container's answer arrives")
                        .run(PortmapCases::udp),
                mapping("portmap/several")
                        .when("two TCP ports and a UDP port of the same number are mapped")
                        .then("each leads to its own port of the container")
                        .run(PortmapCases::several),
                mapping("portmap/ipv6")
                        .since(V0_3_0)
                        .when(
                                "the container has an IPv6 address as well, and the host connects at its own")
                        .then("the container answers over IPv6")
                        .run(PortmapCases::ipv6),
                draft("portmap/hairpin", LOOPBACK)
                        .rows("E53")
                        .when("a container connects to its own port of the host")
                        .then("it gets an answer")
                        .run(PortmapCases::hairpin),
                draft("portmap/bad-ports", MALFORMED)
                        .level(SHOULD)
                        .rows("CAP-01")
                        .when("a port of a mapping is 0, negative, or more than 65535")
                        .then("ADD fails each time, and changes nothing")
                        .run(PortmapCases::badPorts),
                draft("portmap/only-to-host", FORWARD)
                        .rows("PMP-02")
                        .when(
                                "a container connects to a mapped port number of a machine beyond the host")
                        .then("it reaches that machine")
                        .run(PortmapCases::onlyToHost),
                draft("portmap/host-ip", FORWARD)
                        .rows("PMP-03")
                        .when("a mapping names one address of the host")
                        .then("the container is reached at that address and at no other")
                        .run(PortmapCases::hostIp),
                draft("portmap/any-host-ip", FORWARD)
                        .rows("PMP-03")
                        .when("a mapping names 0.0.0.0 as address of the host")
                        .then("the container is reached at every address of the host")
                        .run(PortmapCases::anyHostIp),
                draft("portmap/same-port-of-other-protocol", MAPPINGS)
                        .rows("E40")
                        .when(
                                "one container has a TCP port of the host, and another one the UDP port of that number")
                        .then("both are reached")
                        .run(PortmapCases::otherProtocol),
                draft("portmap/same-port-of-other-address", MAPPINGS)
                        .rows("E40")
                        .when(
                                "two containers have the same port at different addresses of the host")
                        .then("both are reached")
                        .run(PortmapCases::otherAddress),
                draft("portmap/port-of-another", ONE_OWNER)
                        .rows("E40")
                        .when("a second container asks for a port that a living one has")
                        .then("ADD fails, or the port leads to the second one")
                        .run(PortmapCases::portOfAnother),
                draft("portmap/port-of-dead-owner", ONE_OWNER)
                        .rows("E40")
                        .when("a container asks for a port whose owner is gone without DEL")
                        .then("ADD succeeds, and the port leads to the new one")
                        .run(PortmapCases::portOfDeadOwner),
                draft("portmap/two-networks", "")
                        .source(
                                Source.OPERATORS,
                                "",
                                "Rules found by container id alone are removed with the wrong network.")
                        .rows("E18")
                        .when(
                                "a container has ports in two networks, and is detached from the first")
                        .then("the port of the second still leads to it, the first does not")
                        .run(PortmapCases::twoNetworks),
                draft("portmap/del-with-other-mappings", "")
                        .source(
                                Source.OPERATORS,
                                "",
                                "Runtimes pass DEL the mappings they know by then; rules that these do not name stayed.")
                        .rows("E41")
                        .when("DEL gets other port mappings than ADD")
                        .then("it succeeds, and no rule is left")
                        .run(PortmapCases::delWithOtherMappings),
                draft("portmap/backend-changed", "")
                        .source(
                                Source.OPERATORS,
                                "",
                                "Which packet filter is used may change between ADD and DEL; rules in the other stayed.")
                        .rows("E42")
                        .when(
                                "`backend` is nftables at ADD and iptables at DEL, and the other way round")
                        .then("DEL succeeds, and no rule is left")
                        .run(PortmapCases::backendChanged),
                draft("portmap/udp-flow-before-mapping", "")
                        .source(Source.OPERATORS, "", STALE_FLOWS)
                        .rows("E45")
                        .when("a client sends to a UDP port all the time from before it is mapped")
                        .then("soon after ADD the container answers it")
                        .run(PortmapCases::flowBeforeMapping),
                draft("portmap/udp-flow-to-new-owner", "")
                        .source(Source.OPERATORS, "", STALE_FLOWS)
                        .rows("E45")
                        .when(
                                "a client sends to a UDP port all the time while another container takes it over")
                        .then("soon the new one answers it")
                        .run(PortmapCases::flowToNewOwner),
                draft("portmap/udp-flow-after-del", "")
                        .source(Source.OPERATORS, "", STALE_FLOWS)
                        .rows("E45")
                        .when(
                                "a client sends to a mapped UDP port all the time, and after DEL the host opens it")
                        .then("soon the host answers it")
                        .run(PortmapCases::flowAfterDel),
                draft("portmap/lock-held", "")
                        .source(
                                Source.OPERATORS,
                                "",
                                "Other programs hold the lock of the iptables command for seconds.")
                        .rows("E16", "CON-05")
                        .when("another program holds /run/xtables.lock while ADD is called")
                        .then("ADD succeeds in the end, or fails with code 11: try again later")
                        .run(PortmapCases::lockHeld),
                draft("portmap/check-entry-removed", "")
                        .spec(
                                CheckCases.CHECK,
                                "The plugin should return an error if other resources not tracked in the Result type"
                                        + " such as the following are missing or are in an invalid state: Firewall"
                                        + " rules; Traffic shaping controls; IP reservations; External dependencies"
                                        + " such as a daemon required for connectivity; etc.")
                        .level(SHOULD)
                        .rows("E23")
                        .since(V0_4_0)
                        .needs(Need.NFT)
                        .when(
                                "whatever leads packets from the kernel's hooks to the mapping was removed")
                        .then("CHECK fails")
                        .run(PortmapCases::entryRemoved),
                draft("portmap/back-after-flush", "")
                        .source(
                                Source.OPERATORS,
                                "",
                                "After a firewall was reloaded, operators re-attach containers to get their ports back.")
                        .rows("E27")
                        .needs(Need.NFT)
                        .when(
                                "all rules were flushed, and the container is detached and attached again")
                        .then("the port leads to it again")
                        .run(PortmapCases::backAfterFlush));
    }

    private static Case.Draft draft(String id, String quote) {
        return Case.named(id)
                .level(DE_FACTO)
                .source(Source.PLUGINS, "", quote)
                .of(Trait.CHAINED, Trait.PORT_MAPPINGS)
                .needs(Need.PYTHON);
    }

    private static Case.Draft mapping(String id) {
        return draft(id, "")
                .level(SHOULD)
                .source(Source.CONVENTIONS, "well-known-capabilities", MAPPINGS)
                .rows("CAP-01");
    }

    private static ObjectNode config(Lab lab, String mappings) {
        return CapabilityCases.given(lab.config(Trait.PORT_MAPPINGS), "portMappings", mappings);
    }

    /** A new container with these ports of the host, on a host that forwards. */
    private static Attachment mapped(Lab lab, String mappings) {
        Attachment attachment = lab.attachment(lab.container(), config(lab, mappings));
        forwarding(lab);
        lab.add(attachment).result();
        return attachment;
    }

    /** What a bridge plugin before would have turned on. */
    private static void forwarding(Lab lab) {
        lab.onHost().sh("echo 1 > /proc/sys/net/ipv4/ip_forward");
        lab.afterwards(() -> lab.onHost().sh("echo 0 > /proc/sys/net/ipv4/ip_forward"));
    }

    private static String own(Attachment attachment) {
        return MasqueradeCases.own(attachment).host();
    }

    private static Exchange.Question web(Lab lab, Attachment attachment) {
        return new Exchange(lab).to(attachment.container(), 80);
    }

    private static Exchange.Question names(Lab lab, Attachment attachment) {
        return new Exchange(lab).to(attachment.container(), 53);
    }

    private static void reachable(Lab lab, Attachment attachment, String address) {
        web(lab, attachment).at(address, 8080).expected();
    }

    private static void fromOutside(Lab lab) {
        Attachment attachment = mapped(lab, WEB);
        var outside = new Outside(lab);
        String source =
                web(lab, attachment).from(outside.machine()).at(Outside.HOST, 8080).expected();
        Expect.equal("the address that the container sees", Outside.ADDRESS, source);
    }

    private static void udp(Lab lab) {
        Attachment attachment = mapped(lab, NAMES);
        var exchange = new Exchange(lab);
        Container container = attachment.container();
        exchange.to(container, 53).udp().at(HOST, 8080).expected();
        Container outside = new Outside(lab).machine();
        exchange.to(container, 53).udp().from(outside).at(Outside.HOST, 8080).expected();
    }

    private static void several(Lab lab) {
        Attachment attachment =
                mapped(
                        lab,
                        "[{'hostPort':8080,'containerPort':80,'protocol':'tcp'},"
                                + "{'hostPort':8081,'containerPort':81,'protocol':'tcp'},"
                                + "{'hostPort':8080,'containerPort':53,'protocol':'udp'}]");
        var exchange = new Exchange(lab);
        exchange.to(attachment.container(), 80).at(HOST, 8080).expected();
        exchange.to(attachment.container(), 81).at(HOST, 8081).expected();
        exchange.to(attachment.container(), 53).udp().at(HOST, 8080).expected();
    }

    private static void ipv6(Lab lab) {
        Attachment attachment = lab.attachment(lab.container(), config(lab, WEB));
        JsonNode previous = attachment.previous().orElseThrow().deepCopy();
        String bridge = previous.at("/interfaces/0/name").asText();
        lab.onHost().sh("ip -6 address add fd00:88::1/64 dev " + bridge + " nodad");
        new Wiring(lab, attachment)
                .inside(
                        "ip -6 address add fd00:88::2/64 dev $if nodad; ip -6 route add default via fd00:88::1");
        ObjectNode ip = ((ObjectNode) previous).withArrayProperty("ips").addObject();
        ip.put("address", "fd00:88::2/64").put("interface", 2);
        if (lab.version().before(V1_0_0)) {
            ip.put("version", "6");
        }
        lab.add(attachment.after(previous)).result();
        reachable(lab, attachment, "fd00:88::1");
    }

    private static void hairpin(Lab lab) {
        Attachment attachment = mapped(lab, WEB);
        // Where bridges are filtered, the kernel takes the translated packet for one between two
        // ports.
        new Wiring(lab, attachment).onHost("ip link set $port type bridge_slave hairpin on");
        web(lab, attachment).from(attachment.container()).at(HOST, 8080).expected();
    }

    private static void badPorts(Lab lab) {
        Attachment attachment = lab.attachment();
        for (String ports :
                List.of(
                        "'hostPort':0,'containerPort':80",
                        "'hostPort':-1,'containerPort':80",
                        "'hostPort':8080,'containerPort':0",
                        "'hostPort':70000,'containerPort':80")) {
            ObjectNode config = config(lab, "[{" + ports + ",'protocol':'tcp'}]");
            lab.call("ADD", attachment.with(config)).run().refused();
        }
    }

    private static void onlyToHost(Lab lab) {
        mapped(lab, WEB);
        Attachment neighbour = mapped(lab, OTHER_WEB);
        Container outside = new Outside(lab).machine();
        new Exchange(lab)
                .to(outside, 8080)
                .from(neighbour.container())
                .at(Outside.ADDRESS, 8080)
                .expected();
    }

    private static void hostIp(Lab lab) {
        Attachment attachment =
                mapped(
                        lab,
                        "[{'hostPort':8080,'containerPort':80,'protocol':'tcp','hostIP':'10.88.0.1'}]");
        Container outside = new Outside(lab).machine();
        web(lab, attachment).from(outside).at(HOST, 8080).expected();
        var elsewhere = web(lab, attachment).from(outside).briefly().at(Outside.HOST, 8080);
        Expect.that(
                !elsewhere.reached(),
                "the container is not reached at another address of the host",
                () -> elsewhere.sentence());
    }

    private static void anyHostIp(Lab lab) {
        Attachment attachment =
                mapped(
                        lab,
                        "[{'hostPort':8080,'containerPort':80,'protocol':'tcp','hostIP':'0.0.0.0'}]");
        Container outside = new Outside(lab).machine();
        web(lab, attachment).from(outside).at(HOST, 8080).expected();
        web(lab, attachment).from(outside).at(Outside.HOST, 8080).expected();
    }

    private static void otherProtocol(Lab lab) {
        Attachment one = mapped(lab, WEB);
        Attachment other = mapped(lab, NAMES);
        reachable(lab, one, HOST);
        new Exchange(lab).to(other.container(), 53).udp().at(HOST, 8080).expected();
    }

    private static void otherAddress(Lab lab) {
        Container outside = new Outside(lab).machine();
        String mapping = "[{'hostPort':8080,'containerPort':80,'protocol':'tcp','hostIP':'%s'}]";
        Attachment one = mapped(lab, mapping.formatted(HOST));
        Attachment other = mapped(lab, mapping.formatted(Outside.HOST));
        web(lab, one).from(outside).at(HOST, 8080).expected();
        web(lab, other).from(outside).at(Outside.HOST, 8080).expected();
    }

    private static void portOfAnother(Lab lab) {
        mapped(lab, WEB);
        Attachment second = lab.attachment(lab.container(), config(lab, WEB));
        Reply reply = lab.add(second);
        if (reply.exit() == 0) {
            reply.result();
            reachable(lab, second, HOST);
        } else {
            reply.refused();
        }
    }

    private static void portOfDeadOwner(Lab lab) {
        mapped(lab, WEB).container().destroy();
        reachable(lab, mapped(lab, WEB), HOST);
    }

    private static void twoNetworks(Lab lab) {
        Container container = lab.container();
        Attachment one = lab.attachment(container, config(lab, WEB));
        ObjectNode config = config(lab, OTHER_WEB).put("name", "conformance-other");
        Attachment other = lab.attachment(container, "eth1", config);
        forwarding(lab);
        lab.add(one).result();
        lab.add(other).result();
        web(lab, other).at(HOST, 9090).expected();
        lab.del(one).succeeded();
        web(lab, other).at(HOST, 9090).expected();
        var gone = web(lab, one).briefly().at(HOST, 8080);
        Expect.that(
                !gone.reached(),
                "the port of the network that is gone leads nowhere",
                () -> gone.sentence());
    }

    private static void delWithOtherMappings(Lab lab) {
        Attachment attachment = lab.attachment(lab.container(), config(lab, WEB));
        Snapshot before = lab.hostSnapshot();
        lab.add(attachment).result();
        lab.del(attachment.with(config(lab, OTHER_WEB))).succeeded();
        lab.expectHostAs(before, "before ADD");
    }

    private static void backendChanged(Lab lab) {
        changeBackend(lab, "nftables", "iptables");
        changeBackend(lab, "iptables", "nftables");
    }

    private static void changeBackend(Lab lab, String atAdd, String atDel) {
        ObjectNode config = config(lab, WEB);
        Attachment attachment = lab.attachment(lab.container(), config.put("backend", atAdd));
        Snapshot before = lab.hostSnapshot();
        if (lab.add(attachment).exit() != 0) {
            throw new NotHere("the plugin refuses backend " + atAdd);
        }
        attachment.config().put("backend", atDel);
        lab.del(attachment).succeeded();
        lab.expectHostAs(before, "before ADD");
    }

    /**
     * A client beyond the host whose datagrams all belong to one flow, which no earlier case had.
     */
    private static UnaryOperator<Exchange.Question> flow(Lab lab) {
        Container outside = new Outside(lab).machine();
        int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
        return question -> question.udp().from(outside).fromPort(port);
    }

    /**
     * Another container with a port: without any the kernel translates nothing, whatever it
     * remembers.
     */
    private static void bystander(Lab lab) {
        mapped(lab, OTHER_WEB);
    }

    private static void flowBeforeMapping(Lab lab) {
        bystander(lab);
        Attachment attachment = lab.attachment(lab.container(), config(lab, NAMES));
        var flow = flow(lab);
        flow.apply(names(lab, attachment)).briefly().at(Outside.HOST, 8080);
        lab.add(attachment).result();
        flow.apply(names(lab, attachment)).at(Outside.HOST, 8080).expected();
    }

    private static void flowToNewOwner(Lab lab) {
        bystander(lab);
        Attachment first = mapped(lab, NAMES);
        var flow = flow(lab);
        flow.apply(names(lab, first)).at(Outside.HOST, 8080).expected();
        lab.del(first).succeeded();
        Attachment second = mapped(lab, NAMES);
        flow.apply(names(lab, second)).at(Outside.HOST, 8080).expected();
    }

    private static void flowAfterDel(Lab lab) {
        bystander(lab);
        Attachment attachment = mapped(lab, NAMES);
        var flow = flow(lab);
        flow.apply(names(lab, attachment)).at(Outside.HOST, 8080).expected();
        lab.del(attachment).succeeded();
        flow.apply(new Exchange(lab).toHost(8080)).at(Outside.HOST, 8080).expected();
    }

    private static void lockHeld(Lab lab) {
        String lock = "/run/xtables.lock";
        Attachment attachment = lab.attachment(lab.container(), config(lab, WEB));
        lab.afterwards(() -> lab.host().tool("rm", "-f", lock));
        Execution holder =
                lab.host()
                        .start(
                                Invocation.tool(
                                        List.of(
                                                "flock",
                                                lock,
                                                "sh",
                                                "-c",
                                                "touch /run/conformance/held; sleep 2")));
        boolean held =
                Wait.holds(Duration.ofSeconds(5), () -> lab.host().exists("/run/conformance/held"));
        if (!held) {
            throw new NotHere("this machine has no flock command");
        }
        lab.note("another program holds " + lock + " for 2 s");
        Reply reply = lab.add(attachment);
        holder.await();
        if (reply.exit() == 0) {
            reply.result();
            reachable(lab, attachment, HOST);
        } else {
            reply.refused(11);
        }
    }

    private static void entryRemoved(Lab lab) {
        Attachment attachment = mapped(lab, WEB);
        if (lab.check(attachment).exit() != 0) {
            throw new NotHere("CHECK fails even before anything was removed");
        }
        int flushed = 0;
        for (JsonNode one : lab.onHost().json("nft", "-j", "list", "chains").path("nftables")) {
            JsonNode chain = one.path("chain");
            String hook = chain.path("hook").asText();
            if (chain.path("type").asText().equals("nat")
                    && (hook.equals("prerouting") || hook.equals("output"))) {
                lab.onHost()
                        .sh(
                                String.join(
                                        " ",
                                        "nft flush chain",
                                        chain.path("family").asText(),
                                        chain.path("table").asText(),
                                        chain.path("name").asText()));
                flushed++;
            }
        }
        if (flushed == 0) {
            throw new NotHere("the plugin uses no chains of nftables");
        }
        lab.note("flushed " + flushed + " chains that packets enter by");
        lab.check(attachment).refused();
    }

    private static void backAfterFlush(Lab lab) {
        Attachment attachment = mapped(lab, WEB);
        lab.onHost().sh("nft flush ruleset");
        lab.del(attachment).succeeded();
        lab.add(attachment).result();
        reachable(lab, attachment, HOST);
    }
}
