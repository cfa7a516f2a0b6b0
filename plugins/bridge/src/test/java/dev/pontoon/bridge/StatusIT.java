package dev.pontoon.bridge;

import static dev.pontoon.bridge.Node.L3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whether an ADD could be served (50), and whether those who are attached suffer (51). */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class StatusIT {
    private static final ObjectNode CONF = Conf.with(L3, "{'isGateway':true,'ipMasq':true}");

    private Node node;
    private Host host;
    private CniCall status;

    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        status = node.call(CONF);
    }

    private void fails(CniCall call, int code, String named) {
        assertThat(CniResult.words(call.status().failedWith(code).json())).contains(named);
    }

    @Test
    void freshHostIsReadyAndIsNotTouched() {
        Snapshot before = host.snapshot();
        status.status().succeeded();
        host.snapshot().without("^file /run/pontoon").assertSameAs(before);
    }

    @Test
    void whatKeepsAnAddFromBeingServedIsCode50() {
        fails(node.call(Conf.with(CONF, "{'ipam':{'type':'nowhere'}}")), 50, "nowhere");
        var iptables = Conf.with(CONF, "{'ipMasqBackend':'iptables'}");
        node.call(iptables).status().succeeded();
        host.ok("ip", "link", "add", "br1", "type", "veth", "peer", "other");
        fails(status, 50, "br1");
        host.ok("ip", "link", "del", "br1");
        node.ipamFails("STATUS", 50);
        fails(status, 50, "told to fail");
    }

    @Test
    void badConfigurationIsNoStatus() {
        fails(node.call(Conf.with(CONF, "{'mtu':1}")), 7, "mtu");
    }

    @Test
    void whatHurtsAttachedContainersIsCode51() {
        node.call(host.container("c1"), CONF).add().succeeded();
        status.status().succeeded();
        host.ok("sysctl", "-q", "net.ipv4.ip_forward=0");
        fails(status, 51, "net.ipv4.ip_forward");
        host.ok("sysctl", "-q", "net.ipv4.ip_forward=1");
        host.ok("ip", "link", "set", "br1", "down");
        fails(status, 51, "br1 is down");
        host.ok("ip", "link", "del", "br1");
        fails(status, 51, "br1 is gone");
    }
}
