package dev.pontoon.node;

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
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CHECK after one thing was broken by hand: the error names it. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class FaultsFoundByCheckIT {
    private static final Path REFERENCE = Path.of("/usr/lib/cni");

    private static final ObjectNode CONF =
            Conf.with(
                    EdgeNode.CONF,
                    """
                    {'macspoofchk':true,'hairpinMode':true,'mtu':1400,
                     'ipam':{'type':'host-local','routes':[{'dst':'10.7.0.0/16'}],
                             'ranges':[[{'subnet':'10.66.0.0/24'}],[{'subnet':'fd66::/64'}]]}}\
                    """);

    private Host host;
    private EdgeNode node;
    private Container c1;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
        c1 = host.container("c1");
    }

    private CniCall attached(ObjectNode conf) {
        CniResult added = node.bridge(c1, conf).add().succeeded();
        return node.bridge(c1, Conf.after(conf, added));
    }

    /** In the scripts $port is the host's end of the pair, and c1 runs a command inside. */
    @ParameterizedTest(quoteTextArguments = false, name = "{0} CHECK after: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    E20 | nft delete table inet pontoon                         | masquerade
                    E20 | nft flush ruleset                                     | masquerade
                    E20 | nft flush chain inet pontoon postrouting              | masquerade
                    E20 | nft flush set inet pontoon masq_v4_24                 | 10.66.0.2
                    E20 | nft delete element inet pontoon masq_v4 { 10.66.0.2 } | 10.66.0.2
                    E20 | nft delete element inet pontoon masq_v6 { fd66::2 }   | fd66::2
                    E20 | nft flush set bridge pontoon spoof_macs               | not checked for the MAC
                    E20 | nft delete table bridge pontoon                       | not checked for the MAC
                    E21 | ip addr del 10.66.0.1/24 dev cni0                     | 10.66.0.1
                    E21 | ip addr del fd66::1/64 dev cni0                       | fd66::1
                    E22 | echo 0 >/proc/sys/net/ipv4/ip_forward                 | ip_forward
                    E22 | echo 0 >/proc/sys/net/ipv6/conf/all/forwarding        | ipv6
                    E24 | rm /var/lib/cni/networks/n1/10.66.0.2                 | 10.66.0.2
                    E24 | echo other >/var/lib/cni/networks/n1/10.66.0.2        | other
                    E24 | ip link set $port nomaster                            | cni0
                    E24 | ip link set $port down                                | $port
                    E24 | ip link set $port mtu 1300                            | $port
                    E24 | ip link set $port type bridge_slave hairpin off       | $port
                    E24 | ip link set $port type bridge_slave isolated on       | $port
                    E24 | ip link set cni0 down                                 | cni0
                    E24 | ip link del cni0                                      | cni0
                    E24 | ip link set cni0 address 02:00:00:00:00:77            | cni0
                    E24 | ip link del $port                                     | eth0
                    E24 | c1 ip link set eth0 down                              | eth0
                    E24 | c1 ip link set eth0 name eth7                         | eth0
                    E24 | c1 ip link set eth0 mtu 1300                          | MTU of eth0
                    E24 | c1 ip link set eth0 address 02:00:00:00:00:77         | MAC of eth0
                    E24 | c1 ip addr replace 10.66.0.3/24 dev eth0; c1 ip addr del 10.66.0.2/24 dev eth0 | 10.66.0.2
                    E24 | c1 ip addr del fd66::2/64 dev eth0                    | fd66::2
                    E24 | c1 ip route del default                               | 0.0.0.0/0
                    E24 | c1 ip -6 route del default                            | ::/0
                    E24 | c1 ip route del 10.7.0.0/16                           | 10.7.0.0/16
                    E24 | ip netns del c1                                       | /run/netns/c1
                    """)
    void oneFault(String row, String fault, String says) {
        CniCall check = attached(CONF);
        String port =
                host.json("ip", "-j", "link", "show", "master", "cni0")
                        .path(0)
                        .path("ifname")
                        .asText();
        host.sh("port=" + port + "; c1() { ip netns exec c1 \"$@\"; }; " + fault);
        CniResult failed = check.check().failed();
        assertThat(EdgeNode.message(failed)).contains(says.replace("$port", port));
    }

    @Test
    @DisplayName("E24 CHECK right after ADD is green, changes nothing, and can be repeated")
    void green() {
        CniCall check = attached(CONF);
        node.remember();
        check.check().succeeded();
        check.check().succeeded();
        node.assertUntouched();
    }

    @Test
    @DisplayName("E20 CHECK of the iptables backend after the nat table was flushed")
    void flushedIptables() {
        Need.tool("iptables");
        CniCall check = attached(Conf.with(CONF, "{'ipMasqBackend':'iptables'}"));
        check.check().succeeded();
        host.ok("iptables", "-t", "nat", "-F");
        assertThat(EdgeNode.message(check.check().failed())).contains("10.66.0.2", "masquerade");
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E24 CHECK is green although there is more than needed: {0}")
    @ValueSource(
            strings = {
                "ip netns exec c1 ip addr add 10.99.0.5/24 dev eth0",
                "ip netns exec c1 ip route add 10.8.0.0/16 via 10.66.0.1",
                "ip addr add 10.98.0.1/24 dev cni0",
                "nft add element inet pontoon masq_v4 { 10.66.0.99 : masq_v4_24 }",
                "ip link add other type veth peer name more; ip link set other master cni0",
                "rm -r /run/pontoon"
            })
    void moreThanNeeded(String addition) {
        CniCall check = attached(CONF);
        host.sh(addition);
        check.check().succeeded();
    }

    @Test
    @DisplayName("E24 CHECK without prevResult, of another namespace, and after DEL, fails")
    void wrongCall() {
        CniCall check = attached(CONF);
        node.bridge(c1, CONF).check().failedWith(7);
        Container c2 = host.container("c2");
        assertThat(EdgeNode.message(check.netns(c2.netns()).check().failed()))
                .contains("/run/netns/c2");
        check.del().succeeded();
        check.check().failed();
    }

    @Test
    @DisplayName("E25 CHECK after the reference tuning plugin changed MAC and MTU is green")
    void afterTuning() {
        Need.file(REFERENCE.resolve("tuning"));
        afterLaterPlugin("tuning", "{'mac':'02:00:00:00:00:25','mtu':1280}");
    }

    @Test
    @DisplayName("E25 CHECK after the reference sbr plugin moved the routes is green")
    void afterSourceBasedRouting() {
        Need.file(REFERENCE.resolve("sbr"));
        afterLaterPlugin("sbr", "{}");
    }

    /** The old reference plugins speak 1.0.0; the chain's result is that of the last plugin. */
    private void afterLaterPlugin(String type, String keys) {
        ObjectNode conf =
                Conf.with(
                        EdgeNode.CONF,
                        """
                        {'cniVersion':'1.0.0','ipam':{'type':'host-local','subnet':'10.66.0.0/24'}}\
                        """);
        CniResult added = node.bridge(c1, conf).add().succeeded();
        ObjectNode later = Conf.with(Conf.after(conf, added), "{'type':'" + type + "','ipam':{}}");
        later.setAll(Conf.of(keys));
        JsonNode last =
                host.cni(REFERENCE, type).container(c1).stdin(later).add().succeeded().json();
        node.bridge(c1, Conf.with(conf, "prevResult", last)).check().succeeded();
        // With its own address for a source, which is what the moved routes are for.
        c1.ok("ping", "-n", "-q", "-c1", "-W2", "-I", "10.66.0.2", EdgeNode.GATEWAY);
    }
}
