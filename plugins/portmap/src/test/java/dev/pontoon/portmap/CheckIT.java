package dev.pontoon.portmap;

import static dev.pontoon.portmap.Node.CONF;
import static dev.pontoon.portmap.Node.UPLINK;
import static dev.pontoon.portmap.Node.mapping;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CHECK names what is missing, and DEL and ADD repair it. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class CheckIT {
    private Host host;
    private Node node;
    private MountedContainer c1;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("nftables nat");
        Need.tool("socat");
        host = fresh;
        node = new Node(fresh);
        c1 = node.attach("c1", 2);
    }

    private void repair(CniCall call) {
        call.del().succeeded();
        call.add().succeeded();
        call.check().succeeded();
    }

    @ParameterizedTest(quoteTextArguments = false, name = "E23 {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "flush ruleset | no table inet pontoon",
                "flush chain inet pontoon hostport_v4_prerouting | hostport_v4_prerouting to hostport_v4_lookup",
                "flush chain inet pontoon hostport_v6_output | hostport_v6_output to hostport_v6_lookup",
                "flush chain inet pontoon hostport_v4_lookup | does not look into hostport_v4_at",
                "flush chain inet pontoon hostport_v4_postrouting | does not look into hostport_v4_from_24",
                "delete chain inet pontoon hostport_v4_output | hostport_v4_output of inet pontoon is gone",
                "flush set inet pontoon hostport_v4_from_24 | hostport_v4_from_24 has no element",
                "flush map inet pontoon hostport_v4_any | port 8080/tcp of every IPv4 address is not mapped",
                "flush map inet pontoon hostport_v6_any | port 8080/tcp of every IPv6 address is not mapped",
                "flush map inet pontoon hostport_v4_at | port 53/udp of 10.1.0.1 is not mapped",
                "flush map inet pontoon hostport_v4_ports | is not mapped: hostport_v4_ports has no element",
            })
    void whatIsMissingIsNamedAndRepaired(String removal, String finding) {
        CniCall call = node.call(mapping(CONF, "8080,80,tcp", "53,53,udp,10.1.0.1"), c1, 2);
        call.add().succeeded();
        call.check().succeeded();
        host.sh("nft '" + removal.strip() + "'");
        Snapshot broken = host.snapshot();
        CniResult failed = call.check().failedWith(103);
        assertThat(CniResult.words(failed.json())).contains(finding);
        host.snapshot().assertSameAs(broken);
        repair(call);
    }

    @Test
    @DisplayName("E23 a sysctl that 127.0.0.1 needs, or an element of another, is found")
    void otherFindings() {
        CniCall call = node.call(Node.web(), c1, 2);
        call.add().succeeded();
        host.sh("echo 0 > /proc/sys/net/ipv4/conf/cni0/route_localnet");
        assertThat(CniResult.words(call.check().failedWith(103).json()))
                .contains("net.ipv4.conf.cni0.route_localnet is not 1");
        host.sh("echo 1 > /proc/sys/net/ipv4/conf/cni0/route_localnet");
        String map = "inet pontoon hostport_v4_any";
        host.sh(
                "nft delete element "
                        + map
                        + " '{ tcp . 8080 }';"
                        + "nft add element "
                        + map
                        + " '{ tcp . 8080 : 10.1.0.9 . 80 }'");
        assertThat(CniResult.words(call.check().failedWith(103).json())).contains("8080/tcp");
        call.stdin(Node.behind(mapping(CONF, "9090,80,tcp"), c1, "eth0", 2))
                .check()
                .failedWith(103);
    }

    @ParameterizedTest(quoteTextArguments = false, name = "E23 iptables: {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "-F PREROUTING | -A PREROUTING -m addrtype",
                "-F OUTPUT | -A OUTPUT -m addrtype",
                "-F POSTROUTING | -I POSTROUTING",
                "-F CNI-HOSTPORT-DNAT | leads to CNI-DN-",
                "-F CNI-HOSTPORT-SETMARK | -A CNI-HOSTPORT-SETMARK",
                "-F CNI-HOSTPORT-MASQ | -A CNI-HOSTPORT-MASQ",
                "-F | ",
            })
    void whatIsMissingInIptables(String removal, String finding) {
        Need.kernel("iptables nft");
        CniCall call = node.call(Conf.with(Node.web(), "{'backend':'iptables'}"), c1, 2);
        call.add().succeeded();
        call.check().succeeded();
        host.sh("iptables -t nat " + removal);
        CniResult failed = call.check().failedWith(103);
        assertThat(CniResult.words(failed.json())).contains(finding == null ? "" : finding);
        repair(call);
    }

    @Test
    @DisplayName("E27 after a flush, DEL and ADD give the port back, and connections survive")
    void repairedAfterAFlush() {
        ObjectNode conf = Node.web();
        CniCall call = node.call(conf, c1, 2);
        call.add().succeeded();
        // One that stays: it says a line now and another when it is told something.
        c1.start("socat", "TCP4-LISTEN:80,fork,reuseaddr", "SYSTEM:echo hello; read x; echo $x");
        host.sh("mkfifo " + host.temp() + "/talk");
        String link = host.ok("ip", "-n", "c1", "-4", "-o", "addr", "show", "eth0");
        String mac = host.ok("ip", "-n", "c1", "-o", "link", "show", "eth0");
        var client =
                node.outside.start(
                        "sh",
                        "-c",
                        "exec 3<>"
                                + host.temp()
                                + "/talk; socat -T30 - TCP4:"
                                + UPLINK
                                + ":8080 <"
                                + host.temp()
                                + "/talk");
        Await.until("the greeting", () -> client.stdout().contains("hello"));

        host.ok("nft", "flush", "ruleset");
        assertThat(CniResult.words(call.check().failedWith(103).json())).contains("inet pontoon");
        assertThat(node.ask(node.outside::command, UPLINK, 8080)).isEmpty();
        repair(call);

        assertThat(node.answer(node.outside::command, UPLINK, 8080)).startsWith("hello");
        host.sh("echo again > " + host.temp() + "/talk");
        Await.until("an answer on the old connection", () -> client.stdout().contains("again"));
        assertThat(host.ok("ip", "-n", "c1", "-4", "-o", "addr", "show", "eth0")).isEqualTo(link);
        assertThat(host.ok("ip", "-n", "c1", "-o", "link", "show", "eth0")).isEqualTo(mac);
    }

    @Test
    @DisplayName("E27 what 127.0.0.1 needs is put back after a flush as well")
    void sysctlIsPutBackAfterAFlush() {
        MountedContainer c2 = node.attach("c2", 3);
        CniCall first = node.call(Node.web(), c1, 2);
        CniCall second = node.call(mapping(CONF, "9090,80,tcp"), c2, 3);
        first.add().succeeded();
        second.add().succeeded();
        host.ok("nft", "flush", "ruleset");
        repair(second);
        assertThat(node.localnet()).isEqualTo("1");
        repair(first);
        first.del().succeeded();
        assertThat(node.localnet()).isEqualTo("1");
        second.del().succeeded();
        assertThat(node.localnet()).isEqualTo("0");
        assertThat(node.ruleset()).doesNotContain("pontoon");
        first.add().succeeded();
        host.ok("nft", "flush", "ruleset");
        first.del().succeeded();
        assertThat(node.localnet()).isEqualTo("0");
    }
}
