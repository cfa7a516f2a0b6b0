package dev.pontoon.bandwidth;

import static dev.pontoon.bandwidth.Node.BOTH;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Everything that CHECK looks at, broken on purpose. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class CheckIT {
    private static final String FILTER_IP =
            "tc filter del dev VETH ingress then tc filter add dev VETH ingress protocol ip prio 1"
                    + " u32 match u32 0 0 action mirred egress redirect dev IFB";

    private static final String FILTER_ELSEWHERE =
            "tc filter del dev VETH ingress then tc filter add dev VETH ingress protocol all prio 1"
                    + " u32 match u32 0 0 action mirred egress redirect dev other";

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "tc qdisc del dev VETH root; VETH has no token bucket filter at its root but no",
                "tc qdisc replace dev VETH root handle 1: tbf rate 1mbit burst 100000 limit 125000;"
                        + " the rate of VETH is 1000000 and should be 8000000 bit/s",
                "tc qdisc replace dev VETH root handle 1: tbf rate 8mbit burst 50000 limit 125000;"
                        + " the burst of VETH is 400000 and should be 800000 bits",
                "tc qdisc replace dev VETH root handle 1: tbf rate 8mbit burst 100000 limit 99999;"
                        + " the queue limit of VETH is 99999 and should be 125000 bytes",
                "tc qdisc del dev VETH ingress; VETH has no filter that redirects",
                "tc filter del dev VETH ingress; VETH has no filter that redirects",
                FILTER_IP + "; VETH redirects only a part",
                FILTER_ELSEWHERE + "; VETH redirects to other and should redirect to IFB",
                "ip link del IFB; the ifb that VETH redirects to is gone",
                "ip link set IFB down; the ifb IFB is down",
                "tc qdisc del dev IFB root; IFB has no token bucket filter at its root but",
                "tc qdisc replace dev IFB root handle 1: tbf rate 1mbit burst 400000 limit 450000;"
                        + " the rate of IFB is 1000000 and should be 16000000 bit/s",
                "ip -n c1 link del eth0; no interface eth0"
            })
    void whatIsBrokenIsNamed(String breaking, String complaint, Host host) {
        Need.kernel("bandwidth");
        Need.kernel("ifb");
        Node node = new Node(host);
        MountedContainer c1 = host.container("c1");
        node.attach(c1, "eth0", 1);
        CniCall call = node.call(BOTH, c1, "eth0");
        CniCall check =
                call.stdin(Conf.after(Node.behind(BOTH, c1, "eth0"), call.add().succeeded()));
        check.check().succeeded();
        String ifb = node.ifb();
        host.ok("ip", "link", "add", "other", "type", "ifb");

        String[] script = breaking.replace("VETH", "v-c1-eth0").replace("IFB", ifb).split(" then ");
        for (String each : script) {
            host.sh(each);
        }
        assertThat(CniResult.words(check.check().failedWith(103).json()))
                .contains(complaint.replace("VETH", "v-c1-eth0").replace("IFB", ifb));
        call.del().succeeded();
    }
}
