package dev.pontoon.linux.nft;

import static dev.pontoon.linux.nft.NftHost.TABLE;
import static dev.pontoon.linux.nft.NftHost.address;
import static dev.pontoon.linux.nft.NftHost.rule;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Output;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A port of the host leads to a container's. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class PortMappingIT {
    private static final SetDefinition PORTS =
            SetDefinition.map(
                    "ports_v4",
                    List.of(DataType.INET_PROTOCOL, DataType.IPV4_ADDRESS, DataType.INET_SERVICE),
                    List.of(DataType.IPV4_ADDRESS, DataType.INET_SERVICE));

    private Host host;
    @AutoClose private NftHost nft;
    private MountedContainer outside;

    @BeforeEach
    void connect(Host host) {
        Need.kernel("nftables nat");
        Need.kernel("veth");
        Need.tool("busybox");
        Need.tool("bash");
        this.host = host;
        nft = new NftHost(host);
        MountedContainer container = host.container("c1");
        outside = host.container("outside");
        host.sh(
                """
                echo 1 > /proc/sys/net/ipv4/ip_forward
                ip link add v1 type veth peer name eth0 netns c1
                ip link add v2 type veth peer name eth0 netns outside
                ip addr add 10.22.0.1/24 dev v1
                ip addr add 192.0.2.1/24 dev v2
                ip link set v1 up
                ip link set v2 up
                """);
        container.sh(
                """
                ip link set eth0 up
                ip addr add 10.22.0.2/24 dev eth0
                ip route add default via 10.22.0.1
                """);
        outside.sh(
                """
                ip link set eth0 up
                ip addr add 192.0.2.2/24 dev eth0
                ip route add default via 192.0.2.1
                """);
        container.start("busybox", "nc", "-ll", "-p", "80", "-e", "/bin/echo", "hello");
        Await.until("the server", () -> answered(host.command(connect("10.22.0.2", 80)).run()));
    }

    @Test
    void aConnectionToTheMappedPortIsAnswered() {
        nft.nftables().commit(skeleton());
        assertThat(answers("192.0.2.1", 8080)).isFalse();

        nft.nftables().commit(mapping(key()));
        assertThat(answers("192.0.2.1", 8080)).isTrue();
        assertThat(answers("192.0.2.1", 8081)).isFalse();

        nft.nftables().commit(new NftBatch().deleteElement(TABLE, "ports_v4", key()));
        assertThat(answers("192.0.2.1", 8080)).isFalse();
    }

    @Test
    void onlyAddressesOfTheHostAreMapped() {
        Value elsewhere =
                Value.concat(Value.protocol(6), address(198, 51, 100, 7), Value.port(8080));
        nft.nftables().commit(skeleton());
        nft.nftables().commit(mapping(elsewhere));
        assertThat(answers("198.51.100.7", 8080)).isFalse();

        host.ok("ip", "addr", "add", "198.51.100.7/32", "dev", "lo");

        assertThat(answers("198.51.100.7", 8080)).isTrue();
    }

    @Test
    void isWhatNftMakesOfTheText() {
        nft.nftables().commit(skeleton());
        nft.nftables().commit(mapping(key()));
        String ours = nft.listing();
        String ourExpressions = nft.expressions();

        nft.load(
                """
                table inet pontoon {
                  map ports_v4 {
                    type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service
                    elements = { tcp . 192.0.2.1 . 8080 comment "owner" : 10.22.0.2 . 80 }
                  }
                  chain prerouting {
                    type nat hook prerouting priority dstnat
                    fib daddr type local dnat ip to meta l4proto . ip daddr . th dport map @ports_v4
                  }
                }
                """);
        assertThat(ours).isEqualTo(nft.listing());
        assertThat(ourExpressions).isEqualTo(nft.expressions());
    }

    private static NftBatch skeleton() {
        Expressions translate =
                rule().toThisHost()
                        .ipv4()
                        .load(Field.TRANSPORT_PROTOCOL)
                        .load(Field.IPV4_DESTINATION)
                        .load(Field.DESTINATION_PORT)
                        .mapTo(PORTS)
                        .destinationNat(Family.IPV4);
        return new NftBatch()
                .ensureTable(TABLE)
                .ensureSet(TABLE, PORTS)
                .ensureBaseChain(
                        TABLE,
                        "prerouting",
                        BaseChain.nat(Hook.PREROUTING, BaseChain.DESTINATION_NAT))
                .addRule(TABLE, "prerouting", translate, "");
    }

    private static NftBatch mapping(Value key) {
        Value target = Value.concat(address(10, 22, 0, 2), Value.port(80));
        SetElement element = SetElement.of(key).leadingTo(target).commented("owner");
        return new NftBatch().createElement(TABLE, "ports_v4", element);
    }

    private static Value key() {
        return Value.concat(Value.protocol(6), address(192, 0, 2, 1), Value.port(8080));
    }

    private boolean answers(String address, int port) {
        return answered(outside.command(connect(address, port)).run());
    }

    private static List<String> connect(String address, int port) {
        String script = "exec 3<>/dev/tcp/" + address + "/" + port + " && cat <&3";
        return List.of("timeout", "1", "bash", "-c", script);
    }

    private static boolean answered(Output output) {
        return output.stdout().equals("hello\n");
    }
}
