package dev.pontoon.bridge;

import static dev.pontoon.bridge.Node.L2;
import static dev.pontoon.bridge.Node.L3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The bridge, the veth pair and the settings of both. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class LinksIT {
    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
    }

    private JsonNode port() {
        assertThat(node.ports("br1")).hasSize(1);
        return node.link(node.ports("br1").getFirst());
    }

    @Test
    void aPairJoinsTheContainerToTheBridge() {
        CniCall call = node.call(c1, L2);
        JsonNode result = call.add().succeeded().json();
        JsonNode port = port();
        JsonNode inside = Node.link(c1, "eth0");
        assertThat(port.path("ifname").asText()).matches("veth[0-9a-f]{8}");
        assertThat(port.path("linkinfo").path("info_kind").asText()).isEqualTo("veth");
        assertThat(port.path("flags").toString()).contains("\"UP\"");
        assertThat(port.path("txqlen").asInt()).isZero();
        assertThat(inside.path("txqlen").asInt()).isEqualTo(1000);
        assertThat(inside.path("operstate").asText()).isEqualTo("UP");
        assertThat(node.link("br1").path("linkinfo").path("info_kind").asText())
                .isEqualTo("bridge");
        assertThat(node.link("br1").path("flags").toString()).contains("\"UP\"");

        assertInterface(result.path("interfaces").path(0), node.link("br1"), "");
        assertInterface(result.path("interfaces").path(1), port, "");
        assertInterface(result.path("interfaces").path(2), inside, c1.netns());
        assertThat(result.path("interfaces")).hasSize(3);
        assertThat(result.has("ips") || result.has("routes") || result.has("dns")).isFalse();
        assertThat(node.ipamCalls()).isEmpty();
    }

    private static void assertInterface(JsonNode told, JsonNode seen, String sandbox) {
        assertThat(told.path("name").asText()).isEqualTo(seen.path("ifname").asText());
        assertThat(told.path("mac").asText()).isEqualTo(seen.path("address").asText());
        assertThat(told.path("mtu").asInt()).isEqualTo(seen.path("mtu").asInt());
        assertThat(told.path("sandbox").asText()).isEqualTo(sandbox);
    }

    @Test
    void networkWithoutAddressesPassesCheckAndLeavesOnlyItsBridge() {
        Snapshot before = host.snapshot();
        CniCall call = node.call(c1, L2);
        CniResult added = call.add().succeeded();
        call.stdin(Conf.after(L2, added)).check().succeeded();
        call.stdin(Conf.after(L2, added)).del().succeeded();
        assertThat(node.ports("br1")).isEmpty();
        host.ok("ip", "link", "del", "br1");
        host.snapshot().without("^file /run/pontoon").assertSameAs(before);
        assertThat(c1.json("ip", "-j", "link").findValuesAsText("ifname")).containsExactly("lo");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    void mtuIsSetOnTheBridgeAndBothEnds() {
        JsonNode result = node.call(c1, Conf.with(L2, "{'mtu':1400}")).add().succeeded().json();
        assertThat(node.link("br1").path("mtu").asInt()).isEqualTo(1400);
        assertThat(port().path("mtu").asInt()).isEqualTo(1400);
        assertThat(Node.link(c1, "eth0").path("mtu").asInt()).isEqualTo(1400);
        assertThat(result.path("interfaces").findValues("mtu").toString())
                .isEqualTo("[1400, 1400, 1400]");
    }

    @Test
    void bridgeThatIsThereKeepsItsMtuAndItsPorts() {
        host.sh(
                "ip link add br1 type bridge; ip link set br1 mtu 1300; ip link add x type veth peer y;"
                        + " ip link set x master br1");
        CniCall call = node.call(c1, Conf.with(L2, "{'mtu':1450}"));
        CniResult added = call.add().succeeded();
        assertThat(node.link("br1").path("mtu").asInt()).isEqualTo(1300);
        assertThat(node.link("br1").path("flags").toString()).contains("\"UP\"");
        assertThat(Node.link(c1, "eth0").path("mtu").asInt()).isEqualTo(1450);
        assertThat(node.ports("br1")).hasSize(2).contains("x");
        call.stdin(Conf.after(L2, added)).del().succeeded();
        assertThat(node.ports("br1")).containsExactly("x");
    }

    @Test
    void linkOfAnotherKindIsNotTakenForABridge() {
        host.ok("ip", "link", "add", "br1", "type", "veth", "peer", "other");
        Snapshot before = host.snapshot();
        JsonNode error = node.call(c1, L3).add().failedWith(7).json();
        assertThat(CniResult.words(error)).contains("br1").contains("another kind");
        assertThat(node.ipamCalls()).isEmpty();
        host.snapshot().without("^file /run/pontoon").assertSameAs(before);
    }

    @Test
    void portSettingsAreSetAndFoundMissing() {
        var conf = Conf.with(L2, "{'hairpinMode':true,'portIsolation':true}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        CniCall check = call.stdin(Conf.after(conf, added));
        JsonNode set = port().path("linkinfo").path("info_slave_data");
        assertThat(set.path("hairpin").asBoolean()).isTrue();
        assertThat(set.path("isolated").asBoolean()).isTrue();
        check.check().succeeded();

        String port = port().path("ifname").asText();
        host.ok("bridge", "link", "set", "dev", port, "hairpin", "off");
        assertThat(CniResult.words(check.check().failedWith(103).json())).contains("hairpin", port);
        host.ok("bridge", "link", "set", "dev", port, "hairpin", "on", "isolated", "off");
        assertThat(CniResult.words(check.check().failedWith(103).json()))
                .contains("isolation", port);
        host.ok("bridge", "link", "set", "dev", port, "isolated", "on");
        check.check().succeeded();
    }

    @Test
    void portSettingsAreOffUnlessAskedFor() {
        node.call(c1, L2).add().succeeded();
        JsonNode set = port().path("linkinfo").path("info_slave_data");
        assertThat(set.path("hairpin").asBoolean()).isFalse();
        assertThat(set.path("isolated").asBoolean()).isFalse();
        assertThat(node.link("br1").path("promiscuity").asInt()).isZero();
    }

    @Test
    void isolatedPortsReachTheGatewayAndNotEachOther() {
        Container c2 = host.container("c2");
        var conf = Conf.with(L3, "{'isGateway':true,'portIsolation':true}");
        node.gives(c2, "eth0", "{'ips':[{'address':'10.9.0.3/24'}]}");
        node.call(c1, conf).add().succeeded();
        node.call(c2, conf).add().succeeded();
        c1.awaitPing("10.9.0.1");
        c2.awaitPing("10.9.0.1");
        assertThat(c1.pings("10.9.0.3")).isFalse();
        assertThat(c2.pings("10.9.0.2")).isFalse();
        // What keeps them apart is the setting, and nothing else.
        host.ok("bridge", "link", "set", "dev", node.ports("br1").getFirst(), "isolated", "off");
        c1.awaitPing("10.9.0.3");
    }

    @Test
    void hairpinModeSendsAFrameBackByThePortItCameIn() {
        Need.kernel("macvlan");
        node.call(c1, Conf.with(L2, "{'hairpinMode':true}")).add().succeeded();
        Container left = host.container("left");
        Container right = host.container("right");
        // Two stations behind one port that reach each other only by way of the bridge.
        host.sh(
                "for side in left right; do"
                        + " ip -n c1 link add $side link eth0 type macvlan mode vepa;"
                        + " ip -n c1 link set $side netns $side;"
                        + " ip -n $side link set $side up; done;"
                        + " ip -n left addr add 10.7.0.1/24 dev left;"
                        + " ip -n right addr add 10.7.0.2/24 dev right");
        left.awaitPing("10.7.0.2");
        right.awaitPing("10.7.0.1");
        host.ok("bridge", "link", "set", "dev", node.ports("br1").getFirst(), "hairpin", "off");
        assertThat(left.pings("10.7.0.2")).isFalse();
    }

    @Test
    void promiscuousModeIsSetOnAnExistingBridgeAndFoundMissing() {
        host.ok("ip", "link", "add", "br1", "type", "bridge");
        var conf = Conf.with(L2, "{'promiscMode':true}");
        CniCall call = node.call(c1, conf);
        CniCall check = call.stdin(Conf.after(conf, call.add().succeeded()));
        assertThat(node.link("br1").path("flags").toString()).contains("PROMISC");
        check.check().succeeded();
        host.ok("ip", "link", "set", "br1", "promisc", "off");
        assertThat(CniResult.words(check.check().failedWith(103).json()))
                .contains("br1", "promisc");
    }

    @Test
    void bridgeTakesNoRouterAdvertisementsAndKeepsItsMac() {
        node.call(c1, L2).add().succeeded();
        assertThat(host.ok("cat", "/proc/sys/net/ipv6/conf/br1/accept_ra")).isEqualTo("0\n");
        String mac = node.link("br1").path("address").asText();
        // A lower address than any other port's would become the bridge's, were it not its own.
        host.sh(
                "ip link add x address 02:00:00:00:00:01 type veth peer y;"
                        + " ip link set x master br1 up");
        assertThat(node.link("br1").path("address").asText()).isEqualTo(mac);
        node.call(c1, L2).del().succeeded();
        assertThat(node.link("br1").path("address").asText()).isEqualTo(mac);
    }

    @Test
    void bridgeThatSomebodyElseMadeKeepsItsMacAsWell() {
        host.ok("ip", "link", "add", "br1", "type", "bridge");
        String mac = node.link("br1").path("address").asText();
        node.call(c1, L2).add().succeeded();
        assertThat(node.link("br1").path("address").asText()).isEqualTo(mac);
        node.call(c1, L2).del().succeeded();
        assertThat(node.link("br1").path("address").asText()).isEqualTo(mac);
    }

    @Test
    void unusedBridgeGoesWithItsVlanGateways() {
        Snapshot before = host.snapshot();
        var conf = Conf.with(L2, "{'removeUnusedBridge':true}");
        node.call(c1, conf).add().succeeded();
        host.sh("ip link add br1.100 type veth peer vethgw; ip link set vethgw master br1");
        node.call(c1, conf).del().succeeded();
        host.snapshot().without("^file /run/pontoon").assertSameAs(before);
    }

    @Test
    void disabledInterfaceStaysDownAndStillPassesCheck() {
        var conf = Conf.with(L2, "{'disableContainerInterface':true}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        assertThat(Node.link(c1, "eth0").path("flags").toString()).doesNotContain("\"UP\"");
        call.stdin(Conf.after(conf, added)).check().succeeded();
        call.stdin(Conf.after(conf, added)).del().succeeded();
        assertThat(node.ports("br1")).isEmpty();
    }

    @Test
    void unusedBridgeGoesWithItsLastContainer() {
        Container c2 = host.container("c2");
        Snapshot before = host.snapshot();
        var conf = Conf.with(L2, "{'removeUnusedBridge':true}");
        node.call(c1, conf).add().succeeded();
        node.call(c2, conf).add().succeeded();
        node.call(c1, conf).del().succeeded();
        assertThat(node.ports("br1")).hasSize(1);
        node.call(c2, conf).del().succeeded();
        host.snapshot().without("^file /run/pontoon").assertSameAs(before);
    }

    @Test
    void bridgeWithSomebodyElsesPortStays() {
        var conf = Conf.with(L2, "{'removeUnusedBridge':true}");
        node.call(c1, conf).add().succeeded();
        host.sh("ip link add x type veth peer y; ip link set x master br1");
        node.call(c1, conf).del().succeeded();
        assertThat(node.ports("br1")).containsExactly("x");
    }
}
