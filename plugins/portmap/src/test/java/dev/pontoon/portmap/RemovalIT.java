package dev.pontoon.portmap;

import static dev.pontoon.portmap.Node.CONF;
import static dev.pontoon.portmap.Node.GATEWAY;
import static dev.pontoon.portmap.Node.mapping;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DEL and GC, of our own ports and of the reference plugin's. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class RemovalIT {
    private static final String SHARED_OF_IPTABLES = "CNI-HOSTPORT-";

    private Host host;
    private Node node;
    private MountedContainer c1;
    private MountedContainer c2;
    private Snapshot before;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("nftables nat");
        host = fresh;
        node = new Node(fresh);
        c1 = node.attach("c1", 2);
        c2 = node.attach("c2", 3);
        before = state();
    }

    /** The kernel's, without the folders that our calls leave, and what containers share. */
    private Snapshot state() {
        return host.snapshot()
                .without("^file /run/pontoon")
                .without("xtables.lock")
                .without("^iptables ")
                .without("nft .* ip6? nat");
    }

    /** What iptables has for containers, in either kind of table and for either IP version. */
    private List<String> iptables() {
        String all = "";
        for (String program :
                new String[] {"iptables-save", "ip6tables-save", "iptables-legacy-save"}) {
            all += host.ok(program, "-t", "nat");
        }
        return all.lines()
                .filter(line -> line.contains("CNI-DN-") || line.contains("CNI-SN-"))
                .toList();
    }

    private void assertNothingIsLeft() {
        assertThat(iptables()).isEmpty();
        assertThat(node.ruleset()).doesNotContain("pontoon", "comment \"c1\"");
        assertThat(node.localnet()).isEqualTo("0");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        state().assertSameAs(before);
    }

    private CniCall call(ObjectNode conf) {
        return node.call(conf, c1, 2);
    }

    private static ObjectNode backend(ObjectNode conf, String backend) {
        return Conf.with(conf, "{'backend':'" + backend + "'}");
    }

    private void gc(ObjectNode conf, String valid) {
        node.plain(Conf.with(conf, "{'cni.dev/valid-attachments':[" + valid + "]}"))
                .gc()
                .succeeded();
    }

    private static String valid(String container) {
        return "{'containerID':'" + container + "','ifname':'eth0'}";
    }

    @Test
    void delOfWhatHasNoPortsSucceeds() {
        CniCall call = call(Node.web());
        call.del().succeeded();
        call.without("CNI_NETNS").del().succeeded();
        call.netns("/run/netns/nowhere").del().succeeded();
        for (String broken :
                new String[] {
                    "{'prevResult':{}}",
                    "{'prevResult':{'cniVersion':'9.9.9'}}",
                    "{'prevResult':7}",
                    "{'runtimeConfig':{'portMappings':[{'hostPort':0}]}}",
                    "{'runtimeConfig':{'portMappings':7}}",
                    "{'backend':'foo','conditionsV4':['what']}"
                }) {
            call.stdin(Conf.with(CONF, broken)).del().succeeded();
        }
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({"nftables", "iptables"})
    @DisplayName("E41 DEL needs neither mappings, result nor namespace")
    void delKnowsByItself(String backend) {
        ObjectNode bare = backend(CONF, backend);
        call(backend(Node.web(), backend)).add().succeeded();
        assertThat(node.localnet()).isEqualTo("1");
        c1.remove();
        node.plain(bare).container(c1).without("CNI_NETNS").del().succeeded();
        assertThat(iptables()).isEmpty();
        assertThat(node.ruleset()).doesNotContain("pontoon");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        assertThat(node.localnet()).isEqualTo("0");
    }

    @Test
    @DisplayName("E41 DEL with other mappings than ADD removes what ADD made")
    void delWithOtherMappings() {
        call(mapping(CONF, "8080,80,tcp", "5353,53,udp,10.1.0.1")).add().succeeded();
        call(mapping(CONF, "9090,80,tcp")).del().succeeded();
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({"nftables, iptables", "iptables, nftables"})
    @DisplayName("E42 the backend may have changed between ADD and DEL")
    void backendChanged(String atAdd, String atDel) {
        Need.kernel("iptables nft");
        call(backend(Node.web(), atAdd)).add().succeeded();
        call(backend(Node.web(), atDel)).del().succeeded();
        assertNothingIsLeft();
        call(backend(Node.web(), atAdd)).add().succeeded();
        call(CONF).del().succeeded();
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({"nftables", "iptables"})
    @DisplayName("E18 another network or interface of the container keeps its ports")
    void otherAttachmentsOfTheContainer(String backend) {
        node.addInterface("c1", "eth1", 7);
        node.serve(c1, 80);
        ObjectNode first = backend(Node.web(), backend);
        ObjectNode otherPort = backend(mapping(CONF, "9090,80,tcp"), backend);
        ObjectNode otherNetwork =
                Conf.with(backend(mapping(CONF, "7070,80,tcp"), backend), "{'name':'n2'}");
        CniCall sibling =
                node.plain(Node.behind(otherPort, c1, "eth1", 7)).ifname("eth1").container(c1);
        call(first).add().succeeded();
        sibling.add().succeeded();
        call(otherNetwork).add().succeeded();
        assertThat(node.answer(node.outside::command, Node.UPLINK, 9090)).startsWith("c1");
        call(first).del().succeeded();
        assertThat(node.answer(node.outside::command, Node.UPLINK, 9090)).startsWith("c1");
        assertThat(node.answer(node.outside::command, Node.UPLINK, 7070)).startsWith("c1");
        assertThat(node.ask(node.outside::command, Node.UPLINK, 8080)).isEmpty();
        sibling.check().succeeded();
        sibling.del().succeeded();
        assertThat(node.answer(node.outside::command, Node.UPLINK, 7070)).startsWith("c1");
        assertThat(node.ask(node.outside::command, Node.UPLINK, 9090)).isEmpty();
        call(otherNetwork).check().succeeded();
        call(otherNetwork).del().succeeded();
        assertThat(iptables()).isEmpty();
        assertThat(node.localnet()).isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource({"nftables, iptables", "iptables, nftables"})
    @DisplayName(
            "What 127.0.0.1 needs stays for ports of the other backend, and goes with the last")
    void backendsShareTheInterface(String first, String second) {
        Need.kernel("iptables nft");
        ObjectNode other = backend(mapping(CONF, "9090,80,tcp"), second);
        for (boolean firstGoesFirst : new boolean[] {true, false}) {
            call(backend(Node.web(), first)).add().succeeded();
            node.call(other, c2, 3).add().succeeded();
            assertThat(node.localnet()).isEqualTo("1");
            (firstGoesFirst ? call(CONF) : node.call(CONF, c2, 3)).del().succeeded();
            assertThat(node.localnet()).isEqualTo("1");
            (firstGoesFirst ? node.call(CONF, c2, 3) : call(CONF)).del().succeeded();
            assertNothingIsLeft();
        }
    }

    @Test
    void delWithoutLedgerGoesByTheTags() {
        call(Node.web()).add().succeeded();
        node.call(mapping(CONF, "9090,80,tcp"), c2, 3).add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        call(CONF).without("CNI_NETNS").del().succeeded();
        assertThat(node.elements("hostport_v4_any")).hasSize(1);
        assertThat(node.ruleset()).contains("n1/c2/eth0").doesNotContain("n1/c1/eth0");
        node.call(CONF, c2, 3).del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void unreadableLedgerIsNoObstacle() {
        call(Node.web()).add().succeeded();
        host.write("/run/pontoon/ledger/n1/c1:eth0:portmap", "{");
        call(CONF).del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void gcRemovesWhatIsNotListedAndNothingElse() {
        MountedContainer c3 = node.attach("c3", 4);
        ObjectNode other = Conf.with(mapping(CONF, "9091,80,tcp"), "{'name':'n2'}");
        ObjectNode iptables = backend(mapping(CONF, "9092,80,tcp"), "iptables");
        MountedContainer c4 = node.attach("c4", 5);
        call(Node.web()).add().succeeded();
        node.call(mapping(CONF, "9090,80,tcp"), c2, 3).add().succeeded();
        node.call(other, c3, 4).add().succeeded();
        node.call(iptables, c4, 5).add().succeeded();
        gc(CONF, valid("c2"));
        assertThat(node.ruleset())
                .contains("n1/c2/eth0", "n2/c3/eth0")
                .doesNotContain("n1/c1/eth0");
        assertThat(iptables()).isEmpty();
        node.call(mapping(CONF, "9090,80,tcp"), c2, 3).check().succeeded();
        node.call(other, c3, 4).check().succeeded();
        node.plain(CONF).gc().succeeded();
        assertThat(node.ruleset()).contains("n1/c2/eth0");
        gc(CONF, "");
        assertThat(node.ruleset()).contains("n2/c3/eth0").doesNotContain("n1/");
        gc(other, "");
        assertThat(node.ruleset()).doesNotContain("pontoon");
        assertThat(node.localnet()).isEqualTo("0");
    }

    @Test
    void gcKnowsItsOwnWithoutTheLedger() {
        call(Node.web()).add().succeeded();
        node.call(mapping(CONF, "9090,80,tcp"), c2, 3).add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        gc(CONF, valid("c2"));
        assertThat(node.ruleset()).contains("n1/c2/eth0").doesNotContain("n1/c1/eth0");
    }

    private static ObjectNode old(ObjectNode conf) {
        return Conf.with(conf, "{'cniVersion':'1.0.0'}");
    }

    @Test
    @DisplayName("What the reference plugin made works on, is right, and goes with our DEL and GC")
    void portsOfTheReferencePlugin() {
        Need.file(Path.of("/usr/lib/cni/portmap"));
        ObjectNode conf = old(Node.web());
        node.serve(c1, 80);
        node.reference(conf, c1, 2).add().succeeded();
        host.sh("echo 0 > /proc/sys/net/ipv4/conf/cni0/route_localnet");
        assertThat(iptables()).isNotEmpty();
        assertThat(call(conf).check().failedWith(103).stdout()).contains("route_localnet");
        host.sh("echo 1 > /proc/sys/net/ipv4/conf/cni0/route_localnet");
        call(conf).check().succeeded();
        call(old(CONF)).del().succeeded();
        assertThat(iptables()).isEmpty();
        assertThat(node.ask(host::command, GATEWAY, 8080)).isEmpty();

        node.reference(conf, c1, 2).add().succeeded();
        node.reference(old(mapping(CONF, "9090,80,tcp")), c2, 3).add().succeeded();
        gc(CONF, valid("c2"));
        assertThat(String.join("\n", iptables())).contains("9090").doesNotContain("8080");
        gc(Conf.with(CONF, "{'name':'n9'}"), "");
        assertThat(iptables()).isNotEmpty();
        gc(CONF, "");
        assertThat(iptables()).isEmpty();
    }

    @Test
    @DisplayName("What we make with the backend iptables goes with the reference plugin's DEL")
    void portsRemovedByTheReferencePlugin() {
        Need.file(Path.of("/usr/lib/cni/portmap"));
        ObjectNode conf = old(backend(mapping(CONF, "8080,80,tcp", "53,53,udp"), "iptables"));
        call(conf).add().succeeded();
        node.reference(conf, c1, 2).del().succeeded();
        assertThat(iptables()).isEmpty();
        call(conf).del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    @DisplayName("E18 rules in the reference plugin's nftables go if they lead to this attachment")
    void rulesOfTheReferencePluginInNftables() {
        host.command("nft", "-f", "-")
                .stdin(
                        """
                        table ip cni_hostport {
                          chain hostports {
                            tcp dport 8080 dnat to 10.1.0.2:80 comment "c1"
                            tcp dport 9090 dnat to 10.5.0.2:80 comment "c1"
                            tcp dport 7070 dnat to 10.1.0.3:80 comment "c2"
                          }
                          chain hostip_hostports {
                            ip daddr 10.1.0.1 udp dport 53 dnat to 10.1.0.2:53 comment "c1"
                          }
                          chain prerouting {
                            type nat hook prerouting priority dstnat
                            fib daddr type local jump hostports
                          }
                          chain masquerading {
                            type nat hook postrouting priority srcnat
                            ip saddr 10.1.0.2 ip daddr 10.1.0.2 masquerade comment "c1"
                          }
                        }
                        """)
                .ok();
        ObjectNode mapped = Conf.with(Node.behindV4(Node.web(), c1, 2), "{'snat':false}");
        node.plain(mapped).container(c1).check().succeeded();
        call(Node.web()).del().succeeded();
        assertThat(node.ruleset())
                .contains("dport 9090", "dport 7070")
                .doesNotContain("dport 8080", "dport 53 ", "10.1.0.2");
        c1.remove();
        node.plain(CONF).container(c1).del().succeeded();
        assertThat(node.ruleset()).contains("dport 7070").doesNotContain("dport 9090");
        assertThat(node.ruleset()).doesNotContain(SHARED_OF_IPTABLES);
    }
}
