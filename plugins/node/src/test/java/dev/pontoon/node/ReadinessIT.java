package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** STATUS tells when an ADD would fail, and when those who are attached suffer already. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class ReadinessIT {
    private Host host;
    private EdgeNode node;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E33 STATUS says what is wrong, and ADD does fail: {0} with {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    mkdir -p /var/lib/cni/networks/n1; for i in 2 3 4 5 6; do echo x >/var/lib/cni/networks/n1/10.66.0.$i; done | {'ipam':{'type':'host-local','subnet':'10.66.0.0/29'}} | 10.66.0.1-10.66.0.6
                    mount -o remount,ro /var/lib/cni        | {}                                   | /var/lib/cni
                    mount -o remount,ro /run                | {}                                   | /run
                    echo x >/var/lib/cni/networks           | {}                                   | /var/lib/cni/networks
                    true                                    | {'ipam':{'type':'missing'}}          | missing
                    true                                    | {'ipam':{'type':'host-local'}}       | range
                    rm -f /etc/alternatives/iptables        | {'ipMasqBackend':'iptables'}         | iptables
                    ip link add cni0 type veth peer name x  | {}                                   | cni0
                    """)
    void notReady(String script, String keys, String says) {
        Container c1 = host.container("c1");
        host.sh(script);
        node.remember();
        ObjectNode conf = Conf.with(EdgeNode.CONF, keys);
        CniResult failed = node.bridge(conf).status().failedWith(50);
        assertThat(EdgeNode.message(failed)).contains(says);
        node.assertUntouched();
        node.bridge(c1, conf).add().failed();
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E33 STATUS while a container is attached, after: {0}")
    @ValueSource(
            strings = {
                "ip link set cni0 down",
                "ip link del cni0",
                "echo 0 >/proc/sys/net/ipv4/ip_forward"
            })
    void limited(String script) {
        node.attach(host.container("c1"));
        node.bridge(EdgeNode.CONF).status().succeeded();
        host.sh(script);
        node.bridge(EdgeNode.CONF).status().failedWith(51);
    }

    @Test
    @DisplayName("E33 STATUS of a network that is ready, on a fresh host, changes nothing")
    void ready() {
        node.bridge(EdgeNode.CONF).status().succeeded();
        node.bridge(EdgeNode.CONF)
                .env("CNI_IFNAME", "")
                .env("CNI_NETNS", "")
                .env("CNI_CONTAINERID", "")
                .status()
                .succeeded();
        node.assertUntouched();
        Container c1 = host.container("c1");
        node.attach(c1);
        node.bridge(EdgeNode.CONF).status().succeeded();
    }

    @Test
    @DisplayName("E33 STATUS keeps the code of an IPAM plugin that is not ready")
    void codeOfIpam() {
        host.script(
                "/run/bin/tired",
                "#!/bin/sh\ncat >/dev/null\necho '{\"code\":51,\"msg\":\"tired\"}'\nexit 1\n");
        CniResult failed =
                node.bridge(Conf.with(EdgeNode.CONF, "{'ipam':{'type':'tired'}}"))
                        .cniPath("/run/bin")
                        .status()
                        .failedWith(51);
        assertThat(EdgeNode.message(failed)).contains("tired");
    }

    @Test
    @DisplayName("E34 STATUS without CNI_PATH")
    void withoutCniPath() {
        node.bridge(EdgeNode.CONF).without("CNI_PATH").status().succeeded();
        node.bridge(Conf.with(EdgeNode.CONF, "{'ipam':{'type':'missing'}}"))
                .without("CNI_PATH")
                .status()
                .failed();
        node.assertUntouched();
    }

    @Test
    @DisplayName("E33 STATUS of static and loopback")
    void others() {
        String good = "{'ipam':{'type':'static','addresses':[{'address':'10.66.0.5/24'}]}}";
        host.cni(EdgeNode.bin(), "static")
                .stdin(Conf.with(EdgeNode.CONF, good))
                .status()
                .succeeded();
        host.cni(EdgeNode.bin(), "static")
                .stdin(Conf.with(EdgeNode.CONF, good.replace("/24", "")))
                .status()
                .failedWith(50);
        host.cni(EdgeNode.bin(), "loopback").stdin(EdgeNode.CONF).status().succeeded();
    }
}
