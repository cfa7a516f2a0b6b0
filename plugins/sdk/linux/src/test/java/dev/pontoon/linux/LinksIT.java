package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class LinksIT {
    private Inside here;

    @BeforeEach
    void enter(Host host) {
        here = Inside.of(host);
    }

    @AfterEach
    void leave() {
        here.close();
    }

    private static JsonNode seen(Host host, String link) {
        return host.json("ip", "-j", "-d", "link", "show", "dev", link).get(0);
    }

    @Test
    void aBridgeIsMadeAsDescribed(Host host) {
        byte[] mac = MacAddress.parse("0a:58:0a:01:00:01");

        here.links.add(NewLink.bridge("cni0").mac(mac).mtu(1400).group(7).alias("pontoon").up());

        JsonNode bridge = seen(host, "cni0");
        assertThat(bridge.at("/linkinfo/info_kind").asText()).isEqualTo("bridge");
        assertThat(bridge.path("address").asText()).isEqualTo("0a:58:0a:01:00:01");
        assertThat(bridge.path("mtu").asInt()).isEqualTo(1400);
        assertThat(bridge.path("group").asText()).isEqualTo("7");
        assertThat(bridge.path("ifalias").asText()).isEqualTo("pontoon");
        assertThat(bridge.path("flags").toString()).contains("\"UP\"");
        // The address stays when ports come and go only if the kernel knows that it was chosen.
        assertThat(host.ok("cat", "/sys/class/net/cni0/addr_assign_type")).isEqualTo("3\n");
    }

    @Test
    void aVethPairIsMadeInOneRequestWithItsFarEndElsewhere(Host host) {
        MountedContainer container = host.container("c1");
        host.ok("ip", "link", "add", "cni0", "type", "bridge");
        try (NetworkNamespace there = NetworkNamespace.open(container.netnsPath().toString())) {
            here.links.add(
                    NewLink.veth(
                                    "veth0",
                                    NewLink.peer("eth0")
                                            .mac(MacAddress.parse("0a:00:00:00:00:02"))
                                            .mtu(1300)
                                            .namespace(there.fd()))
                            .mac(MacAddress.parse("0a:00:00:00:00:01"))
                            .mtu(1300)
                            .txQueueLength(0)
                            .alias("net/c1/eth0")
                            .master(here.index("cni0"))
                            .up());
        }

        JsonNode near = seen(host, "veth0");
        assertThat(near.at("/linkinfo/info_kind").asText()).isEqualTo("veth");
        assertThat(near.path("master").asText()).isEqualTo("cni0");
        assertThat(near.path("address").asText()).isEqualTo("0a:00:00:00:00:01");
        assertThat(near.path("mtu").asInt()).isEqualTo(1300);
        assertThat(near.path("ifalias").asText()).isEqualTo("net/c1/eth0");
        assertThat(near.path("flags").toString()).contains("\"UP\"");
        assertThat(host.ok("cat", "/sys/class/net/veth0/tx_queue_len")).isEqualTo("0\n");
        JsonNode far = container.json("ip", "-j", "-d", "link", "show", "eth0").get(0);
        for (JsonNode end : List.of(near, far)) {
            assertThat(end.path("num_tx_queues").asInt()).isEqualTo(1);
            assertThat(end.path("num_rx_queues").asInt()).isEqualTo(1);
        }
        assertThat(far.path("address").asText()).isEqualTo("0a:00:00:00:00:02");
        assertThat(far.path("mtu").asInt()).isEqualTo(1300);
        assertThat(far.path("txqlen").asInt()).isEqualTo(1000);
        assertThat(far.path("flags").toString()).doesNotContain("\"UP\"");
        assertThat(near.path("link_index").asInt()).isEqualTo(far.path("ifindex").asInt());
    }

    @Test
    void aLinkIsReadAsIpMadeIt(Host host) {
        MountedContainer container = host.container("c1");
        host.sh(
                "ip link add cni0 type bridge;"
                        + "ip link add veth0 address 0a:00:00:00:00:0a mtu 1280 txqlen 17 type veth"
                        + " peer name eth0 netns c1;"
                        + "ip link set veth0 master cni0 alias 'some text' group 9 up;"
                        + "ip link set veth0 promisc on allmulticast on;"
                        + "ip -n c1 link set eth0 up;"
                        + "bridge link set dev veth0 hairpin on isolated on");

        Link link = here.links.find("veth0").orElseThrow();

        JsonNode seen = seen(host, "veth0");
        assertThat(link.index()).isEqualTo(seen.path("ifindex").asInt());
        assertThat(link.name()).isEqualTo("veth0");
        assertThat(link.kind()).isEqualTo(LinkKind.VETH);
        assertThat(link.macText()).isEqualTo("0a:00:00:00:00:0a");
        assertThat(link.mtu()).isEqualTo(1280);
        assertThat(link.txQueueLength()).isEqualTo(17);
        assertThat(link.alias()).isEqualTo("some text");
        assertThat(link.group()).isEqualTo(9);
        assertThat(link.master()).isEqualTo(here.index("cni0"));
        assertThat(link.peer())
                .isEqualTo(
                        container
                                .json("ip", "-j", "link", "show", "eth0")
                                .get(0)
                                .path("ifindex")
                                .asInt());
        assertThat(link.peerNamespaceId()).isEqualTo(seen.path("link_netnsid").asInt());
        assertThat(link.up()).isTrue();
        assertThat(link.running()).isTrue();
        assertThat(link.promiscuous()).isTrue();
        assertThat(link.allMulticast()).isTrue();
        assertThat(link.hairpin()).isTrue();
        assertThat(link.isolated()).isTrue();
        assertThat(link.isVeth()).isTrue();
        assertThat(link.isBridge()).isFalse();
    }

    @Test
    void aLinkWithNothingSetReadsAsThat(Host host) {
        host.ok("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1");

        Link link = here.links.find("veth0").orElseThrow();

        assertThat(link.master()).isZero();
        assertThat(link.peer()).isEqualTo(here.index("veth1"));
        assertThat(link.peerNamespaceId()).isEqualTo(-1);
        assertThat(link.alias()).isEmpty();
        assertThat(link.up()).isFalse();
        assertThat(link.promiscuous()).isFalse();
        assertThat(link.hairpin()).isFalse();
        assertThat(link.isolated()).isFalse();
        assertThat(here.links.find("lo").orElseThrow().isLoopback()).isTrue();
        assertThat(here.links.find("lo").orElseThrow().kind()).isEqualTo(LinkKind.NONE);
    }

    @Test
    void everySettingReachesTheKernelAndIsTakenBack(Host host) {
        host.sh(
                "ip link add cni0 type bridge; ip link add v0 type veth peer name v1;"
                        + " ip link add v2 type veth peer name v3");
        int port = here.index("v0");
        here.links.setMaster(port, here.index("cni0"));
        here.links.setUp(port);
        here.links.setMac(port, MacAddress.parse("0a-00-00-00-00-07"));
        here.links.setMtu(port, 1234);
        here.links.setTxQueueLength(port, 42);
        here.links.setAlias(port, "text");
        here.links.setGroup(port, 3);
        here.links.setPromiscuous(port, true);
        here.links.setAllMulticast(port, true);
        here.links.setHairpin(port, true);
        here.links.setIsolated(port, true);
        here.links.rename(here.index("v2"), "renamed");

        JsonNode on = seen(host, "v0");
        assertThat(on.path("master").asText()).isEqualTo("cni0");
        assertThat(on.path("flags").toString()).contains("\"UP\"", "\"PROMISC\"", "\"ALLMULTI\"");
        assertThat(on.path("address").asText()).isEqualTo("0a:00:00:00:00:07");
        assertThat(on.path("mtu").asInt()).isEqualTo(1234);
        assertThat(on.path("txqlen").asInt()).isEqualTo(42);
        assertThat(on.path("ifalias").asText()).isEqualTo("text");
        assertThat(on.path("group").asText()).isEqualTo("3");
        assertThat(on.at("/linkinfo/info_slave_data/hairpin").asBoolean()).isTrue();
        assertThat(on.at("/linkinfo/info_slave_data/isolated").asBoolean()).isTrue();
        assertThat(seen(host, "renamed").path("link").asText()).isEqualTo("v3");

        here.links.setPromiscuous(port, false);
        here.links.setAllMulticast(port, false);
        here.links.setHairpin(port, false);
        here.links.setIsolated(port, false);
        JsonNode off = seen(host, "v0");
        assertThat(off.at("/linkinfo/info_slave_data/hairpin").asBoolean()).isFalse();
        assertThat(off.at("/linkinfo/info_slave_data/isolated").asBoolean()).isFalse();
        here.links.setAlias(port, "");
        here.links.clearMaster(port);
        here.links.setDown(port);
        off = seen(host, "v0");
        assertThat(off.has("ifalias")).isFalse();
        assertThat(off.has("master")).isFalse();
        assertThat(off.path("flags").toString())
                .doesNotContain("\"UP\"", "\"PROMISC\"", "\"ALLMULTI\"");
    }

    @Test
    void aLinkMovesToAnotherNamespace(Host host) {
        MountedContainer container = host.container("c1");
        host.ok("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
        try (NetworkNamespace there = NetworkNamespace.open(container.netnsPath().toString())) {
            here.links.setNamespace(here.index("v1"), there.fd());
        }
        assertThat(host.run("ip", "link", "show", "v1").exit()).isNotZero();
        container.ok("ip", "link", "show", "v1");
    }

    @Test
    void listsAllLinksAndThePortsOfOneBridge(Host host) {
        host.sh(
                "for b in 1 2; do ip link add br$b type bridge; for p in 1 2 3; do"
                        + " ip link add p$b$p type veth peer name q$b$p;"
                        + " ip link set p$b$p master br$b; done; done");

        assertThat(here.links.list()).hasSize(host.json("ip", "-j", "link").size()).hasSize(15);
        assertThat(names(here.links.ports(here.index("br2")))).containsExactly("p21", "p22", "p23");
        assertThat(here.links.ports(here.index("lo"))).isEmpty();
    }

    private static List<String> names(List<Link> links) {
        return links.stream().map(Link::name).sorted().toList();
    }

    @Test
    void manyLinksAreReadCompletely(Host host) {
        host.sh(
                "for i in $(seq 300); do echo \"link add name port-number-$i type bridge\"; done"
                        + " | ip -batch -");
        assertThat(here.links.list()).hasSize(301);
        assertThat(here.links.find("port-number-299")).isPresent();
    }

    @Test
    void whatIsNotThereIsNotFound(Host host) {
        assertThat(here.links.find("nothing")).isEmpty();
        assertThat(here.links.find("a-name-longer-than-a-link-can-have")).isEmpty();
        assertThat(here.links.find("")).isEmpty();
        assertThat(here.links.find(4711)).isEmpty();
        assertThat(here.links.find(0)).isEmpty();
    }

    @Test
    void deletingTakesBothEndsAndIsHarmlessTheSecondTime(Host host) {
        host.ok("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
        int index = here.index("v0");
        assertThat(here.links.deleteIfPresent(index)).isTrue();
        assertThat(host.json("ip", "-j", "link")).hasSize(1);
        assertThat(here.links.deleteIfPresent(index)).isFalse();
        assertThatThrownBy(() -> here.links.setUp(index))
                .isInstanceOfSatisfying(
                        KernelException.class, e -> assertThat(e.is(Errno.ENODEV)).isTrue())
                .hasMessageStartingWith("set up link " + index + ": No such device (ENODEV)");
    }

    @Test
    void failuresNameTheLinkAndTellWhatTheKernelSays(Host host) {
        host.sh("ip link add br0 type bridge; ip link add br1 type bridge");
        assertThatThrownBy(() -> here.links.add(NewLink.bridge("br0")))
                .hasMessageStartingWith("create bridge br0: File exists (EEXIST)");
        assertThatThrownBy(() -> here.links.setMaster(here.index("br1"), here.index("br0")))
                .hasMessageStartingWith("attach br1 to bridge ")
                .hasMessageEndingWith("(ELOOP): Can not enslave a bridge to a bridge");
        assertThatThrownBy(() -> here.links.setMtu(here.index("br0"), 1))
                .hasMessage(
                        "set MTU 1 on br0: Invalid argument (EINVAL): mtu less than device minimum");
        assertThatThrownBy(() -> here.links.setUp(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NewLink.veth("a", NewLink.peer("b").up()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLinkWhoseAliasIsRefusedIsNotLeftBehind(Host host) {
        NewLink link = NewLink.bridge("br0").alias("x".repeat(300));
        assertThatThrownBy(() -> here.links.add(link)).hasMessageStartingWith("set alias of br0: ");
        assertThat(host.json("ip", "-j", "link")).hasSize(1);
    }

    @Test
    void anExistingLinkDoesNotGetTheAliasOfOneThatCouldNotBeMade(Host host) {
        host.ok("ip", "link", "add", "br0", "type", "bridge");
        assertThatThrownBy(() -> here.links.add(NewLink.bridge("br0").alias("new")));
        assertThat(seen(host, "br0").has("ifalias")).isFalse();
    }

    @Test
    void vlanFilteringIsSwitchedOrRefusedAloud(Host host) {
        host.ok("ip", "link", "add", "br0", "type", "bridge");
        int bridge = here.index("br0");
        boolean able =
                host.run("ip", "link", "add", "b", "type", "bridge", "vlan_filtering", "1").exit()
                        == 0;
        if (able) {
            here.links.setVlanFiltering(bridge, true);
            assertThat(seen(host, "br0").at("/linkinfo/info_data/vlan_filtering").asInt()).isOne();
            assertThat(here.links.find(bridge).orElseThrow().vlanFiltering()).isTrue();
            return;
        }
        assertThatThrownBy(() -> here.links.setVlanFiltering(bridge, true))
                .hasMessageStartingWith("switch VLAN filtering on for br0: ")
                .hasMessageContaining("(EOPNOTSUPP)");
        assertThatThrownBy(() -> here.links.add(NewLink.bridge("br1").vlanFiltering()))
                .hasMessageContaining("(EOPNOTSUPP)");
        assertThat(host.run("ip", "link", "show", "br1").exit()).isNotZero();
        assertThat(here.links.vlans(bridge)).isEmpty();
    }

    @Test
    void vlansOfAPortAreAddedListedAndRemoved(Host host) {
        Need.kernel("bridge vlan filtering");
        here.links.add(NewLink.bridge("br0").vlanFiltering());
        host.sh("ip link add v0 type veth peer name v1; ip link set v0 master br0");
        int port = here.index("v0");

        here.links.removeVlan(port, 1, 1);
        here.links.addVlan(port, 100, 100, true, true);
        here.links.addVlan(port, 200, 203, false, false);

        assertThat(
                        host.json("bridge", "-j", "vlan", "show", "dev", "v0")
                                .get(0)
                                .path("vlans")
                                .toString())
                .isEqualTo(
                        "[{\"vlan\":100,\"flags\":[\"PVID\",\"Egress Untagged\"]},"
                                + "{\"vlan\":200},{\"vlan\":201},{\"vlan\":202},{\"vlan\":203}]");
        assertThat(here.links.vlans(port))
                .containsExactly(
                        new VlanRange(100, 100, true, true), new VlanRange(200, 203, false, false));
        here.links.removeVlan(port, 1, 4094);
        assertThat(here.links.vlans(port)).isEmpty();
    }
}
