package dev.pontoon.ptp;

import static dev.pontoon.ptp.Node.CONF;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One container that lives through the class: each test breaks something and mends it again. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CheckIT {
    private static final ObjectNode MASQUERADED = Conf.with(CONF, "{'ipMasq':true,'mtu':1400}");

    private Node node;
    private Host host;
    private Container c1;
    private CniCall check;
    private CniResult added;
    private String end = "";
    private String mac = "";

    @BeforeAll
    void attach(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
        added = node.call(c1, MASQUERADED).add().succeeded();
        check = node.call(c1, Conf.after(MASQUERADED, added));
        end = Node.hostEnd(added);
        mac = added.json().path("interfaces").path(1).path("mac").asText();
    }

    @Test
    void checkChangesNothingAndCanBeRepeated() {
        Snapshot before = host.snapshot();
        Snapshot inside = c1.snapshot();
        check.check().succeeded();
        check.check().succeeded();
        host.snapshot().assertSameAs(before);
        c1.snapshot().assertSameAs(inside);
    }

    // In the commands END is the host's end, MAC the container's, and "inside" runs a command in
    // the container.
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "inside ip link set eth0 mtu 1300 | inside ip link set eth0 mtu 1400 | MTU of eth0",
                "ip link set END mtu 1300 | ip link set END mtu 1400 | MTU of END",
                "inside ip link set eth0 address 02:00:00:00:00:0b"
                        + " | inside ip link set eth0 address MAC | MAC of eth0",
                "inside ip addr del 10.1.2.2/24 dev eth0"
                        + " | inside ip addr add 10.1.2.2/24 dev eth0 noprefixroute;"
                        + " inside ip route add 10.1.2.1 dev eth0 scope link src 10.1.2.2;"
                        + " inside ip route add 10.1.2.0/24 via 10.1.2.1 src 10.1.2.2;"
                        + " inside ip route replace default via 10.1.2.1 | address 10.1.2.2/24",
                "inside ip addr del fd00:12::2/64 dev eth0"
                        + " | inside ip addr add fd00:12::2/64 dev eth0 noprefixroute nodad;"
                        + " inside ip route replace fd00:12::1 dev eth0 src fd00:12::2;"
                        + " inside ip route replace fd00:12::/64 via fd00:12::1 dev eth0 src fd00:12::2;"
                        + " inside ip route replace default via fd00:12::1 dev eth0"
                        + " | address fd00:12::2/64",
                "inside ip route del default | inside ip route add default via 10.1.2.1"
                        + " | route to 0.0.0.0/0",
                "inside ip -6 route del default"
                        + " | inside ip -6 route add default via fd00:12::1 dev eth0 | route to ::/0",
                "inside ip route del 10.1.2.1"
                        + " | inside ip route add 10.1.2.1 dev eth0 scope link src 10.1.2.2"
                        + " | route to 10.1.2.1/32",
                "inside ip route del 10.1.2.0/24"
                        + " | inside ip route add 10.1.2.0/24 via 10.1.2.1 src 10.1.2.2"
                        + " | route to 10.1.2.0/24 via 10.1.2.1",
                "inside ip -6 route del fd00:12::/64"
                        + " | inside ip -6 route add fd00:12::/64 via fd00:12::1 dev eth0 src fd00:12::2"
                        + " | route to fd00:12::/64 via fd00:12::1",
                // With its last address the kernel takes the link's IPv4 routes away.
                "ip addr del 10.1.2.1/32 dev END | ip addr add 10.1.2.1/32 dev END;"
                        + " ip route replace 10.1.2.2 dev END scope host | gateway address 10.1.2.1",
                "ip addr del fd00:12::1/128 dev END | ip addr add fd00:12::1/128 dev END nodad"
                        + " | gateway address fd00:12::1",
                "ip route del 10.1.2.2 | ip route add 10.1.2.2 dev END scope host"
                        + " | host has no route to 10.1.2.2 over END",
                "ip -6 route del fd00:12::2 | ip -6 route add fd00:12::2 dev END"
                        + " | host has no route to fd00:12::2 over END",
                "sysctl -q net.ipv4.ip_forward=0 | sysctl -q net.ipv4.ip_forward=1"
                        + " | net.ipv4.ip_forward",
                "sysctl -q net.ipv6.conf.all.forwarding=0"
                        + " | sysctl -q net.ipv6.conf.all.forwarding=1 | net.ipv6.conf.all.forwarding",
                "nft delete element inet pontoon masq_v4 { 10.1.2.2 }"
                        + " | nft add element inet pontoon masq_v4 { 10.1.2.2 comment \"n1/c1/eth0\""
                        + " : masq_v4_24 } | 10.1.2.2/24 is not masqueraded",
            })
    void faultIsFoundAndNamed(String fault, String mend, String named) {
        run(fault);
        try {
            assertThat(CniResult.words(check.check().failedWith(103).json()))
                    .contains(named.replace("END", end), "eth0 of container c1");
        } finally {
            run(mend);
        }
        check.check().succeeded();
    }

    private void run(String commands) {
        String script = commands.replace("END", end).replace("MAC", mac);
        host.sh(
                "inside() { ip netns exec c1 \"$@\"; }; "
                        + script.replace("{ 10", "'{ 10").replace(" }", " }'"));
    }

    @Test
    void linkThatIsDownIsFoundOnEitherSide() {
        Container c2 = node.another("c2", 7);
        CniCall call = node.call(c2, MASQUERADED);
        CniResult result = call.add().succeeded();
        CniCall inspection = call.stdin(Conf.after(MASQUERADED, result));
        host.ok("ip", "link", "set", Node.hostEnd(result), "down");
        assertThat(CniResult.words(inspection.check().failedWith(103).json()))
                .contains(Node.hostEnd(result) + " is down");
        c2.ok("ip", "link", "set", "eth0", "down");
        assertThat(CniResult.words(inspection.check().failedWith(103).json()))
                .contains("eth0 is down");
        c2.ok("ip", "link", "del", "eth0");
        assertThat(CniResult.words(inspection.check().failedWith(103).json()))
                .contains("no interface eth0");
        String same = result.json().path("interfaces").path(1).path("mac").asText();
        c2.sh("ip link add eth0 address " + same + " mtu 1400 type bridge; ip link set eth0 up");
        assertThat(CniResult.words(inspection.check().failedWith(103).json()))
                .contains("no veth but of kind bridge");
        inspection.del().succeeded();
    }

    @Test
    void moreThanThereShouldBeIsNobodysFault() {
        run(
                "inside ip addr add 10.77.0.1/24 dev eth0; inside ip route add 10.78.0.0/16 via 10.1.2.1;"
                        + " ip addr add 10.79.0.1/24 dev END");
        check.check().succeeded();
        run(
                "inside ip addr del 10.77.0.1/24 dev eth0; inside ip route del 10.78.0.0/16;"
                        + " ip addr del 10.79.0.1/24 dev END");
    }

    @Test
    void ipamPluginsVerdictIsPassedOn() {
        node.ipam().fails("CHECK", 142);
        assertThat(CniResult.words(check.check().failedWith(142).json())).contains("told to fail");
        node.ipam().mends("CHECK");
        check.check().succeeded();
    }

    @Test
    void resultThatIsNotOfThisContainerIsRefused() {
        check.stdin(MASQUERADED).check().failedWith(7);
        check.stdin(Conf.with(Conf.after(MASQUERADED, added), "{'ipam':{}}")).check().failedWith(7);
        Container other = host.container("other");
        assertThat(CniResult.words(check.netns(other.netns()).check().failedWith(103).json()))
                .contains(c1.netns(), other.netns());
        assertThat(CniResult.words(check.ifname("net1").check().failedWith(103).json()))
                .contains("net1");
    }
}
