package dev.pontoon.bridge;

import static dev.pontoon.bridge.Node.L3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Addresses inside and on the bridge, and the packets that follow them. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class GatewayIT {
    private static final String DUAL =
            "{'ips':[{'address':'10.9.0.2/24'},{'address':'fd09::2/64'}]}";

    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
    }

    private JsonNode add(String keys) {
        return node.call(c1, Conf.with(L3, keys)).add().succeeded().json();
    }

    private String forwarding(String path) {
        return host.ok("cat", "/proc/sys/net/" + path).strip();
    }

    @Test
    void addressesAreSetWithoutAGateway() {
        JsonNode result = add("{}");
        assertThat(c1.addresses("eth0")).containsExactly("10.9.0.2/24");
        assertThat(node.addresses("br1")).isEmpty();
        assertThat(result.path("ips").path(0).has("gateway")).isFalse();
        assertThat(result.has("routes")).isFalse();
        assertThat(c1.ok("ip", "route")).doesNotContain("default");
        assertThat(forwarding("ipv4/ip_forward")).isEqualTo("0");
    }

    @Test
    void bridgeBecomesTheGatewayOfBothFamilies() {
        node.gives(DUAL);
        JsonNode result = add("{'isGateway':true}");
        assertThat(node.addresses("br1")).containsExactly("10.9.0.1/24", "fd09::1/64");
        assertThat(result.path("ips").findValuesAsText("gateway"))
                .containsExactly("10.9.0.1", "fd09::1");
        assertThat(forwarding("ipv4/ip_forward")).isEqualTo("1");
        assertThat(forwarding("ipv6/conf/all/forwarding")).isEqualTo("1");
        assertThat(result.has("routes")).isFalse();
        c1.awaitPing("10.9.0.1");
        c1.awaitPing("fd09::1");
    }

    @Test
    void nothingIsTentativeWhenAddReturns() {
        node.gives(DUAL);
        add("{'isDefaultGateway':true}");
        assertThat(c1.ok("ip", "-6", "addr")).contains("fd09::2").doesNotContain("tentative");
        assertThat(host.ok("ip", "-6", "addr", "show", "dev", "br1"))
                .doesNotContain("fd09::1/64 scope global tentative");
        // One ping, no patience: the network works at once.
        assertThat(c1.pings("fd09::1")).isTrue();
        assertThat(c1.pings("10.9.0.1")).isTrue();
    }

    @Test
    void duplicateAddressDetectionRunsWhereItIsAskedFor() {
        node.gives(DUAL);
        var conf = Conf.with(L3, "{'isGateway':true,'enabledad':true}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        assertThat(c1.ok("cat", "/proc/sys/net/ipv6/conf/eth0/accept_dad").strip()).isEqualTo("1");
        assertThat(c1.ok("ip", "-6", "addr", "show", "dev", "eth0"))
                .contains("fd09::2")
                .doesNotContain("tentative")
                .doesNotContain("nodad");
        call.stdin(Conf.after(conf, added)).check().succeeded();
    }

    @Test
    void addressThatSomebodyHasIsRefusedWhereDetectionIsAskedFor() {
        Container c2 = host.container("c2");
        node.gives(DUAL);
        var conf = Conf.with(L3, "{'enabledad':true}");
        add("{}");
        JsonNode error = node.call(c2, conf).add().failed().json();
        assertThat(CniResult.words(error)).contains("fd09::2");
        assertThat(c2.json("ip", "-j", "link").findValuesAsText("ifname")).containsExactly("lo");
        assertThat(node.ports("br1")).hasSize(1);
        assertThat(node.ipamCalls()).containsExactly("ADD c1 eth0", "ADD c2 eth0", "DEL c2 eth0");
    }

    @Test
    void everyFamilyGetsADefaultRouteUnlessIpamGaveOne() {
        node.gives(
                "{'ips':[{'address':'10.9.0.2/24','gateway':'10.9.0.7'},"
                        + "{'address':'fd09::2/64','gateway':'fd09::7'}],"
                        + "'routes':[{'dst':'0.0.0.0/0','gw':'10.9.0.9'},{'dst':'10.5.0.0/16'}]}");
        JsonNode result = add("{'isDefaultGateway':true}");
        assertThat(node.addresses("br1")).containsExactly("10.9.0.7/24", "fd09::7/64");
        assertThat(c1.ok("ip", "route"))
                .contains("default via 10.9.0.9", "10.5.0.0/16 via 10.9.0.7")
                .doesNotContain("default via 10.9.0.7");
        assertThat(c1.ok("ip", "-6", "route")).contains("default via fd09::7");
        assertThat(result.path("routes").findValuesAsText("dst"))
                .containsExactly("0.0.0.0/0", "10.5.0.0/16", "::/0");
    }

    @Test
    void severalSubnetsOfAFamilyEachGetTheirGateway() {
        node.gives(
                "{'ips':[{'address':'10.9.0.2/24'},{'address':'10.9.1.2/24'},"
                        + "{'address':'10.9.1.3/24'},{'address':'fd09::2/64'},{'address':'fd0a::2/64'}]}");
        var conf = Conf.with(L3, "{'isDefaultGateway':true,'ipMasq':true}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        assertThat(node.addresses("br1"))
                .containsExactlyInAnyOrder(
                        "10.9.0.1/24", "10.9.1.1/24", "fd09::1/64", "fd0a::1/64");
        assertThat(c1.addresses("eth0")).hasSize(5);
        c1.awaitPing("10.9.1.1");
        c1.awaitPing("fd0a::1");
        call.stdin(Conf.after(conf, added)).check().succeeded();
        call.stdin(Conf.after(conf, added)).del().succeeded();
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void anotherAddressOnTheBridgeIsAnErrorThatChangesNothing() {
        host.sh("ip link add br1 type bridge; ip addr add 10.8.0.1/24 dev br1; ip link set br1 up");
        Snapshot before = host.snapshot().without("tso_max_size");
        Snapshot inside = c1.snapshot();
        JsonNode error =
                node.call(c1, Conf.with(L3, "{'isGateway':true}")).add().failedWith(7).json();
        assertThat(CniResult.words(error))
                .contains("br1", "10.9.0.1/24", "10.8.0.1/24", "forceAddress");
        host.snapshot().without("^file /run/pontoon|tso_max_size").assertSameAs(before);
        c1.snapshot().assertSameAs(inside);
        assertThat(node.ipamCalls()).containsExactly("ADD c1 eth0", "DEL c1 eth0");
    }

    @Test
    void forceAddressReplacesWhateverTheBridgeHas() {
        // Deleting the first address of a subnet takes the others of it along.
        host.sh(
                "ip link add br1 type bridge; ip link set br1 up;"
                        + " for a in 10.8.0.1/24 10.8.0.9/24 10.9.0.200/24 10.9.0.1/24 10.7.0.1/24; do"
                        + " ip addr add $a dev br1; done;"
                        + " ip addr add fd0b::1/64 dev br1; ip addr add fd09::99/64 dev br1");
        node.gives(DUAL);
        add("{'isGateway':true,'forceAddress':true}");
        assertThat(node.addresses("br1"))
                .containsExactlyInAnyOrder("10.9.0.1/24", "fd0b::1/64", "fd09::1/64");
        c1.awaitPing("10.9.0.1");
    }

    @Test
    void pointToPointSubnetsHaveTheOtherAddressAsGateway() {
        node.gives("{'ips':[{'address':'10.9.0.3/31'},{'address':'fd09::2/127'}]}");
        JsonNode result = add("{'isDefaultGateway':true}");
        assertThat(result.path("ips").findValuesAsText("gateway"))
                .containsExactly("10.9.0.2", "fd09::3");
        c1.awaitPing("10.9.0.2");
        c1.awaitPing("fd09::3");
    }

    @Test
    void subnetWithoutRoomForAGatewayIsAnErrorThatChangesNothing() {
        Snapshot inside = c1.snapshot();
        for (String address : new String[] {"10.9.0.1/24", "10.9.0.7/32", "255.255.255.255/32"}) {
            node.gives("{'ips':[{'address':'" + address + "'}]}");
            CniCall call = node.call(c1, Conf.with(L3, "{'isGateway':true}"));
            assertThat(CniResult.words(call.add().failedWith(7).json()))
                    .contains(address, "gateway");
        }
        c1.snapshot().assertSameAs(inside);
        assertThat(node.ports("br1")).isEmpty();
        assertThat(node.ipamCalls()).hasSize(6).endsWith("DEL c1 eth0");
    }

    @Test
    void neighboursForgetTheLastHolderOfAnAddress() {
        node.gives(DUAL);
        add("{'isGateway':true}");
        Container c2 = host.container("c2");
        node.gives(c2, "eth0", "{'ips':[{'address':'10.9.0.3/24'},{'address':'fd09::3/64'}]}");
        var conf = Conf.with(L3, "{'isGateway':true}");
        node.call(c2, conf).add().succeeded();
        String wrong = " lladdr 02:00:00:00:00:99 ";
        String script =
                "ip neigh replace 10.9.0.9"
                        + wrong
                        + "dev %1$s nud stale;"
                        + " ip neigh replace fd09::9"
                        + wrong
                        + "dev %1$s nud stale";
        host.sh(script.formatted("br1"));
        c2.sh(script.formatted("eth0"));
        Container c3 = host.container("c3");
        node.gives(c3, "eth0", "{'ips':[{'address':'10.9.0.9/24'},{'address':'fd09::9/64'}]}");
        node.call(c3, conf).add().succeeded();
        String mac = Node.link(c3, "eth0").path("address").asText();
        Await.until(
                "c2 to learn the new MAC",
                () -> c2.ok("ip", "neigh"),
                seen -> seen.split(mac, -1).length == 3);
        assertThat(host.ok("ip", "neigh")).doesNotContain("02:00:00:00:00:99");
        assertThat(c2.pings("10.9.0.9")).isTrue();
        assertThat(c2.pings("fd09::9")).isTrue();
        assertThat(host.run("ping", "-c1", "-W1", "10.9.0.9").exit()).isZero();
    }

    @Test
    void addressIsAnnouncedOnTheWire() {
        Need.tool("tcpdump");
        node.gives(DUAL);
        host.sh("ip link add br1 type bridge; ip link set br1 up");
        Running dump = host.start("tcpdump", "-lni", "br1", "arp or icmp6");
        Await.until("tcpdump", () -> dump.stderr().contains("listening"));
        add("{}");
        Await.until("a gratuitous ARP", () -> dump.stdout().contains("who-has 10.9.0.2"));
        Await.until(
                "an advertisement", () -> dump.stdout().contains("advertisement, tgt is fd09::2"));
        dump.kill();
    }

    @Test
    void routesHaveEveryAttributeThatTheIpamPluginGave() {
        node.gives(
                "{'cniVersion':'1.1.0','ips':[{'address':'10.9.0.2/24','gateway':'10.9.0.1'},"
                        + "{'address':'fd09::2/64','gateway':'fd09::1'}],'routes':["
                        + "{'dst':'10.1.0.0/16','gw':'10.9.0.8','mtu':1300,'advmss':1260,'priority':77},"
                        + "{'dst':'10.2.0.0/16','table':200},"
                        + "{'dst':'10.3.0.0/16','scope':253},"
                        + "{'dst':'10.4.0.0/16','gw':'10.9.0.1','scope':0,'table':0},"
                        + "{'dst':'fd01::/64','mtu':1290,'advmss':1240,'priority':78,'table':201},"
                        + "{'dst':'fd02::/64','gw':'fd09::8'},{'dst':'0.0.0.0/0','table':202}]}");
        var conf = Conf.with(L3, "{'isDefaultGateway':true}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        assertThat(c1.ok("ip", "route"))
                .contains("10.1.0.0/16 via 10.9.0.8 dev eth0 metric 77 mtu 1300 advmss 1260")
                .contains("10.3.0.0/16 dev eth0 scope link")
                .contains("10.4.0.0/16 via 10.9.0.1 dev eth0")
                .contains("default via 10.9.0.1 dev eth0");
        assertThat(c1.ok("ip", "route", "show", "table", "200"))
                .startsWith("10.2.0.0/16 via 10.9.0.1 dev eth0");
        assertThat(c1.ok("ip", "route", "show", "table", "202"))
                .startsWith("default via 10.9.0.1 dev eth0");
        assertThat(c1.ok("ip", "-6", "route", "show", "table", "201"))
                .startsWith("fd01::/64 via fd09::1 dev eth0 metric 78 mtu 1290 advmss 1240");
        assertThat(c1.ok("ip", "-6", "route"))
                .contains("fd02::/64 via fd09::8 dev eth0", "default via fd09::1 dev eth0");
        CniCall check = call.stdin(Conf.after(conf, added));
        check.check().succeeded();
        c1.ok("ip", "route", "del", "10.2.0.0/16", "table", "200");
        assertThat(CniResult.words(check.check().failedWith(103).json())).contains("10.2.0.0/16");
    }

    @Test
    void routeThatTheKernelRefusesUndoesTheAdd() {
        Snapshot inside = c1.snapshot();
        node.gives(
                "{'ips':[{'address':'10.9.0.2/24'}],"
                        + "'routes':[{'dst':'10.1.0.0/16','gw':'192.0.2.1'}]}");
        var conf = Conf.with(L3, "{'isGateway':true,'ipMasq':true,'macspoofchk':true}");
        JsonNode error = node.call(c1, conf).add().failedWith(100).json();
        assertThat(CniResult.words(error)).contains("10.1.0.0/16", "192.0.2.1", "unreachable");
        c1.snapshot().assertSameAs(inside);
        assertThat(node.ports("br1")).isEmpty();
        assertThat(node.ruleset()).isEmpty();
        assertThat(node.ipamCalls()).containsExactly("ADD c1 eth0", "DEL c1 eth0");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    void secondNetworksDefaultRouteDoesNotFail() {
        add("{'isDefaultGateway':true}");
        node.gives("{'ips':[{'address':'10.8.0.2/24'}]}");
        var conf = Conf.with(L3, "{'name':'n2','bridge':'br2','isDefaultGateway':true}");
        node.call(c1, conf).ifname("net1").add().succeeded();
        assertThat(c1.ok("ip", "route")).contains("10.9.0.1 dev eth0", "10.8.0.1 dev net1");
    }
}
