package dev.pontoon.portmap;

import static dev.pontoon.portmap.Node.CONF;
import static dev.pontoon.portmap.Node.GATEWAY;
import static dev.pontoon.portmap.Node.UPLINK;
import static dev.pontoon.portmap.Node.mapping;
import static dev.pontoon.portmap.Node.peer;
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
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The backend iptables: the reference plugin's chains and rules. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class IptablesIT {
    private static final ObjectNode IPTABLES = Conf.with(CONF, "{'backend':'iptables'}");

    private Host host;
    private Node node;
    private MountedContainer c1;
    private MountedContainer c2;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("iptables nft");
        Need.tool("socat");
        host = fresh;
        node = new Node(fresh);
        c1 = node.attach("c1", 2);
        c2 = node.attach("c2", 3);
        node.serve(c1, 80);
    }

    private CniCall call(ObjectNode conf) {
        return node.call(conf, c1, 2);
    }

    private static String nat(Host host, String program) {
        return host.ok(program, "-t", "nat")
                .replaceAll("(?m)^#.*\n", "")
                .replaceAll("\\[\\d+:\\d+\\]", "");
    }

    @Test
    @DisplayName("E53 a port is reached from everywhere, by both IP versions")
    void everywhere() {
        call(mapping(IPTABLES, "8080,80,tcp", "9090,80,tcp,10.1.0.1")).add().succeeded();
        for (String address : new String[] {GATEWAY, UPLINK, "127.0.0.1"}) {
            assertThat(node.answer(host::command, address, 8080)).startsWith("c1 ");
        }
        for (MountedContainer each : new MountedContainer[] {c1, c2}) {
            assertThat(node.answer(each::command, GATEWAY, 8080)).isEqualTo("c1 " + GATEWAY);
            assertThat(node.answer(each::command, Node.GATEWAY_V6, 8080))
                    .isEqualTo("c1 " + peer(Node.GATEWAY_V6));
        }
        assertThat(node.answer(node.outside::command, UPLINK, 8080)).isEqualTo("c1 192.0.2.2");
        assertThat(node.answer(host::command, GATEWAY, 9090)).startsWith("c1");
        assertThat(node.ask(node.outside::command, UPLINK, 9090)).isEmpty();
        assertThat(node.ruleset()).doesNotContain("pontoon");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'snat':false}",
                "{'markMasqBit':5}",
                "{'externalSetMarkChain':'KUBE-MARK-MASQ'}",
                "{'conditionsV4':['-d','192.0.2.0/24'],'conditionsV6':['!','-s','fd00:9::/64']}"
            })
    void rulesAreTheReferencePlugins(String keys) {
        Need.file(Path.of("/usr/lib/cni/portmap"));
        host.sh("iptables -t nat -N KUBE-MARK-MASQ; ip6tables -t nat -N KUBE-MARK-MASQ");
        ObjectNode plain =
                Conf.with(
                        Conf.with(
                                mapping(
                                        CONF,
                                        "8080,80,tcp",
                                        "8081,81,tcp,10.1.0.1",
                                        "8082,82,udp,0.0.0.0",
                                        "8083,83,sctp,fd00:1::1"),
                                keys),
                        "{'cniVersion':'1.0.0'}");
        node.reference(plain, c1, 2).add().succeeded();
        String v4 = nat(host, "iptables-save");
        String v6 = nat(host, "ip6tables-save");
        node.reference(plain, c1, 2).del().succeeded();
        host.sh(
                "for p in iptables ip6tables; do $p -t nat -F; $p -t nat -X;"
                        + "$p -t nat -N KUBE-MARK-MASQ; done");
        ObjectNode conf = Conf.with(plain, "{'backend':'iptables'}");
        call(conf).add().succeeded();
        assertThat(nat(host, "iptables-save").lines())
                .containsExactlyInAnyOrderElementsOf(v4.lines().toList());
        assertThat(nat(host, "ip6tables-save").lines())
                .containsExactlyInAnyOrderElementsOf(v6.lines().toList());
        call(conf).check().succeeded();
    }

    @Test
    void optionsOfIptablesChooseIt() {
        host.sh("iptables -t nat -N MARKS; ip6tables -t nat -N MARKS");
        for (String keys :
                new String[] {
                    "{'markMasqBit':5}",
                    "{'externalSetMarkChain':'MARKS'}",
                    "{'conditionsV4':['-d','192.0.2.1']}"
                }) {
            ObjectNode conf = Conf.with(mapping(CONF, "8080,80,tcp"), keys);
            call(conf).add().succeeded();
            assertThat(nat(host, "iptables-save")).contains("--to-destination 10.1.0.2:80");
            assertThat(node.ruleset()).doesNotContain("pontoon");
            call(CONF).del().succeeded();
            assertThat(nat(host, "iptables-save")).doesNotContain("--to-destination");
        }
    }

    @Test
    @DisplayName("E40 a port is taken whichever backend has it")
    void portsOfTheOtherBackend() {
        CniCall byIptables = call(mapping(IPTABLES, "8080,80,tcp"));
        CniCall byNftables = node.call(Node.web(), c2, 3);
        byIptables.add().succeeded();
        assertThat(CniResult.words(byNftables.add().failedWith(102).json()))
                .contains("eth0 of container c1 in network n1");
        node.call(mapping(IPTABLES, "8080,81,tcp,10.1.0.1"), c2, 3).add().failedWith(102);
        byIptables.del().succeeded();
        byNftables.add().succeeded();
        assertThat(CniResult.words(byIptables.add().failedWith(102).json()))
                .contains("eth0 of container c2 in network n1");
        assertThat(nat(host, "iptables-save")).doesNotContain("CNI-DN-");
        c2.remove();
        byIptables.add().succeeded();
    }

    @Test
    void moreThan15PortsAreMapped() {
        String[] many = new String[40];
        for (int i = 0; i < many.length; i++) {
            many[i] = (8000 + i) + ",80," + (i % 2 == 0 ? "tcp" : "udp");
        }
        call(mapping(IPTABLES, many)).add().succeeded();
        assertThat(node.answer(host::command, GATEWAY, 8038)).startsWith("c1");
        call(mapping(IPTABLES, many)).check().succeeded();
        call(CONF).del().succeeded();
        assertThat(nat(host, "iptables-save")).doesNotContain("CNI-DN-");
    }

    @Test
    void ruleThatIptablesRefusesLeavesNothing() {
        ObjectNode conf = Conf.with(IPTABLES, "{'conditionsV4':['-d','nonsense/99']}");
        CniResult failed = call(mapping(conf, "8080,80,tcp")).add().failedWith(105);
        assertThat(CniResult.words(failed.json())).contains("nonsense");
        assertThat(nat(host, "iptables-save")).doesNotContain("CNI-DN-");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    void withoutTheProgramTheErrorSaysSo() {
        host.sh("for f in /usr/sbin /sbin; do mount -t tmpfs none $f; done");
        CniResult failed = call(mapping(IPTABLES, "8080,80,tcp")).add().failedWith(105);
        assertThat(CniResult.words(failed.json())).contains("no program iptables");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    /** A PATH in which iptables is the program for the old xtables. */
    private String legacyPath() {
        Need.kernel("iptables legacy");
        for (String name : new String[] {"iptables", "ip6tables"}) {
            for (String suffix : new String[] {"", "-restore", "-save"}) {
                host.script(
                        host.temp() + "/legacy/" + name + suffix,
                        "#!/bin/sh\nexec /usr/sbin/" + name + "-legacy" + suffix + " \"$@\"\n");
            }
        }
        return host.temp() + "/legacy:/usr/sbin:/usr/bin:/sbin:/bin";
    }

    @Test
    void rulesOfTheOldKindAreMadeCheckedAndRemoved() {
        String path = legacyPath();
        ObjectNode conf = mapping(IPTABLES, "8080,80,tcp");
        CniCall call = call(conf).env("PATH", path);
        call.add().succeeded();
        assertThat(nat(host, "iptables-legacy-save")).contains("CNI-DN-");
        assertThat(node.answer(host::command, GATEWAY, 8080)).startsWith("c1");
        call.check().succeeded();
        // The host's iptables is of the other kind by now.
        call(CONF).del().succeeded();
        assertThat(nat(host, "iptables-legacy-save")).doesNotContain("CNI-DN-");
        call.add().succeeded();
        node.call(Conf.with(mapping(IPTABLES, "9090,80,tcp"), "{'name':'n2'}"), c2, 3)
                .env("PATH", path)
                .add()
                .succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        node.plain(Conf.with(CONF, "{'cni.dev/valid-attachments':[]}")).gc().succeeded();
        assertThat(nat(host, "iptables-legacy-save")).contains("9090").doesNotContain("8080");
    }

    @Test
    @DisplayName("E16 a lock of the tables that somebody holds is waited for, not for ever")
    void lockHeldByAnother() {
        CniCall call = call(mapping(IPTABLES, "8080,80,tcp")).env("PATH", legacyPath());
        host.sh("touch /run/xtables.lock");
        var holder = host.start("flock", "/run/xtables.lock", "sleep", "3");
        Await.until(
                "the lock to be held",
                () -> host.run("flock", "-n", "/run/xtables.lock", "true").exit() != 0);
        call.add().succeeded();
        holder.await();
        call.check().succeeded();
        call.del().succeeded();
        host.start("flock", "/run/xtables.lock", "sleep", "50");
        Await.until(
                "the lock to be held",
                () -> host.run("flock", "-n", "/run/xtables.lock", "true").exit() != 0);
        CniResult refused = call.add().failedWith(11);
        assertThat(CniResult.words(refused.json())).contains("lock");
    }
}
