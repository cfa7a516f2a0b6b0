package dev.pontoon.portmap;

import static dev.pontoon.portmap.Node.CONF;
import static dev.pontoon.portmap.Node.GATEWAY;
import static dev.pontoon.portmap.Node.GATEWAY_V6;
import static dev.pontoon.portmap.Node.UPLINK;
import static dev.pontoon.portmap.Node.UPLINK_V6;
import static dev.pontoon.portmap.Node.mapping;
import static dev.pontoon.portmap.Node.peer;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom real connections reach, and as whom. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class DataPlaneIT {
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
        node.serve(c1, 80);
    }

    private void add(ObjectNode conf) {
        node.call(conf, c1, 2).add().succeeded();
    }

    @Test
    @DisplayName("E53 a mapped port is reached from everywhere, by both IP versions")
    void everywhere() {
        add(Node.web());
        for (String address : new String[] {GATEWAY, UPLINK, "127.0.0.1", "127.0.0.2"}) {
            String source = address.equals(UPLINK) ? UPLINK : GATEWAY;
            assertThat(node.answer(host::command, address, 8080)).isEqualTo("c1 " + source);
            assertThat(node.ask(host::command, address, 80)).isEmpty();
        }
        for (String address : new String[] {GATEWAY_V6, UPLINK_V6}) {
            assertThat(node.answer(host::command, address, 8080)).startsWith("c1 ");
        }
        for (MountedContainer each : new MountedContainer[] {c1, c2}) {
            for (String address : new String[] {GATEWAY, UPLINK}) {
                assertThat(node.answer(each::command, address, 8080)).isEqualTo("c1 " + GATEWAY);
            }
            for (String address : new String[] {GATEWAY_V6, UPLINK_V6}) {
                assertThat(node.answer(each::command, address, 8080))
                        .isEqualTo("c1 " + peer(GATEWAY_V6));
            }
        }
        assertThat(node.answer(node.outside::command, UPLINK, 8080)).isEqualTo("c1 192.0.2.2");
        assertThat(node.answer(node.outside::command, UPLINK_V6, 8080))
                .isEqualTo("c1 " + peer("2001:db8::2"));
        assertThat(node.ask(node.outside::command, UPLINK, 8081)).isEmpty();
    }

    @Test
    @DisplayName("E53 a container on a link of its own reaches its own port")
    void pointToPoint() {
        MountedContainer p1 = host.container("p1");
        host.sh(
                """
                ip link add v-p1 type veth peer name eth0 netns p1
                ip addr add 10.7.0.1/32 dev v-p1
                ip link set v-p1 up
                ip route add 10.7.0.2 dev v-p1 scope host
                ip -n p1 link set lo up
                ip -n p1 link set eth0 up
                ip -n p1 addr add 10.7.0.2/32 dev eth0
                ip -n p1 route add 10.7.0.1 dev eth0
                ip -n p1 route add default via 10.7.0.1
                """);
        node.serve(p1, 80);
        ObjectNode conf =
                Conf.with(
                        Node.web(),
                        "{'prevResult':{'cniVersion':'1.1.0','ips':[{'address':'10.7.0.2/32'}]}}");
        node.plain(conf).container(p1).add().succeeded();
        for (Node.Place each : new Node.Place[] {p1::command, host::command}) {
            assertThat(node.answer(each, UPLINK, 8080)).startsWith("p1 ");
        }
        assertThat(node.answer(p1::command, "10.7.0.1", 8080)).isEqualTo("p1 10.7.0.1");
        assertThat(node.answer(host::command, "127.0.0.1", 8080)).isEqualTo("p1 10.7.0.1");
    }

    @Test
    @DisplayName("what listens at 127.0.0.1 of the host is not open to containers")
    void localhostStaysAmongItself() {
        host.start("socat", "TCP4-LISTEN:9000,bind=127.0.0.1,fork", "SYSTEM:echo secret");
        Await.until("the server", () -> !host.ok("ss", "-lntH", "sport = :9000").isEmpty());
        // A container that sends what no honest one would.
        c2.sh(
                """
                echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet
                ip addr del 127.0.0.1/8 dev lo
                ip route flush table local 127.0.0.0/8
                ip route add 127.0.0.1 via 10.1.0.1 dev eth0
                """);
        host.sh("echo 1 > /proc/sys/net/ipv4/conf/cni0/route_localnet");
        assertThat(node.ask(c2::command, "127.0.0.1", 9000))
                .as("with nothing but the setting")
                .isEqualTo("secret");
        host.sh("echo 0 > /proc/sys/net/ipv4/conf/cni0/route_localnet");

        add(Node.web());
        assertThat(node.localnet()).isEqualTo("1");
        assertThat(node.ask(c2::command, "127.0.0.1", 9000)).isEmpty();
        assertThat(node.answer(host::command, "127.0.0.1", 8080)).startsWith("c1 ");
        assertThat(node.answer(c1::command, GATEWAY, 8080)).startsWith("c1 ");
    }

    @Test
    void udpIsReachedAsWell() {
        add(mapping(CONF, "5353,80,UDP"));
        for (String address : new String[] {GATEWAY, "127.0.0.1", UPLINK}) {
            Await.until(
                    "an answer at " + address,
                    () -> node.askUdp(host::command, address, 5353, "").startsWith("c1 "));
        }
        Await.until(
                "an answer from outside",
                () -> node.askUdp(node.outside::command, UPLINK_V6, 5353, "").startsWith("c1 "));
        assertThat(node.askUdp(c2::command, GATEWAY, 5353, "")).isEqualTo("c1 " + GATEWAY);
        assertThat(node.ask(host::command, GATEWAY, 5353)).isEmpty();
    }

    /** This kernel may have no sockets of SCTP; connection tracking knows its packets. */
    @Test
    void sctpIsTranslated() {
        Need.file(Path.of("/usr/bin/python3"));
        add(mapping(CONF, "8080,80,sctp"));
        // A common header and an INIT chunk; the checksum is of no interest here.
        node.outside.ok(
                "/usr/bin/python3",
                "-c",
                """
                import socket, struct
                def crc32c(data):
                    crc = 0xffffffff
                    for byte in data:
                        crc ^= byte
                        for _ in range(8):
                            crc = (crc >> 1) ^ (0x82f63b78 if crc & 1 else 0)
                    return crc ^ 0xffffffff
                chunk = struct.pack('!BBHIIHHI', 1, 0, 20, 7, 65536, 1, 1, 9)
                head = struct.pack('!HHI', 4000, 8080, 0)
                sum = struct.pack('<I', crc32c(head + bytes(4) + chunk))
                s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
                s.sendto(head + sum + chunk, ('192.0.2.1', 0))
                """);
        assertThat(node.remembered())
                .containsPattern(
                        "sctp .*src=192.0.2.2 dst=192.0.2.1 sport=4000 dport=8080 .*"
                                + "src=10.1.0.2 dst=192.0.2.2 sport=80 dport=4000");
    }

    @Test
    @DisplayName("Packets that only pass through the host are not translated")
    void onlyToTheHost() {
        add(Node.web());
        node.serve(node.outside, 8080);
        assertThat(node.answer(c2::command, "192.0.2.2", 8080)).isEqualTo("outside 10.1.0.3");
        assertThat(node.answer(host::command, "192.0.2.2", 8080)).isEqualTo("outside 192.0.2.1");
        // Nor is what goes to the container's own port.
        assertThat(node.answer(node.outside::command, "10.1.0.2", 80)).isEqualTo("c1 192.0.2.2");
        assertThat(node.answer(c2::command, "10.1.0.2", 80)).isEqualTo("c1 10.1.0.3");
    }

    @Test
    @DisplayName("E40 a mapping for one address of the host goes before one for all")
    void explicitAddress() {
        node.serve(c1, 81);
        add(mapping(CONF, "8080,80,tcp", "8080,81,tcp,192.0.2.1", "9090,80,tcp,192.0.2.1"));
        c1.start("socat", "TCP4-LISTEN:82,fork,reuseaddr", "SYSTEM:echo other");
        assertThat(node.answer(node.outside::command, UPLINK, 9090)).startsWith("c1");
        assertThat(node.ask(host::command, GATEWAY, 9090)).isEmpty();
        assertThat(node.elements("hostport_v4_at").toString())
                .contains("\"192.0.2.1\",8080", "\"10.1.0.2\",81");
        host.sh("nft delete element inet pontoon hostport_v4_any '{ tcp . 8080 }'");
        assertThat(node.answer(node.outside::command, UPLINK, 8080)).startsWith("c1");
        assertThat(node.ask(c2::command, GATEWAY, 8080)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0, true, false", "::, false, true"})
    void unspecifiedAddressIsForItsIpVersion(String hostIp, boolean v4, boolean v6) {
        add(mapping(CONF, "8080,80,tcp," + hostIp));
        if (v4) {
            assertThat(node.answer(node.outside::command, UPLINK, 8080)).startsWith("c1");
            assertThat(node.ask(node.outside::command, UPLINK_V6, 8080)).isEmpty();
        }
        if (v6) {
            assertThat(node.answer(node.outside::command, UPLINK_V6, 8080)).startsWith("c1");
            assertThat(node.ask(node.outside::command, UPLINK, 8080)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nftables", "iptables"})
    void masqAllMakesEveryConnectionTheHosts(String backend) {
        Need.kernel("iptables nft");
        add(Conf.with(Node.web(), "{'masqAll':true,'backend':'" + backend + "'}"));
        assertThat(node.answer(node.outside::command, UPLINK, 8080)).isEqualTo("c1 " + GATEWAY);
        assertThat(node.answer(node.outside::command, UPLINK_V6, 8080))
                .isEqualTo("c1 " + peer(GATEWAY_V6));
        assertThat(node.answer(host::command, "127.0.0.1", 8080)).isEqualTo("c1 " + GATEWAY);
    }

    @Test
    void withoutSnatSourcesStayAndLocalhostIsLeftAlone() {
        add(Conf.with(Node.web(), "{'snat':false}"));
        assertThat(node.answer(node.outside::command, UPLINK, 8080)).isEqualTo("c1 192.0.2.2");
        assertThat(node.ask(c1::command, GATEWAY, 8080)).isEmpty();
        assertThat(node.localnet()).isEqualTo("0");
        assertThat(node.ruleset()).doesNotContain("masquerade");
    }

    @Test
    @DisplayName("What listens at [::1] of the host stays reachable: no kernel leads that away")
    void localhostOfIpv6() {
        host.start("socat", "TCP6-LISTEN:8080,fork,reuseaddr,ipv6only=1", "SYSTEM:echo host");
        add(Node.web());
        assertThat(node.answer(host::command, "::1", 8080)).isEqualTo("host");
        assertThat(node.answer(host::command, GATEWAY_V6, 8080)).startsWith("c1");
    }

    @Test
    @DisplayName("E18 E53 only connections that were translated get the host's address")
    void onlyTranslatedConnectionsAreMasqueraded() {
        add(Node.web());
        assertThat(node.answer(c2::command, "10.1.0.2", 80)).isEqualTo("c1 10.1.0.3");
        assertThat(node.answer(node.outside::command, "10.1.0.2", 80)).isEqualTo("c1 192.0.2.2");
    }

    @Test
    void capitalisedKeysAreTheSame() {
        add(
                Conf.with(
                        CONF,
                        "{'RuntimeConfig':{'PortMappings':[{'HostPort':8080,'ContainerPort':80,"
                                + "'Protocol':'TCP','HostIP':''}]},'SNAT':true}"));
        assertThat(node.answer(host::command, "127.0.0.1", 8080)).isEqualTo("c1 " + GATEWAY);
    }
}
