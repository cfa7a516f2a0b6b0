package dev.pontoon.portmap;

import static dev.pontoon.portmap.Node.CONF;
import static dev.pontoon.portmap.Node.GATEWAY;
import static dev.pontoon.portmap.Node.UPLINK;
import static dev.pontoon.portmap.Node.UPLINK_V6;
import static dev.pontoon.portmap.Node.mapping;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions of nftables: whom they let through, and that each network has its own. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class ConditionsIT {
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
        node.serve(c2, 80);
    }

    private static ObjectNode with(String words) {
        return Conf.with(
                mapping(CONF, "8080,80,tcp"),
                "{'conditionsV4':['%s']}".formatted(words.replace(" ", "','")));
    }

    /** The rule as nft lists it, and whether a connection from outside gets through. */
    @ParameterizedTest(quoteTextArguments = false)
    @CsvSource(
            delimiter = '|',
            value = {
                "ip saddr 192.0.2.0/24                | ip saddr 192.0.2.0/24                 | true",
                "ip saddr 192.0.2.2                   | ip saddr 192.0.2.2                    | true",
                "ip saddr != 192.0.2.0/24             | ip saddr != 192.0.2.0/24              | false",
                "ip daddr 192.0.2.1                   | ip daddr 192.0.2.1                    | true",
                "ip daddr != 192.0.2.1                | ip daddr != 192.0.2.1                 | false",
                "ip saddr { 10.0.0.0/8, 192.0.2.2 }   | ip saddr 192.0.2.2                    | true",
                "ip saddr != { 10.0.0.0/8, 192.0.2.2 }| ip saddr != 10.0.0.0/8 ip saddr != 192.0.2.2 | false",
                "iifname uplink                       | iifname \"uplink\"                    | true",
                "meta iifname != uplink               | iifname != \"uplink\"                 | false",
                "iifname up*                          | iifname \"up*\"                       | true",
                "iifname { eth9, uplink }             | iifname \"eth9\"                      | true",
                "meta mark 0x10                       | meta mark 0x00000010                  | false",
                "mark != 16                           | meta mark != 0x00000010               | true",
                "tcp dport 8080                       | tcp dport 8080                        | true",
                "tcp dport 8000-8100                  | tcp dport 8000-8100                   | true",
                "tcp dport != 8080                    | tcp dport != 8080                     | false",
                "udp dport 8080                       | udp dport 8080                        | false",
                "tcp sport 1-65535                    | tcp sport 1-65535                     | true",
                "th dport { 1, 8080 }                 | th dport 8080                         | true",
                "ip saddr 192.0.2.2 iifname uplink    | ip saddr 192.0.2.2 iifname \"uplink\" | true",
            })
    void conditionsDecide(String words, String listed, boolean reached) {
        node.call(with(words.strip()), c1, 2).add().succeeded();
        assertThat(node.ruleset()).contains("fib daddr type local " + listed.strip());
        // IPv6 has no conditions here.
        assertThat(node.answer(node.outside::command, UPLINK_V6, 8080)).startsWith("c1");
        String answer = node.ask(node.outside::command, UPLINK, 8080);
        assertThat(answer).isEqualTo(reached ? "c1 192.0.2.2" : "");
        node.call(with(words.strip()), c1, 2).check().succeeded();
        node.call(CONF, c1, 2).del().succeeded();
        assertThat(node.ruleset()).doesNotContain("pontoon");
        assertThat(node.localnet()).isEqualTo("0");
    }

    @Test
    void eachNetworkHasItsOwn() {
        ObjectNode outside = with("ip daddr " + UPLINK);
        ObjectNode inside =
                Conf.with(
                        mapping(CONF, "8080,80,tcp"),
                        "{'name':'n2','conditionsV4':['ip','daddr','10.1.0.1'],"
                                + "'conditionsV6':['ip6','daddr','!=','2001:db8::/64']}");
        node.call(outside, c1, 2).add().succeeded();
        node.call(inside, c2, 3).add().succeeded();
        assertThat(node.answer(node.outside::command, UPLINK, 8080)).startsWith("c1");
        assertThat(node.answer(node.outside::command, GATEWAY, 8080)).startsWith("c2");
        assertThat(node.answer(node.outside::command, UPLINK_V6, 8080)).startsWith("c1");
        assertThat(node.answer(node.outside::command, Node.GATEWAY_V6, 8080)).startsWith("c2");
        // Without conditions it is led whatever no network with conditions takes.
        MountedContainer c3 = node.attach("c3", 4);
        node.serve(c3, 80);
        ObjectNode any = Conf.with(mapping(CONF, "8080,80,tcp,0.0.0.0"), "{'name':'n3'}");
        node.call(any, c3, 4).add().succeeded();
        assertThat(node.answer(host::command, "127.0.0.1", 8080)).startsWith("c3");
        assertThat(node.answer(node.outside::command, UPLINK, 8080)).startsWith("c1");

        node.call(CONF, c1, 2).del().succeeded();
        assertThat(node.answer(node.outside::command, UPLINK, 8080)).startsWith("c3");
        assertThat(node.answer(node.outside::command, GATEWAY, 8080)).startsWith("c2");
        assertThat(node.localnet()).isEqualTo("1");
        node.call(any, c3, 4).del().succeeded();
        node.call(inside, c2, 3).check().succeeded();
        node.call(inside, c2, 3).del().succeeded();
        assertThat(node.ruleset()).doesNotContain("pontoon");
        assertThat(node.localnet()).isEqualTo("0");
    }

    @Test
    void portsUnderTheSameConditionsConflict() {
        node.call(with("iifname uplink"), c1, 2).add().succeeded();
        CniResult refused = node.call(with("iifname uplink"), c2, 3).add().failedWith(102);
        assertThat(CniResult.words(refused.json())).contains("eth0 of container c1");
    }

    @Test
    void gcFindsThemWithoutTheLedger() {
        node.call(with("iifname uplink"), c1, 2).add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        node.plain(Conf.with(CONF, "{'cni.dev/valid-attachments':[]}")).gc().succeeded();
        assertThat(node.ruleset()).doesNotContain("pontoon");
    }
}
