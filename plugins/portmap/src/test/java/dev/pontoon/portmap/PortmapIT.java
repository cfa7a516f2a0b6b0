package dev.pontoon.portmap;

import static dev.pontoon.portmap.Node.CONF;
import static dev.pontoon.portmap.Node.mapping;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.RunningCall;
import dev.pontoon.testing.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ADD makes, what it refuses, and how it is undone. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class PortmapIT {
    private static final String OUR_FILES = "^file /run/pontoon";

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
        before = host.snapshot();
    }

    private void assertNothingIsLeft() {
        host.snapshot().without(OUR_FILES).assertSameAs(before.without(OUR_FILES));
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        assertThat(host.list("/run/pontoon/locks")).isEmpty();
        assertThat(node.ruleset()).doesNotContain("pontoon");
        assertThat(node.localnet()).isEqualTo("0");
    }

    private CniCall first(String... mappings) {
        return node.call(mapping(CONF, mappings), c1, 2);
    }

    private CniCall second(String... mappings) {
        return node.call(mapping(CONF, mappings), c2, 3);
    }

    @Test
    void onePortIsOneElementOfEachIpVersion() {
        first("8080,80,tcp", "53,5353,udp").add().succeeded();

        assertThat(node.elements("hostport_v4_any").toString())
                .contains("\"tcp\",8080", "\"10.1.0.2\",80", "\"udp\",53", "n1/c1/eth0");
        assertThat(node.elements("hostport_v6_any").toString())
                .contains("\"tcp\",8080", "\"fd00:1::2\",80");
        assertThat(node.elements("hostport_v4_any")).hasSize(2);
        assertThat(node.localnet()).isEqualTo("1");
        String rules = node.ruleset();
        second("8081,80,tcp").add().succeeded();
        // Neither a rule nor a chain more.
        assertThat(lines(node.ruleset())).hasSameSizeAs(lines(rules));

        first().stdin(CONF).del().succeeded();
        assertThat(node.elements("hostport_v4_any")).hasSize(1);
        assertThat(node.localnet()).isEqualTo("1");
        second().stdin(CONF).del().succeeded();
        assertNothingIsLeft();
        first().del().succeeded();
        assertNothingIsLeft();
    }

    /** The rules, without elements. */
    private static List<String> lines(String ruleset) {
        return ruleset.lines()
                .filter(line -> !line.matches(".* (:|\\. (tcp|udp) \\.) .*"))
                .toList();
    }

    @Test
    void whatNftListsItCanLoadAgain() {
        ObjectNode conditional =
                Conf.with(
                        mapping(CONF, "8080,80,tcp", "8081,80,sctp,10.1.0.1"),
                        "{'conditionsV4':['ip','saddr','!=','10.9.0.0/16','iifname','{','eth*,','\"x\"','}']}");
        node.call(conditional, c1, 2).add().succeeded();
        second("8080,80,tcp,0.0.0.0", "8081,80,sctp,10.1.0.1").add().succeeded();
        String listed = node.ruleset();
        host.ok("nft", "flush", "ruleset");
        host.command("nft", "-f", "-").stdin(listed).ok();
        assertThat(node.ruleset()).isEqualTo(listed);
        node.call(conditional, c1, 2).check().succeeded();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"})
    void everyVersionIsServedAndThePreviousResultPassedOn(String version) {
        ObjectNode conf = Conf.with(Node.web(), "{'cniVersion':'" + version + "'}");
        CniCall call = node.call(conf, c1, 2);
        JsonNode result = call.add().succeeded().json();
        assertThat(result.path("cniVersion").asText()).isEqualTo(version);
        assertThat(result.path("interfaces").findValuesAsText("name"))
                .containsExactly("cni0", "eth0");
        assertThat(result.path("ips").findValuesAsText("address"))
                .containsExactly("10.1.0.2/24", "fd00:1::2/64");
        call.del().succeeded();
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1.0", "0.2.0"})
    void versionsBeforeChainsAreServed(String version) {
        ObjectNode conf =
                Conf.with(
                        Node.web(),
                        "{'cniVersion':'%s','prevResult':{'ip4':{'ip':'10.1.0.2/24'}}}"
                                .formatted(version));
        CniCall call = node.plain(conf).container(c1);
        assertThat(call.add().succeeded().json().path("ip4").path("ip").asText())
                .isEqualTo("10.1.0.2/24");
        assertThat(node.elements("hostport_v4_any")).hasSize(1);
        call.del().succeeded();
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'runtimeConfig':null}",
                "{'runtimeConfig':{'portMappings':[]}}",
                "{'runtimeConfig':{'portMappings':null}}"
            })
    void withoutMappingsTheResultIsPassedOnAndNothingIsTouched(String keys) {
        CniCall call = node.call(Conf.with(CONF, keys), c1, 2);
        assertThat(call.add().succeeded().json().path("ips")).hasSize(2);
        call.check().succeeded();
        call.del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void withoutAPreviousResultThereIsAnError() {
        CniResult refused = node.plain(Node.web()).container(c1).add().failedWith(7);
        assertThat(CniResult.words(refused.json())).contains("must be called as chained plugin");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "8080,0,tcp         | Invalid container port number: 0",
                "0,80,tcp           | Invalid host port number: 0",
                "-1,80,tcp          | Invalid host port number: -1",
                "70000,80,tcp       | Invalid host port number: 70000",
                "8080,65536,tcp     | Invalid container port number: 65536",
                "8080,80,icmp       | must be tcp, udp or sctp",
                "8080,80,tcp,nohost | is no IP address",
                "8080,80,tcp,::1    | no kernel routes packets between ::1",
            })
    void mappingsThatMakeNoSenseAreRefusedBeforeAnythingIsTouched(String mapping, String why) {
        CniResult refused = first("9090,80,tcp", mapping).add().failedWith(7);
        assertThat(CniResult.words(refused.json())).contains(why);
        assertNothingIsLeft();
    }

    @Test
    void addressesOfAnIpVersionThatTheContainerLacksAreRefused() {
        ObjectNode conf = mapping(CONF, "9090,80,tcp", "8080,80,tcp,2001:db8::1");
        CniCall call = node.plain(Node.behindV4(conf, c1, 2)).container(c1);
        assertThat(CniResult.words(call.add().failedWith(7).json()))
                .contains("map port 8080 of 2001:db8::1", "no IPv6 address");
        ObjectNode none = Conf.with(Node.web(), "{'prevResult':{'cniVersion':'1.1.0'}}");
        node.plain(none).container(c1).add().failedWith(7);
        first("8080,80,tcp", "8080,81,tcp").add().failedWith(7);
        first("8080,80,tcp,127.0.0.1")
                .stdin(
                        Node.behind(
                                Conf.with(mapping(CONF, "8080,80,tcp,127.0.0.1"), "{'snat':false}"),
                                c1,
                                "eth0",
                                2))
                .add()
                .failedWith(7);
        assertNothingIsLeft();
    }

    @Test
    void addressesAreThoseOfTheInterface() {
        ObjectNode conf =
                Conf.with(
                        Node.web(),
                        "{'prevResult':{'cniVersion':'1.1.0','interfaces':[{'name':'eth0'},"
                                + "{'name':'eth9','sandbox':'/x'},{'name':'eth0','sandbox':'/x'}],'ips':["
                                + "{'address':'10.9.0.1/24','interface':0},"
                                + "{'address':'10.9.0.2/24','interface':1},"
                                + "{'address':'10.1.0.2/24','interface':2},"
                                + "{'address':'10.9.0.3/24','interface':2}]}}");
        node.plain(conf).container(c1).add().succeeded();
        assertThat(node.elements("hostport_v4_any").toString()).contains("10.1.0.2");
    }

    @Test
    @DisplayName("E40 a port that a living container has is refused, with its owner named")
    void portOfALivingOwner() {
        first("8080,80,tcp", "9090,80,tcp,10.1.0.1").add().succeeded();
        String owned = node.ruleset();
        for (String taken :
                new String[] {
                    "8080,80,tcp",
                    "8080,81,TCP,0.0.0.0",
                    "8080,80,tcp,10.1.0.1",
                    "8080,80,tcp,fd00:1::1",
                    "9090,80,tcp",
                    "9090,80,tcp,10.1.0.1"
                }) {
            CniResult refused = second("7070,80,tcp", taken).add().failedWith(102);
            assertThat(CniResult.words(refused.json()))
                    .contains("eth0 of container c1 in network n1");
            assertThat(node.ruleset()).isEqualTo(owned);
            assertThat(host.list("/run/pontoon/ledger/n1")).containsExactly("c1:eth0:portmap");
        }
        // Another network is no other host.
        node.call(Conf.with(Node.web(), "{'name':'n2'}"), c2, 3).add().failedWith(102);
    }

    @Test
    @DisplayName("E40 another protocol, address or IP version is another port")
    void differentPorts() {
        first("8080,80,tcp,10.1.0.1", "9090,80,tcp,0.0.0.0").add().succeeded();
        second(
                        "8080,80,udp",
                        "8080,80,tcp,192.0.2.1",
                        "8080,80,tcp,::",
                        "9090,80,tcp,::",
                        "9091,80,tcp")
                .add()
                .succeeded();
        first().stdin(CONF).del().succeeded();
        second().stdin(CONF).del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    @DisplayName("E40 a port whose owner is gone is taken over, and its late DEL takes nothing")
    void portOfADeadOwner() {
        first("8080,80,tcp", "9090,80,tcp,10.1.0.1").add().succeeded();
        c1.remove();
        second("8080,81,tcp,10.1.0.1", "9090,81,tcp").add().succeeded();
        assertThat(node.elements("hostport_v4_any").toString()).contains("10.1.0.3");
        first().without("CNI_NETNS").stdin(CONF).del().succeeded();
        second("8080,81,tcp,10.1.0.1", "9090,81,tcp").check().succeeded();
        second().del().succeeded();
        // The host's end of the dead one's link may still be there.
        assertThat(node.ruleset()).doesNotContain("pontoon");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        assertThat(node.localnet()).isEqualTo("0");
    }

    @Test
    @DisplayName("E40 an owner whose path leads nowhere here lives as long as its link does")
    void ownerInAnotherMountNamespace() {
        first("8080,80,tcp").add().succeeded();
        c1.start("sleep", "50");
        String mac =
                host.json("ip", "-j", "link", "show", "v-c1-eth0").path(0).path("address").asText();
        host.write(
                "/run/pontoon/ledger/n1/c1:eth0:bridge",
                "{\"finished\":true,\"facts\":{\"hostVeth\":\"v-c1-eth0\",\"hostMac\":\"%s\"}}"
                        .formatted(mac));
        host.ok("umount", "/run/netns/c1");
        second("8080,80,tcp").add().failedWith(102);
        host.ok("ip", "link", "del", "v-c1-eth0");
        second("8080,80,tcp").add().succeeded();
    }

    @Test
    void ofTwoThatWantAPortAtOnceOneGetsIt() {
        RunningCall one = first("8080,80,tcp").start("ADD");
        RunningCall other = second("8080,80,tcp,10.1.0.1").start("ADD");
        List<Integer> exits = List.of(one.await().exit(), other.await().exit());
        assertThat(exits).containsExactlyInAnyOrder(0, 1);
        assertThat(host.list("/run/pontoon/ledger/n1")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nftables", "iptables"})
    void manyAreMappedAndUnmappedAtOnce(String backend) {
        Need.kernel("iptables nft");
        // What all share stays in iptables, as the reference has it.
        numbered(0, backend).add().succeeded();
        numbered(0, backend).del().succeeded();
        before = host.snapshot();
        for (int round = 0; round < 4; round++) {
            List<RunningCall> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                calls.add(numbered(i, backend).start("ADD"));
            }
            calls.forEach(each -> each.await().succeeded());
            assertThat(node.localnet()).isEqualTo("1");
            calls.clear();
            for (int i = 0; i < 8; i++) {
                calls.add(numbered(i, backend).start("DEL"));
            }
            calls.forEach(each -> each.await().succeeded());
            assertNothingIsLeft();
        }
    }

    private CniCall numbered(int i, String backend) {
        String port = (9000 + i) + "," + (100 + i) + ",tcp";
        ObjectNode conf = Conf.with(CONF, "{'backend':'" + backend + "'}");
        return node.call(mapping(conf, port), c1, 2).containerId("x" + i);
    }

    @Test
    void portsThatAreMappedAreNotMappedTwice() {
        first("8080,80,tcp").add().succeeded();
        String made = node.ruleset();
        first("8080,80,tcp").add().failedWith(102);
        first("9090,80,tcp").add().failedWith(102);
        assertThat(node.ruleset()).isEqualTo(made);
    }

    @Test
    void anAddOfANewNamespaceReplacesTheEarlierOne() {
        first("8080,80,tcp").add().succeeded();
        c1.remove();
        MountedContainer again = host.container("c1");
        node.call(mapping(CONF, "9090,80,tcp"), again, 2).add().succeeded();
        assertThat(node.elements("hostport_v4_any")).hasSize(1);
        assertThat(node.elements("hostport_v4_any").toString()).contains("9090");
    }

    @Test
    void failedStepLeavesNothing() {
        // A chain of that name which is no base chain: the kernel refuses the whole transaction.
        host.sh("nft add table inet pontoon; nft add chain inet pontoon hostport_v6_output");
        Snapshot obstructed = host.snapshot();
        CniResult refused = first("8080,80,tcp").add().failedWith(100);
        assertThat(CniResult.words(refused.json())).contains("hostport_v6_output");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        host.snapshot().without(OUR_FILES).assertSameAs(obstructed.without(OUR_FILES));
    }

    @Test
    void interfaceThatCannotBeSetUpTakesThePortsBack() {
        // Set over the file, it cannot be written; a mount is the host's own.
        host.sh(
                "mount -t tmpfs none /mnt; echo 0 > /mnt/f;"
                        + "mount --bind -o ro /mnt/f /proc/sys/net/ipv4/conf/cni0/route_localnet;"
                        + "mount -o remount,bind,ro /proc/sys/net/ipv4/conf/cni0/route_localnet");
        assertThat(CniResult.words(first("8080,80,tcp").add().failedWith(100).json()))
                .contains("conf/cni0/route_localnet");
        assertThat(node.ruleset()).doesNotContain("pontoon");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    /** A call that stands in the middle of its work: the lock of all ports is held by another. */
    private RunningCall startSlowAdd() {
        host.sh("mkdir -p /run/pontoon/locks; touch /run/pontoon/locks/portmap");
        host.start("flock", "/run/pontoon/locks/portmap", "sleep", "50");
        Await.until(
                "the lock to be held",
                () -> host.run("flock", "-n", "/run/pontoon/locks/portmap", "true").exit() != 0);
        RunningCall running = first("8080,80,tcp").start("ADD");
        Await.until(
                "the intent to be written",
                () -> host.list("/run/pontoon/ledger/n1").contains("c1:eth0:portmap"));
        return running;
    }

    private void letGo() {
        host.sh("rm /run/pontoon/locks/portmap");
    }

    @Test
    void whatAKilledAddLeavesIsRemovedByDelGcOrTheNextAdd() {
        startSlowAdd().kill();
        letGo();
        first().without("CNI_NETNS").stdin(CONF).del().succeeded();
        assertNothingIsLeft();
        startSlowAdd().kill();
        letGo();
        node.plain(Conf.with(CONF, "{'cni.dev/valid-attachments':[]}")).gc().succeeded();
        Await.until("its record to go", () -> host.list("/run/pontoon/ledger").isEmpty());
        assertNothingIsLeft();
        startSlowAdd().kill();
        letGo();
        first("8080,80,tcp").add().succeeded();
        first("8080,80,tcp").check().succeeded();
        first().del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void whatAnAddMadeThatWasKilledBeforeItsEndIsRemoved() {
        first("8080,80,tcp").add().succeeded();
        String entry = "/run/pontoon/ledger/n1/c1:eth0:portmap";
        host.write(entry, host.read(entry).replace("\"finished\":true", "\"finished\":false"));
        first("9090,80,tcp").add().succeeded();
        assertThat(node.elements("hostport_v4_any")).hasSize(1);
        first().del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void stoppedAddUndoesItself() {
        Assumptions.assumeTrue(
                System.getProperty("pontoon.dist") != null,
                "needs: pontoon.dist (only the packaged plugin heeds signals)");
        RunningCall running = startSlowAdd();
        running.signal("TERM");
        running.await().failedWith(101);
        letGo();
        assertNothingIsLeft();
    }

    @Test
    void otherTablesAndOtherElementsOfOursAreLeftAlone() {
        host.command("nft", "-f", "-")
                .stdin(
                        """
                        table inet pontoon {
                          counter masq_v4_24 { }
                          map masq_v4 { type ipv4_addr : counter; elements = { 10.9.0.2 : "masq_v4_24" }; }
                          chain postrouting { type nat hook postrouting priority srcnat;
                            counter name ip saddr map @masq_v4 masquerade; }
                        }
                        """)
                .ok();
        String theirs = node.ruleset();
        first("8080,80,tcp").add().succeeded();
        first().del().succeeded();
        assertThat(node.ruleset()).isEqualTo(theirs);
    }

    @Test
    void statusSaysWhatTheBackendNeeds() {
        node.plain(CONF).status().succeeded();
        node.plain(Conf.with(CONF, "{'backend':'foo'}")).status().failedWith(7);
        host.write("/run/file", "");
        node.plain(Conf.with(CONF, "{'runDir':'/run/file/x'}")).status().failedWith(50);
        Need.tool("iptables");
        CniCall iptables = node.plain(Conf.with(CONF, "{'backend':'iptables'}"));
        iptables.status().succeeded();
        host.sh("for f in /usr/sbin /sbin; do mount -t tmpfs none $f; done");
        assertThat(CniResult.words(iptables.status().failedWith(50).json())).contains("iptables");
        node.plain(CONF).status().succeeded();
    }
}
