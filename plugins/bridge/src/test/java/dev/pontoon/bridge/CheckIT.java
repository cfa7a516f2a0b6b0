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
    private static final ObjectNode CONF =
            Conf.with(
                    L3,
                    "{'isDefaultGateway':true,'mtu':1400,'ipMasq':true,"
                            + "'args':{'cni':{'mac':'02:00:00:00:00:0a'}}}");

    private Node node;
    private Host host;
    private Container c1;
    private CniCall check;
    private String port = "";
    private CniResult added;

    @BeforeAll
    void attach(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
        node.gives(
                "{'ips':[{'address':'10.9.0.2/24'},{'address':'fd09::2/64'}],"
                        + "'routes':[{'dst':'10.5.0.0/16','gw':'10.9.0.7'}]}");
        added = node.call(c1, CONF).add().succeeded();
        check = node.call(c1, Conf.after(CONF, added));
        port = node.ports("br1").getFirst();
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

    // In the commands PORT is the host's end, and "inside" runs a command in the container.
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "inside ip link set eth0 mtu 1300    | inside ip link set eth0 mtu 1400    | MTU of eth0",
                "ip link set PORT mtu 1300       | ip link set PORT mtu 1400       | MTU of PORT",
                "inside ip link set eth0 address 02:00:00:00:00:0b"
                        + " | inside ip link set eth0 address 02:00:00:00:00:0a | MAC of eth0",
                "inside ip addr del 10.9.0.2/24 dev eth0"
                        + " | inside ip addr add 10.9.0.2/24 dev eth0;"
                        + " inside ip route add 10.5.0.0/16 via 10.9.0.7;"
                        + " inside ip route add default via 10.9.0.1 | 10.9.0.2/24",
                "inside ip -6 addr del fd09::2/64 dev eth0"
                        + " | inside ip -6 addr add fd09::2/64 dev eth0 nodad | fd09::2/64",
                "inside ip route del 10.5.0.0/16 | inside ip route add 10.5.0.0/16 via 10.9.0.7"
                        + " | route to 10.5.0.0/16",
                "inside ip route del default | inside ip route add default via 10.9.0.1"
                        + " | route to 0.0.0.0/0",
                "inside ip -6 route del default | inside ip -6 route add default via fd09::1 dev eth0"
                        + " | route to ::/0",
                "ip link set PORT nomaster | ip link set PORT master br1 | PORT is no port of",
                "ip link set br1 down | ip link set br1 up; ip -6 addr add fd09::1/64 dev br1 nodad"
                        + " | br1 is down",
                "ip addr del 10.9.0.1/24 dev br1 | ip addr add 10.9.0.1/24 dev br1"
                        + " | gateway address 10.9.0.1",
                "sysctl -q net.ipv4.ip_forward=0 | sysctl -q net.ipv4.ip_forward=1"
                        + " | net.ipv4.ip_forward",
                "sysctl -q net.ipv6.conf.all.forwarding=0 | sysctl -q net.ipv6.conf.all.forwarding=1"
                        + " | net.ipv6.conf.all.forwarding",
            })
    void faultIsFoundAndNamed(String fault, String mend, String named) {
        run(fault);
        try {
            assertThat(CniResult.words(check.check().failedWith(103).json()))
                    .contains(named.replace("PORT", port), "eth0 of container c1");
        } finally {
            run(mend);
        }
    }

    private void run(String commands) {
        host.sh("inside() { ip netns exec c1 \"$@\"; }; " + commands.replace("PORT", port));
    }

    @Test
    void mendedAttachmentPasses() {
        run(
                "inside ip link set eth0 down; inside ip link set eth0 up;"
                        + " inside ip route add 10.5.0.0/16 via 10.9.0.7; inside ip route add default via 10.9.0.1;"
                        + " inside ip -6 route replace default via fd09::1 dev eth0");
        check.check().succeeded();
    }

    @Test
    void moreThanThereShouldBeIsNobodysFault() {
        run(
                "inside ip addr add 10.77.0.1/24 dev eth0; inside ip route add 10.78.0.0/16 via 10.9.0.1;"
                        + " ip addr add 10.79.0.1/24 dev br1");
        check.check().succeeded();
        run(
                "inside ip addr del 10.77.0.1/24 dev eth0; inside ip route del 10.78.0.0/16;"
                        + " ip addr del 10.79.0.1/24 dev br1");
    }

    @Test
    void ipamPluginsVerdictIsPassedOn() {
        node.ipamFails("CHECK", 142);
        assertThat(CniResult.words(check.check().failedWith(142).json())).contains("told to fail");
        node.ipamMends("CHECK");
        check.check().succeeded();
    }

    @Test
    void resultThatIsNotOfThisContainerIsRefused() {
        check.stdin(CONF).check().failedWith(7);
        Container other = host.container("other");
        assertThat(CniResult.words(check.netns(other.netns()).check().failedWith(103).json()))
                .contains(c1.netns(), other.netns());
        assertThat(CniResult.words(check.ifname("net1").check().failedWith(103).json()))
                .contains("net1");
        String elsewhere = Conf.after(CONF, added).toString().replace(c1.netns(), other.netns());
        var moved = check.netns(other.netns()).stdin(elsewhere);
        assertThat(CniResult.words(moved.check().failedWith(103).json()))
                .contains("has no interface eth0");
    }
}
