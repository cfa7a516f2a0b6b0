package dev.pontoon.firewall;

import static dev.pontoon.firewall.Node.CONF;
import static dev.pontoon.firewall.Node.OUTSIDE_V4;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What DEL, GC, CHECK and a repeated ADD make of what is there, is left or is gone. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class RemovalIT {
    private static final ObjectNode C1 = Node.behind(CONF, 1, 2);

    private Host host;
    private Node node;
    private MountedContainer c1;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("nftables");
        Need.kernel("iptables nft");
        host = fresh;
        node = new Node(fresh);
        node.bridge(1);
        c1 = node.container("c1", 1, 2);
    }

    private void assertClosed() {
        assertThat(node.ruleset()).doesNotContain("10.1.0.2", "fd00:1::2", "pontoon");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @ParameterizedTest(name = "E43 DEL without prevResult, backend {0}")
    @ValueSource(strings = {"nftables", "iptables"})
    void delWithoutPrevResult(String backend) {
        node.drop();
        node.call(Conf.with(C1, "{'backend':'" + backend + "'}"), c1).add().succeeded();
        // Nor does DEL know the backend any more.
        node.call(CONF, c1).del().succeeded();
        assertClosed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/run/netns/none", "/etc/passwd", "/proc/self/ns/net"})
    void delWithoutTheNamespace(String netns) {
        node.call(C1, c1).add().succeeded();
        node.call(CONF, c1).netns(netns).del().succeeded();
        assertClosed();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'prevResult':{'cniVersion':'9.9.9'}}",
                "{'prevResult':5}",
                "{'prevResult':{'ips':null}}",
                "{'ingressPolicy':'sideways'}",
                "{'iptablesAdminChainName':'- -'}"
            })
    void delOfABrokenConfiguration(String keys) {
        node.call(C1, c1).add().succeeded();
        CniCall del = node.call(Conf.with(CONF, keys), c1);
        CniResult result = del.del();
        if (keys.contains("5")) {
            // Not an object: the document itself is wrong.
            assertThat(result.exit()).isIn(0, 1);
            return;
        }
        result.succeeded();
        assertClosed();
    }

    @Test
    void whatTheReferencePluginMadeIsCheckedAndRemoved() {
        Need.file(Node.REFERENCE.resolve("firewall"));
        ObjectNode old = Conf.with(CONF, "{'cniVersion':'1.0.0'}");
        ObjectNode unasked = Node.behind(old, 1, 2);
        ObjectNode conf = Conf.with(unasked, "{'backend':'iptables'}");
        node.reference(conf, c1).add().succeeded();
        node.call(conf, c1).check().succeeded();
        node.call(unasked, c1).check().succeeded();
        node.call(unasked, c1).del().succeeded();
        assertThat(node.ruleset()).doesNotContain("10.1.0.2", "fd00:1::2");
        CniResult found = node.call(unasked, c1).check().failedWith(103);
        assertThat(CniResult.words(found.json())).contains("10.1.0.2");
    }

    @Test
    void whatTheReferencePluginMadeInLegacyTablesIsRemoved() {
        Need.kernel("iptables legacy");
        host.sh(
                "for p in iptables ip6tables; do $p-legacy -N CNI-FORWARD; done;"
                        + " iptables-legacy -A CNI-FORWARD -s 10.1.0.2 -j ACCEPT;"
                        + " iptables-legacy -A CNI-FORWARD -s 10.1.0.9 -j ACCEPT;"
                        + " ip6tables-legacy -A CNI-FORWARD -d fd00:1::2 -m conntrack"
                        + " --ctstate RELATED,ESTABLISHED -j ACCEPT");
        node.call(C1, c1).del().succeeded();
        assertThat(host.ok("iptables-legacy", "-S"))
                .doesNotContain("10.1.0.2/32")
                .contains("10.1.0.9/32");
        assertThat(host.ok("ip6tables-legacy", "-S")).doesNotContain("fd00:1::2");
    }

    @Test
    void repeatedDelTakesNothingFromWhoGotTheAddressSince() {
        node.drop();
        node.call(C1, c1).add().succeeded();
        node.call(C1, c1).del().succeeded();
        node.call(C1, c1).containerId("heir").add().succeeded();
        node.call(C1, c1).del().succeeded();
        node.call(C1, c1).containerId("heir").check().succeeded();
        assertThat(node.rules("iptables")).contains("-A CNI-FORWARD -s 10.1.0.2/32 -j ACCEPT");
    }

    @ParameterizedTest(name = "backends {0} and {1}, the first leaves first: {2}")
    @CsvSource({
        "nftables, nftables, true",
        "nftables, nftables, false",
        "iptables, iptables, true",
        "iptables, iptables, false",
        "nftables, iptables, true",
        "nftables, iptables, false",
        "iptables, nftables, true",
        "iptables, nftables, false"
    })
    void oneAddressOfTwoAttachmentsStaysOpenForTheSecond(
            String backend, String other, boolean firstLeaves) {
        node.outside();
        node.drop();
        ObjectNode n1 = Conf.with(C1, "{'backend':'" + backend + "'}");
        ObjectNode n2 = Conf.with(n1, "{'name':'n2','backend':'" + other + "'}");
        node.call(n1, c1).add().succeeded();
        node.call(n2, c1).ifname("eth1").add().succeeded();
        CniCall first = firstLeaves ? node.call(n1, c1) : node.call(n2, c1).ifname("eth1");
        CniCall second = firstLeaves ? node.call(n2, c1).ifname("eth1") : node.call(n1, c1);
        first.check().succeeded();
        first.del().succeeded();
        second.check().succeeded();
        c1.awaitPing(OUTSIDE_V4);
        second.del().succeeded();
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        assertClosed();
    }

    @Test
    void gcRemovesWhatIsNotValidAndNothingElse() {
        node.drop();
        for (int i = 2; i < 6; i++) {
            String backend = i == 3 ? "iptables" : "nftables";
            ObjectNode conf = Conf.with(CONF, "{'backend':'" + backend + "'}");
            node.call(Node.behind(conf, 1, i), c1).containerId("c" + i).add().succeeded();
        }
        ObjectNode other = Conf.with(Node.behind(CONF, 1, 7), "{'name':'n2'}");
        node.call(other, c1).containerId("c7").add().succeeded();
        // Of these two the ledger tells nothing any more.
        host.ok("rm", "-r", "/run/pontoon/ledger/n1/c4:eth0:firewall");
        ObjectNode gc =
                Conf.with(
                        CONF,
                        "{'cni.dev/valid-attachments':[{'containerID':'c5','ifname':'eth0'}]}");
        node.plain(gc).gc().succeeded();
        assertThat(node.elements("firewall_v4"))
                .containsExactlyInAnyOrder("10.1.0.5 n1/c5/eth0", "10.1.0.7 n2/c7/eth0");
        assertThat(host.list("/run/pontoon/ledger/n1")).containsExactly("c5:eth0:firewall");
        assertThat(String.join("\n", node.rules("iptables")))
                .doesNotContain("10.1.0.2/", "10.1.0.3/")
                .contains("10.1.0.5/", "10.1.0.7/");
        node.plain(CONF).gc().succeeded();
        assertThat(node.elements("firewall_v4")).hasSize(2);
    }

    @Test
    void addAfterAKilledOneTakesItsPlace() {
        node.call(C1, c1).add().succeeded();
        host.sh("sed -i 's/\"finished\" *: *true/\"finished\":false/' /run/pontoon/ledger/n1/*");
        node.call(Node.behind(CONF, "br1", "10.1.0.8/24"), c1).add().succeeded();
        assertThat(node.elements("firewall_v4")).containsExactly("10.1.0.8 n1/c1/eth0");
        assertThat(node.elements("firewall_v6")).isEmpty();
    }

    @Test
    void addForANewNamespaceOfTheSameNameReplacesTheOld() {
        node.call(C1, c1).add().succeeded();
        c1.remove();
        Container again = host.container("c1");
        node.call(Node.behind(CONF, "br1", "10.1.0.8/24"), again).add().succeeded();
        assertThat(node.elements("firewall_v4")).containsExactly("10.1.0.8 n1/c1/eth0");
    }

    @Test
    void addThatFailsLeavesNothing() {
        node.drop();
        // Not a chain to be jumped to: a base chain.
        host.ok("nft", "add chain ip filter MY-ADMIN { type filter hook input priority 10; }");
        ObjectNode conf = Conf.with(C1, "{'iptablesAdminChainName':'MY-ADMIN'}");
        node.call(conf, c1).add().failedWith(100);
        assertClosed();
    }

    @ParameterizedTest(name = "E27 CHECK names what is gone after {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "nft flush ruleset | chain forward of table inet pontoon",
                "nft flush chain inet pontoon forward | looks into firewall_",
                "nft delete element inet pontoon firewall_v6 { fd00:1::2 } | fd00:1::2",
                "nft delete element inet pontoon firewall_v4 { 10.1.0.2 } | 10.1.0.2",
                "iptables -F FORWARD | jumps to CNI-FORWARD",
                "ip6tables -D CNI-FORWARD -s fd00:1::2 -j ACCEPT | sent by fd00:1::2",
                "iptables -F CNI-FORWARD | answered to 10.1.0.2"
            })
    void checkNamesWhatIsGone(String command, String named) {
        node.drop();
        node.call(C1, c1).add().succeeded();
        node.call(C1, c1).check().succeeded();
        host.sh(command.replace("{", "'{").replace("}", "}'"));
        CniResult found = node.call(C1, c1).check().failedWith(103);
        assertThat(found.json().path("msg").asText()).contains(named);
    }

    @Test
    void checkNamesAForwardChainThatDropsSinceThen() {
        node.call(C1, c1).add().succeeded();
        host.ok("iptables", "-P", "FORWARD", "DROP");
        CniResult found = node.call(C1, c1).check().failedWith(103);
        assertThat(found.json().path("msg").asText()).contains("FORWARD", "drops");
        node.call(C1, c1).del().succeeded();
        node.call(C1, c1).add().succeeded();
        node.call(C1, c1).check().succeeded();
    }

    @Test
    @DisplayName("E27 flush, then DEL and ADD: works again, and a TCP connection survives")
    void repairAfterAFlush() {
        Need.tool("socat");
        Container outside = node.outside();
        node.drop();
        node.call(C1, c1).add().succeeded();
        Node.listen(outside, 7000);
        Running talk =
                c1.start(
                        "sh",
                        "-c",
                        "(echo one; while [ ! -e /run/repaired ]; do sleep 0.1; done; echo two;"
                                + " sleep 20) | socat -t2 - TCP4:198.51.100.2:7000");
        Await.until("an answer", () -> talk.stdout().contains("one"));
        host.ok("nft", "flush", "ruleset");
        node.drop();
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        node.call(C1, c1).check().failedWith(103);
        node.call(C1, c1).del().succeeded();
        node.call(C1, c1).add().succeeded();
        node.call(C1, c1).check().succeeded();
        host.ok("touch", "/run/repaired");
        Await.until("an answer on the old connection", () -> talk.stdout().contains("two"));
        c1.awaitPing(OUTSIDE_V4);
        talk.kill();
    }

    @Test
    void tableIsSharedWithMasqueradingAndGoesWithTheLastOfBoth() {
        node.call(C1, c1).add().succeeded();
        host.sh(
                "nft add map inet pontoon masq_v4 '{ type ipv4_addr : verdict; }';"
                        + " nft add chain inet pontoon masq_x;"
                        + " nft add element inet pontoon masq_v4 '{ 10.1.0.2 : jump masq_x }'");
        node.call(C1, c1).del().succeeded();
        assertThat(node.ruleset())
                .contains("masq_v4", "masq_x")
                .doesNotContain("firewall_", "chain forward");
        host.sh(
                "nft delete element inet pontoon masq_v4 '{ 10.1.0.2 }';"
                        + " nft delete chain inet pontoon masq_x");
        node.call(C1, c1).add().succeeded();
        node.call(C1, c1).del().succeeded();
        assertThat(node.ruleset()).isEmpty();
    }
}
