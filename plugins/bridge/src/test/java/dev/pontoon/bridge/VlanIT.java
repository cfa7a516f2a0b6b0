package dev.pontoon.bridge;

import static dev.pontoon.bridge.Node.L2;
import static dev.pontoon.bridge.Node.L3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** VLANs of ports and gateways. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class VlanIT {
    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("bridge vlan filtering");
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
    }

    /** A port's VLANs as {@code 100 PVID Egress Untagged}. */
    private List<String> vlans(ObjectNode conf) {
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        call.stdin(Conf.after(conf, added)).check().succeeded();
        String port = node.ports("br1").getFirst();
        List<String> vlans = new ArrayList<>();
        for (JsonNode each : host.json("bridge", "-j", "vlan", "show", "dev", port)) {
            for (JsonNode vlan : each.path("vlans")) {
                String flags =
                        vlan.path("flags")
                                .valueStream()
                                .map(JsonNode::asText)
                                .toList()
                                .toString()
                                .replaceAll("[\\[\\],]", "");
                vlans.add((vlan.path("vlan").asText() + " " + flags).strip());
            }
        }
        call.del().succeeded();
        host.ok("ip", "link", "del", "br1");
        return vlans;
    }

    @Test
    void portIsInTheVlansOfItsConfiguration() {
        assertThat(vlans(Conf.with(L2, "{'vlan':100}")))
                .containsExactly("100 PVID Egress Untagged");
        assertThat(vlans(Conf.with(L2, "{'vlan':101,'preserveDefaultVlan':true}")))
                .containsExactly("1 Egress Untagged", "101 PVID Egress Untagged");
        assertThat(vlans(Conf.with(L2, "{'vlanTrunk':[{'id':300}]}")))
                .containsExactly("1 PVID Egress Untagged", "300");
        var both = "{'vlan':100,'vlanTrunk':[{'minID':200,'maxID':202},{'id':300}]}";
        assertThat(vlans(Conf.with(L2, both)))
                .containsExactly("100 PVID Egress Untagged", "200", "201", "202", "300");
    }

    @Test
    void gatewayOfAVlanIsALinkBesideTheBridge() {
        Container c2 = host.container("c2");
        var conf = Conf.with(L3, "{'vlan':100,'isGateway':true}");
        JsonNode result = node.call(c1, conf).add().succeeded().json();
        assertThat(result.path("interfaces").findValuesAsText("name")).endsWith("br1.100");
        assertThat(node.addresses("br1.100")).containsExactly("10.9.0.1/24");
        assertThat(node.addresses("br1")).isEmpty();
        c1.awaitPing("10.9.0.1");
        node.gives(c2, "eth0", "{'ips':[{'address':'10.9.0.3/24'}]}");
        node.call(c2, Conf.with(L3, "{'vlan':200}")).add().succeeded();
        assertThat(c2.pings("10.9.0.2")).isFalse();
        node.call(c1, conf).del().succeeded();
        assertThat(node.hasLink("br1.100")).isTrue();
    }

    @Test
    void checkFindsAVlanThatIsMissing() {
        var conf = Conf.with(L2, "{'vlan':100}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        host.ok("bridge", "vlan", "del", "dev", node.ports("br1").getFirst(), "vid", "100");
        CniCall check = call.stdin(Conf.after(conf, added));
        assertThat(CniResult.words(check.check().failedWith(103).json())).contains("100");
    }

    @Test
    void bridgeThatDoesNotFilterIsRefused() {
        host.ok("ip", "link", "add", "br1", "type", "bridge");
        node.call(c1, Conf.with(L2, "{'vlan':100}")).add().failedWith(7);
    }
}
