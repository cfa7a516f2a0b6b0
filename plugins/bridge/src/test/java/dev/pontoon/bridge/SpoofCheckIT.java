package dev.pontoon.bridge;

import static dev.pontoon.bridge.Node.L3;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Frames with another source MAC than the container's own. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class SpoofCheckIT {
    private static final ObjectNode CONF = Conf.with(L3, "{'isGateway':true,'macspoofchk':true}");

    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("nftables");
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
    }

    @Test
    void framesWithAnotherMacAreDroppedAndGoodOnesPass() {
        CniCall call = node.call(c1, CONF);
        CniResult added = call.add().succeeded();
        Container honest = host.container("honest");
        node.gives(honest, "eth0", "{'ips':[{'address':'10.9.0.3/24'}]}");
        node.call(honest, CONF).add().succeeded();
        c1.awaitPing("10.9.0.1");
        String mac = Node.link(c1, "eth0").path("address").asText();
        c1.sh("ip link set eth0 address 02:00:00:00:66:66; ip neigh flush dev eth0");
        assertThat(c1.pings("10.9.0.1")).isFalse();
        // Not even with the MAC of another container.
        c1.ok("ip", "link", "set", "eth0", "address", macOf(honest));
        assertThat(c1.pings("10.9.0.3")).isFalse();
        honest.awaitPing("10.9.0.1");
        c1.ok("ip", "link", "set", "eth0", "address", mac);
        c1.awaitPing("10.9.0.1");
        call.stdin(Conf.after(CONF, added)).check().succeeded();
    }

    private static String macOf(Container container) {
        return Node.link(container, "eth0").path("address").asText();
    }

    @Test
    void withoutItEveryMacPasses() {
        node.call(c1, Conf.with(CONF, "{'macspoofchk':false}")).add().succeeded();
        c1.ok("ip", "link", "set", "eth0", "address", "02:00:00:00:66:66");
        c1.awaitPing("10.9.0.1");
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void checkFindsEveryPartThatIsMissing() {
        CniCall call = node.call(c1, CONF);
        CniCall check = call.stdin(Conf.after(CONF, call.add().succeeded()));
        String whole = host.ok("nft", "-s", "list", "ruleset");
        for (String fault :
                new String[] {
                    "flush set bridge pontoon spoof_ports",
                    "flush chain bridge pontoon prerouting",
                    "delete table bridge pontoon"
                }) {
            host.ok("nft", fault);
            assertThat(CniResult.words(check.check().failedWith(103).json())).contains("MAC");
            host.command("nft", "-f", "-").stdin("flush ruleset;\n" + whole).ok();
        }
        check.check().succeeded();
    }

    @Test
    void delRemovesOnlyTheContainersOwnPart() {
        node.call(c1, CONF).add().succeeded();
        Container c2 = host.container("c2");
        node.gives(c2, "eth0", "{'ips':[{'address':'10.9.0.3/24'}]}");
        CniCall second = node.call(c2, CONF);
        CniResult added = second.add().succeeded();
        node.call(c1, CONF).del().succeeded();
        assertThat(node.ruleset()).contains("n1/c2/eth0").doesNotContain("n1/c1/eth0");
        second.stdin(Conf.after(CONF, added)).check().succeeded();
        second.del().succeeded();
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void delRemovesWhatTheReferencePluginMade() {
        host.command("nft", "-f", "-")
                .stdin(
                        """
                        table bridge nat {
                          chain cni-br-iface-c1-eth0-mac { drop comment "macspoofchk-c1-eth0"; }
                          chain cni-br-iface-c1-eth0 { jump cni-br-iface-c1-eth0-mac; }
                          chain cni-br-iface-c2-eth0 { drop; }
                          chain PREROUTING {
                            type filter hook prerouting priority dstnat;
                            iifname "a" jump cni-br-iface-c1-eth0 comment "macspoofchk-c1-eth0"
                            iifname "b" jump cni-br-iface-c2-eth0 comment "macspoofchk-c2-eth0"
                          }
                        }
                        """)
                .ok();
        node.call(c1, CONF).del().succeeded();
        assertThat(node.ruleset()).contains("c2-eth0").doesNotContain("c1-eth0");
    }
}
