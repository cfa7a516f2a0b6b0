package dev.pontoon.firewall;

import static dev.pontoon.firewall.Node.CONF;
import static dev.pontoon.firewall.Node.OUTSIDE_V4;
import static dev.pontoon.firewall.Node.OUTSIDE_V6;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.RunningCall;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who reaches whom: two bridges, two containers on the first, and a machine outside. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class IngressPolicyIT {
    private Host host;
    private Node node;
    private Container c1;
    private Container c2;
    private Container other;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("nftables");
        host = fresh;
        node = new Node(fresh);
        node.bridge(1);
        node.bridge(2);
        c1 = node.container("c1", 1, 2);
        c2 = node.container("c2", 1, 3);
        other = node.container("other", 2, 2);
    }

    private static ObjectNode conf(String network, String policy, String keys, int n, int m) {
        String more = keys.isEmpty() ? "" : "," + keys;
        ObjectNode conf =
                Conf.with(
                        CONF,
                        "{'name':'" + network + "','ingressPolicy':'" + policy + "'" + more + "}");
        return Node.behind(conf, n, m);
    }

    private void add(String policy, String keys) {
        node.call(conf("n1", policy, keys, 1, 2), c1).add().succeeded();
        node.call(conf("n1", policy, keys, 1, 3), c2).add().succeeded();
        node.call(conf("n2", policy, keys, 2, 2), other).add().succeeded();
    }

    private void del(String policy, String keys) {
        node.call(conf("n1", policy, keys, 1, 2), c1).del().succeeded();
        node.call(conf("n2", policy, keys, 2, 2), other).del().succeeded();
        node.call(conf("n1", policy, keys, 1, 3), c2).del().succeeded();
    }

    private void assertOutsideIsReached(Container outside) {
        c1.awaitPing(OUTSIDE_V4);
        c1.awaitPing(OUTSIDE_V6);
        // A published port comes in from there.
        outside.awaitPing("10.1.0.2");
        outside.awaitPing("fd00:1::2");
    }

    private void assertBridgesAreApart() {
        assertThat(c1.pings("10.2.0.2")).isFalse();
        assertThat(c1.pings("fd00:2::2")).isFalse();
        assertThat(other.pings("10.1.0.2")).isFalse();
        assertThat(other.pings("fd00:1::2")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"'backend':'nftables'", "'backend':'iptables'"})
    void sameBridgeKeepsBridgesApartAndNothingElse(String keys) {
        Need.kernel("iptables nft");
        Need.tool("socat");
        Container outside = node.outside();
        c1.awaitPing("10.2.0.2");
        c1.awaitPing("fd00:2::2");
        add("same-bridge", keys);
        assertBridgesAreApart();
        Node.listen(other, 7000);
        assertThat(Node.connects(c1, "10.2.0.2", 7000)).isFalse();
        assertOutsideIsReached(outside);
        c1.awaitPing("10.1.0.3");
        c1.awaitPing("fd00:1::3");
        node.call(conf("n1", "same-bridge", keys, 1, 2), c1).check().succeeded();

        del("same-bridge", keys);
        c1.awaitPing("10.2.0.2");
        c1.awaitPing("fd00:2::2");
        assertThat(node.ruleset()).doesNotContain("pontoon", "ISOLATION", "br1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'backend':'nftables'", "'backend':'iptables'"})
    void isolatedKeepsContainersOfOneBridgeApartToo(String keys) {
        Need.kernel("iptables nft");
        Need.kernel("br_netfilter");
        Container outside = node.outside();
        c1.awaitPing("10.1.0.3");
        c1.awaitPing("fd00:1::3");
        add("isolated", keys);
        assertBridgesAreApart();
        assertThat(c1.pings("10.1.0.3")).isFalse();
        assertThat(c1.pings("fd00:1::3")).isFalse();
        assertOutsideIsReached(outside);
        node.call(conf("n1", "isolated", keys, 1, 2), c1).check().succeeded();

        del("isolated", keys);
        c1.awaitPing("10.1.0.3");
        c1.awaitPing("fd00:1::3");
        assertThat(node.ruleset()).doesNotContain("pontoon", "ISOLATION", "br1");
    }

    @Test
    void bridgeWithoutAPolicyIsReachedFromThere() {
        node.call(conf("n1", "same-bridge", "", 1, 2), c1).add().succeeded();
        node.call(conf("n2", "open", "", 2, 2), other).add().succeeded();
        c1.awaitPing("10.2.0.2");
        assertThat(node.elements("firewall_bridges")).containsExactly("br1 n1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'backend':'nftables'", "'backend':'iptables'"})
    void newPolicyOfANetworkReplacesTheOldOne(String keys) {
        Need.kernel("iptables nft");
        Need.kernel("br_netfilter");
        node.call(conf("n1", "isolated", keys, 1, 2), c1).add().succeeded();
        assertThat(c1.pings("10.1.0.3")).isFalse();
        node.call(conf("n1", "same-bridge", keys, 1, 3), c2).add().succeeded();
        c1.awaitPing("10.1.0.3");
        node.call(conf("n1", "isolated", keys, 1, 2), c1).check().succeeded();
        // The newest policy stands while the network has anybody on the bridge.
        node.call(conf("n1", "same-bridge", keys, 1, 3), c2).del().succeeded();
        c1.awaitPing("10.1.0.3");
        node.call(conf("n1", "isolated", keys, 1, 2), c1).del().succeeded();
        assertThat(node.ruleset()).doesNotContain("pontoon", "ISOLATION");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'backend':'nftables'", "'backend':'iptables'"})
    void strictestOfSeveralNetworksOnABridgeHolds(String keys) {
        Need.kernel("iptables nft");
        Need.kernel("br_netfilter");
        ObjectNode strict = conf("strict", "isolated", keys, 1, 2);
        ObjectNode mild = conf("mild", "same-bridge", keys, 1, 3);
        node.call(strict, c1).add().succeeded();
        node.call(mild, c2).add().succeeded();
        assertThat(c1.pings("10.1.0.3")).isFalse();
        node.call(mild, c2).check().succeeded();
        node.call(strict, c1).del().succeeded();
        c1.awaitPing("10.1.0.3");
        node.call(mild, c2).check().succeeded();
        node.call(strict, c1).add().succeeded();
        assertThat(c1.pings("10.1.0.3")).isFalse();
        node.call(mild, c2).del().succeeded();
        assertThat(c1.pings("10.1.0.3")).isFalse();
    }

    @Test
    @DisplayName("E19 second interface on a bridge keeps the policy when the first is gone")
    void secondInterfaceKeepsThePolicy() {
        node.attach(c1, "eth1", 1, 4);
        ObjectNode eth0 = conf("n1", "same-bridge", "", 1, 2);
        ObjectNode eth1 = conf("n1", "same-bridge", "", 1, 4);
        node.call(eth0, c1).add().succeeded();
        node.call(eth1, c1).ifname("eth1").add().succeeded();
        node.call(eth0, c1).del().succeeded();
        assertThat(node.elements("firewall_bridges")).containsExactly("br1 n1");
        assertThat(node.elements("firewall_v4")).containsExactly("10.1.0.4 n1/c1/eth1");
        node.call(eth1, c1).ifname("eth1").check().succeeded();
        node.call(eth1, c1).ifname("eth1").del().succeeded();
        assertThat(node.ruleset()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "delete element inet pontoon firewall_bridges { br1 }",
                "delete element inet pontoon firewall_within { br1 . br1 }"
            })
    void checkNamesTheBridgeThatIsOpen(String command) {
        ObjectNode conf = conf("n1", "isolated", "", 1, 2);
        node.call(conf, c1).add().succeeded();
        host.ok("nft", command);
        CniResult found = node.call(conf, c1).check().failedWith(103);
        assertThat(found.json().path("msg").asText()).contains("br1", "firewall_");
        node.call(conf, c1).del().succeeded();
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void gcOpensABridgeThatNobodyAsksForAndNoOther() {
        node.call(conf("n1", "isolated", "", 1, 2), c1).add().succeeded();
        node.call(conf("n2", "isolated", "", 2, 2), other).add().succeeded();
        host.ok("rm", "-r", "/run/pontoon/ledger");
        ObjectNode gc = Conf.with(CONF, "{'cni.dev/valid-attachments':[]}");
        node.plain(gc).gc().succeeded();
        assertThat(node.elements("firewall_bridges")).containsExactly("br2 n2");
        assertThat(node.elements("firewall_within")).hasSize(1);
        // A DEL that knows nothing opens no bridge: others may be on it.
        node.call(CONF, other).del().succeeded();
        assertThat(node.elements("firewall_bridges")).containsExactly("br2 n2");
    }

    @Test
    void manyThatComeAndLeaveAtOnceLeaveNothing() {
        List<RunningCall> calls = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            calls.clear();
            for (int i = 0; i < 8; i++) {
                ObjectNode conf = conf("n" + i % 2, "isolated", "", 1, 10 + i);
                String verb = round == 0 ? "ADD" : "DEL";
                calls.add(node.call(conf, c1).containerId("many" + i).start(verb));
            }
            calls.forEach(call -> call.await().succeeded());
            if (round == 0) {
                assertThat(node.elements("firewall_v4")).hasSize(8);
            }
        }
        assertThat(node.ruleset()).isEmpty();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }
}
