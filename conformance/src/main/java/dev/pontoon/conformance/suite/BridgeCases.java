package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MAY;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** What the bridge plugin promises its users, key by key. */
final class BridgeCases {

    private static final String FORGED = "02:de:ad:be:ef:01";

    private static final String FORCE =
            "`forceAddress` (boolean, optional): Indicates if a new IP address should be set if the previous value has"
                    + " been changed. Defaults to false.";

    private static final String DEFAULT_GATEWAY =
            "`isDefaultGateway` (boolean, optional): Sets isGateway to true and makes the assigned IP the default"
                    + " route. Defaults to false.";

    private static final String SPOOF =
            "`macspoofchk` (boolean, optional): Enables mac spoof check, limiting the traffic originating from the"
                    + " container to the mac address of the interface. Defaults to false.";

    private BridgeCases() {}

    static List<Case> all() {
        return List.of(
                draft(
                                "bridge/gateway-address",
                                "`isGateway` (boolean, optional): assign an IP address to the bridge. Defaults to false.")
                        .rows("BRG-01")
                        .of(Trait.GATEWAY)
                        .when("the bridge is to be the containers' gateway")
                        .then("it has the gateway's address with the prefix length of the subnet")
                        .run(BridgeCases::gatewayAddress),
                draft(
                                "bridge/no-gateway-address",
                                "`isGateway` (boolean, optional): assign an IP address to the bridge. Defaults to false.")
                        .rows("BRG-01")
                        .of(Trait.GATEWAY)
                        .when("the bridge is not to be the containers' gateway")
                        .then("it has no address")
                        .run(BridgeCases::noGatewayAddress),
                draft("bridge/default-gateway", DEFAULT_GATEWAY)
                        .rows("BRG-02")
                        .of(Trait.DEFAULT_GATEWAY)
                        .when("the bridge is to be the default gateway, and IPAM gives no route")
                        .then(
                                "the container has a default route through it, and the result says so")
                        .run(BridgeCases::defaultGateway),
                draft("bridge/default-gateway-once", DEFAULT_GATEWAY)
                        .rows("BRG-02")
                        .of(Trait.DEFAULT_GATEWAY)
                        .when(
                                "the bridge is to be the default gateway, and IPAM gives a default route through it")
                        .then("the container has one default route")
                        .run(BridgeCases::defaultGatewayOnce),
                draft(
                                "bridge/hairpin",
                                "`hairpinMode` (boolean, optional): set hairpin mode for interfaces on the bridge."
                                        + " Defaults to false.")
                        .rows("BRG-03")
                        .of(Trait.HAIRPIN)
                        .when("one container is attached with hairpin mode and one without")
                        .then("the first one's port is in hairpin mode and the second one's is not")
                        .run(BridgeCases::hairpin),
                draft(
                                "bridge/promiscuous",
                                "`promiscMode` (boolean, optional): set promiscuous mode on the bridge. Defaults to"
                                        + " false.")
                        .rows("BRG-04")
                        .of(Trait.PROMISCUOUS)
                        .when("a container is attached without promiscuous mode, then one with it")
                        .then("the bridge is promiscuous from the second one on")
                        .run(BridgeCases::promiscuous),
                draft(
                                "bridge/mtu",
                                "`mtu` (integer, optional): explicitly set MTU to the specified value. Defaults to the"
                                        + " value chosen by the kernel.")
                        .rows("BRG-05")
                        .of(Trait.MTU)
                        .when("an MTU is configured")
                        .then("both ends of the container's link have it")
                        .run(BridgeCases::mtu),
                draft("bridge/spoof-check", SPOOF)
                        .rows("BRG-06")
                        .of(Trait.MAC_SPOOF_CHECK)
                        .needs(Need.PYTHON, Need.NFT)
                        .when(
                                "a container whose MAC address is checked sends frames from a forged one and from its own")
                        .then("a neighbour sees those from its own and no forged one")
                        .run(BridgeCases::spoofCheck),
                draft("bridge/spoof-check-off", SPOOF)
                        .rows("BRG-06")
                        .of(Trait.MAC_SPOOF_CHECK)
                        .needs(Need.PYTHON)
                        .when(
                                "a container whose MAC address is not checked sends frames from another one, as nested bridges do")
                        .then("a neighbour sees them")
                        .run(BridgeCases::spoofCheckOff),
                draft(
                                "bridge/port-isolation",
                                "portIsolation (boolean, optional): isolates the container's port.")
                        .level(MAY)
                        .rows("BRG-07")
                        .of(Trait.PORT_ISOLATION)
                        .when("a container is attached with port isolation")
                        .then("its port is isolated")
                        .run(BridgeCases::portIsolation),
                draft("bridge/force-address", FORCE)
                        .rows("BRG-08", "E60")
                        .of(Trait.FORCE_ADDRESS, Trait.GATEWAY)
                        .when("the bridge has another address, which may be replaced")
                        .then("it has the gateway's address in its place")
                        .run(BridgeCases::forceAddress),
                draft("bridge/other-address-kept", FORCE)
                        .rows("BRG-08", "E60")
                        .of(Trait.FORCE_ADDRESS, Trait.GATEWAY)
                        .when("the bridge has another address, which may not be replaced")
                        .then("ADD fails and the bridge keeps it")
                        .run(BridgeCases::otherAddressKept),
                draft("bridge/vlan", "`vlan` (int, optional): assign VLAN tag. Defaults to none.")
                        .rows("BRG-09")
                        .of(Trait.VLAN)
                        .needs(Need.BRIDGE_VLAN_FILTERING)
                        .when("a container is put on a VLAN")
                        .then("its port is an untagged member of that VLAN, and of no other")
                        .run(BridgeCases::vlan),
                draft(
                                "bridge/existing",
                                "`bridge` (string, optional): name of the bridge to use/create. Defaults to \"cni0\".")
                        .rows("BRG-10")
                        .when("the bridge is there already, with a port of somebody else's")
                        .then(
                                "the container is attached to it, and the bridge and the other port stay as they are")
                        .run(BridgeCases::existing),
                draft(
                                "bridge/layer-two",
                                "Alternatively, the bridge can function purely in L2 mode and would need to be bridged to"
                                        + " the host network interface")
                        .rows("BRG-11")
                        .of(Trait.WITHOUT_IPAM)
                        .when("the network has no IPAM")
                        .then("the container's link is up and a port, without address and route")
                        .run(BridgeCases::layerTwo),
                draft(
                                "bridge/neighbours",
                                "With bridge plugin, all containers (on the same host) are plugged into a bridge (virtual"
                                        + " switch) that resides in the host network namespace.")
                        .rows("BRG-12")
                        .of(Trait.DUAL_STACK)
                        .needs(Need.PING)
                        .when("two containers are attached, each with an IPv4 and an IPv6 address")
                        .then("one gets an answer from the other in both families")
                        .run(BridgeCases::neighbours));
    }

    private static Case.Draft draft(String id, String quote) {
        return Case.named(id).level(DE_FACTO).source(Source.PLUGINS, "", quote).of(Trait.BRIDGE);
    }

    /** The host's end of the container's link. */
    private static JsonNode port(Lab lab, Attachment attachment) {
        return lab.onHost().needLink(new Wiring(lab, attachment).port());
    }

    /** The bridge that the container's link is a port of. */
    private static JsonNode bridge(Lab lab, Attachment attachment) {
        JsonNode port = port(lab, attachment);
        Expect.that(
                port.hasNonNull("master"),
                "the host's end of the container's link is a port of a bridge",
                () -> port.path("ifname").asText() + " is a port of none");
        return lab.onHost().needLink(port.path("master").asText());
    }

    private static List<String> bridgeAddresses(Lab lab, Attachment attachment) {
        return lab.onHost().addresses(bridge(lab, attachment).path("ifname").asText());
    }

    private static void gatewayAddress(Lab lab) {
        Attachment attachment = lab.attached();
        for (Reported.Ip ip : Reported.of(attachment).ips(attachment.ifname())) {
            String expected = ip.gateway() + ip.cidr().substring(ip.cidr().indexOf('/'));
            Expect.contains("addresses of the bridge", bridgeAddresses(lab, attachment), expected);
        }
    }

    private static void noGatewayAddress(Lab lab) {
        ObjectNode config = lab.config();
        if (!config.path("isGateway").asBoolean()) {
            throw new NotHere("the profile knows no key isGateway that could be turned off");
        }
        Attachment attachment = lab.attachment(lab.container(), config.put("isGateway", false));
        lab.add(attachment).result();
        Expect.equal(
                "the list of addresses of the bridge", List.of(), bridgeAddresses(lab, attachment));
    }

    private static void defaultGateway(Lab lab) {
        ObjectNode config = Networks.withoutRoutes(lab, lab.config(Trait.DEFAULT_GATEWAY));
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        String gateway = MasqueradeCases.own(attachment).gateway();
        List<String> there = defaults(lab, attachment);
        Expect.equal("the list of default routes in the container", List.of(gateway), there);
        List<String> told =
                Reported.of(attachment).routes().stream().map(Reported.Route::shown).toList();
        Expect.contains("routes of the result", told, "default");
    }

    private static void defaultGatewayOnce(Lab lab) {
        String route = "[{'dst':'0.0.0.0/0','gw':'10.88.0.1'}]";
        Stub stub = Networks.stubWithRoutes(lab, "conformance-default", route);
        ObjectNode config = Networks.withIpam(lab.config(Trait.DEFAULT_GATEWAY), stub);
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        String gateway = MasqueradeCases.own(attachment).gateway();
        Expect.equal(
                "the list of default routes in the container",
                List.of(gateway),
                defaults(lab, attachment));
    }

    /** The gateways of the container's IPv4 default routes. */
    private static List<String> defaults(Lab lab, Attachment attachment) {
        return lab.in(attachment).routes().stream()
                .filter(route -> route.path("dst").asText().equals("default"))
                .map(route -> route.path("gateway").asText())
                .filter(gateway -> !gateway.contains(":"))
                .toList();
    }

    private static void hairpin(Lab lab) {
        expectPortFlag(lab, lab.attached(Trait.HAIRPIN), "hairpin", true);
        expectPortFlag(lab, lab.attached(), "hairpin", false);
    }

    private static void portIsolation(Lab lab) {
        expectPortFlag(lab, lab.attached(Trait.PORT_ISOLATION), "isolated", true);
    }

    private static void expectPortFlag(
            Lab lab, Attachment attachment, String flag, boolean wanted) {
        JsonNode data = port(lab, attachment).at("/linkinfo/info_slave_data");
        Expect.equal(
                "`" + flag + "` of the port of container " + attachment.id(),
                wanted,
                data.path(flag).asBoolean());
    }

    private static void promiscuous(Lab lab) {
        expectPromiscuous(bridge(lab, lab.attached()), false);
        expectPromiscuous(bridge(lab, lab.attached(Trait.PROMISCUOUS)), true);
    }

    private static void expectPromiscuous(JsonNode bridge, boolean wanted) {
        boolean there = bridge.path("flags").toString().contains("\"PROMISC\"");
        Expect.equal("promiscuous mode of the bridge", wanted, there);
    }

    private static void mtu(Lab lab) {
        int wanted = lab.config(Trait.MTU).path("mtu").asInt();
        Attachment attachment = lab.attached(Trait.MTU);
        String ifname = attachment.ifname();
        int inside = lab.in(attachment).needLink(ifname).path("mtu").asInt();
        Expect.equal("the MTU of " + ifname, wanted, inside);
        Expect.equal(
                "the MTU of the host's end", wanted, port(lab, attachment).path("mtu").asInt());
    }

    private static void spoofCheck(Lab lab) {
        Exchange.Seen seen = framesFrom(lab, lab.attached(Trait.MAC_SPOOF_CHECK));
        Expect.that(
                seen.honest(),
                "a neighbour sees frames from the container's own MAC address",
                () -> "it saw none in 3 s");
        Expect.that(
                !seen.forged(),
                "a neighbour sees no frame from a forged MAC address",
                () -> "it saw one from " + FORGED);
    }

    private static void spoofCheckOff(Lab lab) {
        Expect.that(
                framesFrom(lab, lab.attached()).forged(),
                "a neighbour sees frames from another MAC address than the container's",
                () -> "it saw none from " + FORGED);
    }

    private static Exchange.Seen framesFrom(Lab lab, Attachment sender) {
        Attachment neighbour = lab.attached();
        return new Exchange(lab)
                .frames(
                        sender.container(),
                        sender.ifname(),
                        neighbour.container(),
                        neighbour.ifname(),
                        FORGED);
    }

    /** Makes the configured bridge before the plugin can, with that done to it. */
    private static String madeBefore(Lab lab, ObjectNode config, String script) {
        String bridge = config.path("bridge").asText();
        if (bridge.isEmpty()) {
            throw new NotHere("the profile does not say which bridge is used");
        }
        lab.note("made bridge " + bridge + " before ADD: " + script);
        lab.host().script("ip link add $1 type bridge; ip link set $1 up; " + script, bridge);
        lab.afterwards(() -> lab.host().tool("ip", "link", "del", bridge));
        return bridge;
    }

    private static void forceAddress(Lab lab) {
        ObjectNode config = lab.config(Trait.FORCE_ADDRESS);
        madeBefore(lab, config, "ip address add 10.77.0.1/24 dev $1");
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        String gateway = MasqueradeCases.own(attachment).gateway();
        Expect.equal(
                "the list of addresses of the bridge",
                List.of(gateway + "/24"),
                bridgeAddresses(lab, attachment));
    }

    private static void otherAddressKept(Lab lab) {
        ObjectNode config = lab.config();
        String bridge = madeBefore(lab, config, "ip address add 10.77.0.1/24 dev $1");
        lab.call("ADD", lab.attachment(lab.container(), config)).run().refused();
        Expect.equal(
                "the list of addresses of the bridge",
                List.of("10.77.0.1/24"),
                lab.onHost().addresses(bridge));
    }

    private static void vlan(Lab lab) {
        int wanted = lab.config(Trait.VLAN).path("vlan").asInt();
        Attachment attachment = lab.attached(Trait.VLAN);
        String port = new Wiring(lab, attachment).port();
        JsonNode vlans =
                lab.onHost().json("bridge", "-j", "vlan", "show", "dev", port).at("/0/vlans");
        Expect.that(
                vlans.size() == 1
                        && vlans.at("/0/vlan").asInt() == wanted
                        && vlans.at("/0/flags").toString().contains("PVID")
                        && vlans.at("/0/flags").toString().contains("Untagged"),
                "the port is on VLAN " + wanted + " alone, untagged",
                () -> "its VLANs are " + vlans);
    }

    private static void existing(Lab lab) {
        ObjectNode config = lab.config();
        String script =
                "ip link add ccguest type veth peer name ccguest2; ip link set ccguest master $1 up";
        String bridge = madeBefore(lab, config, script);
        lab.afterwards(() -> lab.host().tool("ip", "link", "del", "ccguest"));
        String mac = lab.onHost().needLink(bridge).path("address").asText();
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        Expect.equal(
                "the bridge of the container's port",
                bridge,
                port(lab, attachment).path("master").asText());
        lab.del(attachment).succeeded();
        JsonNode guest = lab.onHost().needLink("ccguest");
        Expect.equal("the bridge of the other port", bridge, guest.path("master").asText());
        String after = lab.onHost().needLink(bridge).path("address").asText();
        Expect.equal("the MAC address of the bridge", mac, after);
    }

    private static void layerTwo(Lab lab) {
        ObjectNode config = lab.config();
        config.remove("ipam");
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        JsonNode link = lab.in(attachment).needLink(attachment.ifname());
        Expect.contains("flags of " + attachment.ifname(), flags(link), "UP");
        bridge(lab, attachment);
        Expect.equal(
                "the list of addresses of " + attachment.ifname(),
                List.of(),
                lab.in(attachment).addresses(attachment.ifname()));
        Expect.equal("the list of default routes", List.of(), defaults(lab, attachment));
    }

    private static List<String> flags(JsonNode link) {
        return link.path("flags").valueStream().map(JsonNode::asText).toList();
    }

    private static void neighbours(Lab lab) {
        Attachment one = lab.attached(Trait.DUAL_STACK);
        Attachment other = lab.attached(Trait.DUAL_STACK);
        for (Reported.Ip ip : Reported.of(other).ips(other.ifname())) {
            Reach.pings(lab.in(one), "a neighbour", ip.host());
        }
    }
}
