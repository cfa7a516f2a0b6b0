package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Connections as {@code /proc/net/nf_conntrack} lists them. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class ConnectionTrackingIT {
    private static final int UDP = 17;

    private Host host;
    @AutoClose private NetworkNamespace namespace;
    @AutoClose private NetlinkSocket socket;
    private ConnectionTracking tracking;

    @BeforeEach
    void translateAPort(Host fresh) {
        Need.kernel("nftables nat");
        Need.tool("bash");
        host = fresh;
        host.command("nft", "-f", "-")
                .stdin(
                        """
                        table inet t {
                          chain out {
                            type nat hook output priority -100
                            udp dport 5300 redirect to :53
                          }
                        }
                        """)
                .ok();
        namespace = NetworkNamespace.open(host.netnsPath().toString());
        socket = namespace.netfilterSocket();
        tracking = new ConnectionTracking(socket);
    }

    private void send(String address, int port) {
        host.ok("bash", "-c", "echo x > /dev/udp/" + address + "/" + port);
        Await.until("the connection to port " + port, () -> remembered().contains("dport=" + port));
    }

    private String remembered() {
        return host.ok("cat", "/proc/net/nf_conntrack");
    }

    @Test
    void connectionsToAPortAreFoundWithWhoAnswersThem() {
        send("127.0.0.1", 5300);
        send("127.0.0.1", 5301);

        List<TrackedConnection> found = tracking.to(Netlink.AF_INET, UDP, 5300);

        assertThat(found).hasSize(1);
        TrackedConnection only = found.getFirst();
        assertThat(only.protocol()).isEqualTo(UDP);
        assertThat(only.source()).containsExactly(127, 0, 0, 1);
        assertThat(only.destination()).containsExactly(127, 0, 0, 1);
        assertThat(only.destinationPort()).isEqualTo(5300);
        assertThat(only.answering()).containsExactly(127, 0, 0, 1);
        assertThat(only.answeringPort()).isEqualTo(53);
        assertThat(remembered()).contains("sport=" + only.sourcePort() + " dport=5300");
        assertThat(tracking.to(Netlink.AF_INET, 6, 5300)).isEmpty();
        assertThat(tracking.to(Netlink.AF_INET6, UDP, 5300)).isEmpty();
        assertThat(tracking.to(Netlink.AF_INET, UDP, 53)).isEmpty();
    }

    @Test
    void oneConnectionIsForgottenAndNoOther() {
        send("127.0.0.1", 5300);
        send("127.0.0.1", 5301);
        TrackedConnection only = tracking.to(Netlink.AF_INET, UDP, 5300).getFirst();

        assertThat(tracking.forget(only)).isTrue();
        assertThat(remembered()).doesNotContain("dport=5300").contains("dport=5301");
        assertThat(tracking.forget(only)).isFalse();
    }

    @Test
    void connectionsOfIpv6AreForgottenToo() {
        Need.kernel("ipv6");
        send("::1", 5300);
        TrackedConnection only = tracking.to(Netlink.AF_INET6, UDP, 5300).getFirst();
        assertThat(only.destination()).hasSize(16).endsWith(1);
        assertThat(tracking.forget(only)).isTrue();
        assertThat(remembered()).doesNotContain("dport=5300");
    }

    @Test
    void theWayToAnAddressIsFound() {
        Need.kernel("veth");
        host.sh(
                "ip link add d1 type veth peer name d2; ip addr add 10.9.0.1/24 dev d1; ip link set d1 up;"
                        + "ip route add blackhole 10.9.1.0/24");
        int index = host.json("ip", "-j", "link", "show", "d1").path(0).path("ifindex").asInt();
        try (NetlinkSocket route = namespace.routeSocket()) {
            Routes routes = new Routes(route);
            assertThat(routes.find((byte) 10, (byte) 9, (byte) 0, (byte) 7).orElseThrow().link())
                    .isEqualTo(index);
            assertThat(routes.find((byte) 10, (byte) 9, (byte) 0, (byte) 1).orElseThrow().type())
                    .isEqualTo(RtNetlink.RTN_LOCAL);
            assertThat(routes.find((byte) 10, (byte) 9, (byte) 1, (byte) 1)).isEmpty();
            assertThat(routes.find((byte) 10, (byte) 8, (byte) 0, (byte) 1)).isEmpty();
        }
    }
}
