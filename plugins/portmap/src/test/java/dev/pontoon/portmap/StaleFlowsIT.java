package dev.pontoon.portmap;

import static dev.pontoon.portmap.Node.CONF;
import static dev.pontoon.portmap.Node.UPLINK;
import static dev.pontoon.portmap.Node.UPLINK_V6;
import static dev.pontoon.portmap.Node.mapping;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flows of UDP that go on while a port changes hands. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class StaleFlowsIT {
    private static final String FROM_ONE_PORT = ",sourceport=4444";

    private Host host;
    private Node node;
    private MountedContainer c1;
    private MountedContainer c2;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("nftables nat");
        Need.tool("socat");
        host = fresh;
        node = new Node(fresh);
        c1 = node.attach("c1", 2);
        c2 = node.attach("c2", 3);
        node.serve(c1, 53);
        node.serve(c2, 53);
        // Keeps the kernel tracking and translating throughout.
        MountedContainer bystander = node.attach("c3", 4);
        node.call(mapping(CONF, "9999,80,tcp"), bystander, 4).add().succeeded();
    }

    private String ask(String address) {
        return node.askUdp(node.outside::command, address, 5353, FROM_ONE_PORT);
    }

    private void awaitAnswerOf(String who, String address) {
        Await.until("an answer of " + who, () -> ask(address), it -> it.startsWith(who));
    }

    @ParameterizedTest
    @CsvSource({UPLINK + ", nftables", UPLINK_V6 + ", nftables", UPLINK + ", iptables"})
    @DisplayName("E45 a client that sends all the time reaches whoever has the port")
    void portChangesHands(String address, String backend) {
        Need.kernel("iptables nft");
        var conf = Conf.with(mapping(CONF, "5353,53,udp"), "{'backend':'" + backend + "'}");
        // Before the port is mapped the kernel remembers that nobody answers.
        assertThat(ask(address)).isEmpty();
        node.call(conf, c1, 2).add().succeeded();
        awaitAnswerOf("c1", address);
        node.call(conf, c1, 2).del().succeeded();
        assertThat(node.remembered()).doesNotContain("sport=53 dport=4444");
        node.call(conf, c2, 3).add().succeeded();
        awaitAnswerOf("c2", address);
        // The first is gone without DEL.
        c2.remove();
        node.call(conf, c1, 2).add().succeeded();
        awaitAnswerOf("c1", address);
        node.call(CONF, c1, 2).del().succeeded();
        String own = address.contains(":") ? "UDP6-RECVFROM:5353,ipv6only=1" : "UDP4-RECVFROM:5353";
        host.start("socat", own + ",fork,reuseaddr", "SYSTEM:echo host");
        awaitAnswerOf("host", address);
    }

    @Test
    @DisplayName("E45 flows that are none of the port's are never forgotten")
    void otherFlowsStay() {
        node.serve(node.outside, 5353);
        Node.Place c2Place = c2::command;
        // To the same port of another machine, through the host and from it.
        Await.until(
                "an answer from outside",
                () -> !node.askUdp(c2Place, "192.0.2.2", 5353, ",sourceport=4001").isEmpty());
        node.askUdp(host::command, "192.0.2.2", 5353, ",sourceport=4002");
        // To the container's port, and to another address of the host than the port is mapped at.
        node.askUdp(host::command, "10.1.0.2", 53, ",sourceport=4003");
        node.askUdp(node.outside::command, "10.1.0.1", 5353, ",sourceport=4004");
        var conf = mapping(CONF, "5353,53,udp,192.0.2.1");
        node.call(conf, c1, 2).add().succeeded();
        for (int port = 4001; port <= 4004; port++) {
            assertThat(node.remembered()).contains("sport=" + port + " ");
        }
        node.call(conf, c1, 2).del().succeeded();
        node.call(mapping(CONF, "5353,53,udp"), c1, 2).add().succeeded();
        for (int port = 4001; port <= 4003; port++) {
            assertThat(node.remembered()).contains("sport=" + port + " ");
        }
        assertThat(node.remembered()).doesNotContain("sport=4004 ");
        node.call(CONF, c1, 2).del().succeeded();
        for (int port = 4001; port <= 4003; port++) {
            assertThat(node.remembered()).contains("sport=" + port + " ");
        }
    }
}
