package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DEL again and again, half done by hand, after a flush, and with nonsense for a result. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class RepeatedDelIT {
    private static final ObjectNode IPTABLES =
            Conf.with(EdgeNode.CONF, "{'ipMasqBackend':'iptables'}");

    private Host host;
    private EdgeNode node;
    private Container c1;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
        c1 = host.container("c1");
    }

    @Test
    @DisplayName("E08 DEL three times")
    void threeTimes() {
        CniResult added = node.attach(c1);
        for (int i = 0; i < 3; i++) {
            node.after(c1, added).del().succeeded();
            node.assertClean();
        }
    }

    @ParameterizedTest(quoteTextArguments = false, name = "E08 DEL after somebody did: {0}")
    @ValueSource(
            strings = {
                "ip netns exec c1 ip link del eth0",
                "nft delete table inet pontoon",
                "rm /var/lib/cni/networks/n1/10.66.0.2",
                "rm -r /var/lib/cni/networks/n1",
                "ip link del cni0",
                "ip addr flush dev cni0",
                "for link in /sys/class/net/veth*; do ip link del ${link##*/}; done",
                "ip netns exec c1 ip link set eth0 name eth9"
            })
    void partlyDoneByHand(String script) {
        CniResult added = node.attach(c1);
        host.sh(script);
        node.after(c1, added).del().succeeded();
        node.assertClean();
        node.after(c1, added).del().succeeded();
    }

    @Test
    @DisplayName("E08 DEL after the ledger was lost goes by the result")
    void lostLedger() {
        CniResult added = node.attach(c1);
        host.ok("rm", "-r", "/run/pontoon/ledger");
        node.after(c1, added).del().succeeded();
        node.assertClean();
        assertThat(c1.run("ip", "link", "show", "eth0").exit()).isNotZero();
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E08 DEL after the entry in the ledger became \"{0}\"")
    @ValueSource(strings = {"", "{", "{}", "\\000\\000", "[1]"})
    void brokenLedgerEntry(String content) {
        CniResult added = node.attach(c1);
        host.sh("for entry in /run/pontoon/ledger/n1/*; do printf '" + content + "' >$entry; done");
        node.after(c1, added).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E10 DEL without the IPAM plugin fails, and once it is back leaves nothing")
    void missingIpam() {
        CniResult added = node.attach(c1);
        CniCall del = node.after(c1, added);
        host.ok("mkdir", "/run/empty");
        for (int i = 0; i < 2; i++) {
            CniResult failed = del.cniPath("/run/empty").del().failed();
            assertThat(EdgeNode.message(failed)).contains("host-local").doesNotContain("not found");
            assertThat(node.leases("n1")).hasSize(1);
        }
        del.del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E26 DEL after every nftables rule was flushed")
    void flushedNftables() {
        Need.tool("nft");
        CniResult added = node.attach(c1);
        host.ok("nft", "flush", "ruleset");
        node.after(c1, added).del().succeeded();
        node.assertClean();
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E26 DEL with the iptables backend after: {0}")
    @ValueSource(
            strings = {
                "true",
                "iptables -t nat -F",
                "iptables -t nat -F POSTROUTING",
                "iptables -t nat -F; iptables -t nat -X"
            })
    void flushedIptables(String flush) {
        Need.tool("iptables");
        // The table itself stays, as iptables leaves it.
        host.ok("iptables", "-t", "nat", "-A", "POSTROUTING", "-s", "192.0.2.9", "-j", "ACCEPT");
        CniResult added = node.bridge(c1, IPTABLES).add().succeeded();
        host.sh(flush + "; iptables -t nat -F POSTROUTING");
        node.remember();
        node.bridge(c1, Conf.after(IPTABLES, added)).del().succeeded();
        assertThat(host.ok("iptables-save", "-t", "nat")).doesNotContain("CNI-", "10.66.0");
        assertThat(node.leases("n1")).isEmpty();
    }

    @ParameterizedTest(quoteTextArguments = false, name = "E48 DEL with prevResult {0}")
    @ValueSource(
            strings = {
                "{}",
                "'text'",
                "[]",
                "null",
                "{'cniVersion':'9.9.9','ips':[]}",
                "{'cniVersion':'1.1.0','ips':null,'interfaces':null}",
                "{'cniVersion':'1.1.0','ips':[{'address':'10.66.0.2/24','interface':99}]}",
                "{'cniVersion':'1.1.0','ips':[{'address':'nonsense'}],'interfaces':[7]}",
                "{'cniVersion':'0.2.0','ip4':{'ip':'10.66.0.77/24'}}"
            })
    void brokenPrevResult(String prevResult) {
        node.attach(c1);
        ObjectNode conf = Conf.with(EdgeNode.CONF, "{'prevResult':" + prevResult + "}");
        node.bridge(c1, conf).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E48 DEL with the result of another container takes nothing from that one")
    void prevResultOfAnother() {
        Container c2 = host.container("c2");
        node.attach(c1);
        CniResult other = node.attach(c2);
        node.bridge(c1, Conf.after(EdgeNode.CONF, other)).del().succeeded();
        EdgeNode.ping(c2, EdgeNode.GATEWAY);
        assertThat(node.leases("n1")).containsExactly(EdgeNode.address(other));
        node.after(c2, other).check().succeeded();
        node.after(c2, other).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E34 DEL without CNI_PATH")
    void withoutCniPath() {
        CniResult added = node.attach(c1);
        node.after(c1, added).without("CNI_PATH").del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E08 DEL while /run is read-only is made good by the next one")
    void readOnlyRun() {
        CniResult added = node.attach(c1);
        host.ok("mount", "-o", "remount,ro", "/run");
        CniResult failed = node.after(c1, added).del().failed();
        assertThat(EdgeNode.message(failed)).contains("/run/pontoon");
        host.ok("mount", "-o", "remount,rw", "/run");
        node.after(c1, added).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E08 DEL with the configuration changed since ADD goes by the record")
    void changedConfiguration() {
        node.attach(c1);
        String other =
                "{'bridge':'cni9','ipMasq':false,'mtu':99999,'vlan':'text','ipMasqBackend':'x'}";
        node.bridge(c1, Conf.with(EdgeNode.CONF, other)).args("NONSENSE").del().succeeded();
        node.assertClean();
    }
}
