package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Hosts without IPv6, with a read-only /proc/sys, with wrong neighbours, and without root. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class UnusualHostIT {
    private static final ObjectNode DUAL_STACK =
            Conf.with(
                    EdgeNode.CONF,
                    """
                    {'ipam':{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/24'}],
                                                           [{'subnet':'fd66::/64'}]]}}\
                    """);

    /** Run as root of a user namespace, which is nobody outside of it. */
    private static final String ROOTLESS =
            """
            ip link set lo up
            unshare -n sleep infinity &
            container=$!
            while [ "$(readlink /proc/$container/ns/net)" = "$(readlink /proc/self/ns/net)" ]
            do sleep 0.02; done
            export CNI_CONTAINERID=c1 CNI_IFNAME=eth0 CNI_NETNS=/proc/$container/ns/net
            CNI_COMMAND=ADD "$BRIDGE" <"$STATE/conf"
            nsenter -t $container -n ping -n -q -c1 -W2 10.66.0.1
            find "$STATE/run" "$STATE/leases" -type f | sort
            CNI_COMMAND=DEL "$BRIDGE" <"$STATE/conf"
            kill -9 $container
            ! ip -o link | grep veth
            ! nft list ruleset | grep c1
            """;

    private Host host;
    private EdgeNode node;
    private Container c1;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
        c1 = host.container("c1");
    }

    @Test
    @DisplayName("E51 dual stack where IPv6 is switched off on host and in the container")
    void ipv6SwitchedOff() {
        Need.kernel("ipv6");
        for (String place : new String[] {"all", "default"}) {
            String off = "echo 1 >/proc/sys/net/ipv6/conf/" + place + "/disable_ipv6";
            host.sh(off);
            c1.sh(off);
        }
        CniResult added = node.bridge(c1, DUAL_STACK).add().succeeded();
        assertThat(c1.ok("ip", "-6", "-o", "addr", "show", "eth0", "scope", "global"))
                .contains("fd66::2/64")
                .doesNotContain("tentative");
        EdgeNode.ping(c1, "fd66::1");
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        node.bridge(c1, Conf.after(DUAL_STACK, added)).check().succeeded();
    }

    @Test
    @DisplayName("E51 no address of a dual-stack ADD is tentative when it returns")
    void nothingTentative() {
        Need.kernel("ipv6");
        node.bridge(c1, DUAL_STACK).add().succeeded();
        assertThat(c1.ok("ip", "-6", "-o", "addr", "show", "eth0", "tentative")).isEmpty();
        EdgeNode.ping(c1, "fd66::1");
        node.bridge(c1, DUAL_STACK).del().succeeded();
    }

    @Test
    @DisplayName("E52 the first packet arrives although host and sibling remember another owner")
    void staleNeighbours() {
        Need.kernel("ipv6");
        Container c2 = host.container("c2");
        node.bridge(c2, DUAL_STACK).add().succeeded();
        for (String address : new String[] {"10.66.0.3", "fd66::3"}) {
            String seed = "lladdr 02:00:00:00:00:52 nud stale dev ";
            host.sh("ip neigh replace " + address + " " + seed + "cni0");
            c2.sh("ip neigh replace " + address + " " + seed + "eth0");
        }
        CniResult added = node.bridge(c1, DUAL_STACK).add().succeeded();
        assertThat(EdgeNode.address(added)).isEqualTo("10.66.0.3");
        for (String address : new String[] {"10.66.0.3", "fd66::3"}) {
            host.ok("ping", "-n", "-q", "-c1", "-W1", address);
            c2.ok("ping", "-n", "-q", "-c1", "-W1", address);
        }
    }

    @Test
    @DisplayName("E54 a read-only /proc/sys is no obstacle where the values are right already")
    void readOnlySysctl() {
        host.sh(
                "echo 1 >/proc/sys/net/ipv4/ip_forward; mount --bind /proc/sys /proc/sys;"
                        + " mount -o remount,bind,ro /proc/sys");
        CniResult added = node.attach(c1);
        // Set by netlink, which goes no way through /proc/sys.
        assertThat(c1.ok("cat", "/proc/sys/net/ipv4/conf/eth0/arp_notify")).isEqualTo("1\n");
        assertThat(added.stderr()).isEmpty();
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        node.after(c1, added).check().succeeded();
        node.after(c1, added).del().succeeded();
        host.ok("umount", "/proc/sys");
        node.assertClean();
    }

    @Test
    @DisplayName("E55 without root: a user namespace, and state folders by configuration")
    void rootless() {
        Need.kernel("user namespaces");
        String state = host.temp().toString();
        ObjectNode conf =
                Conf.with(
                        EdgeNode.CONF,
                        """
                        {'runDir':'%1$s/run','ipam':{'type':'host-local',
                         'dataDir':'%1$s/leases','subnet':'10.66.0.0/24'}}\
                        """
                                .formatted(state));
        host.write(state + "/conf", conf.toString());
        String printed =
                host.command("unshare", "-Urnm", "sh", "-e", "-c", ROOTLESS)
                        .env("BRIDGE", EdgeNode.bin().resolve("bridge").toString())
                        .env("CNI_PATH", EdgeNode.bin().toString())
                        .env("STATE", state)
                        .ok();
        assertThat(printed)
                .contains(
                        "1 received", state + "/run/ledger/n1/", state + "/leases/n1/10.66.0.2\n");
        assertThat(host.list(state + "/run/ledger")).isEmpty();
        assertThat(host.list(state + "/leases/n1")).doesNotContain("10.66.0.2");
        node.assertUntouched();
    }
}
