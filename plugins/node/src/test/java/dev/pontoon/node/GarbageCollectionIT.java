package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GC: what is not listed goes, what is listed stays, and other networks are nobody's business. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class GarbageCollectionIT {
    private static final String RECORDING =
            "#!/bin/sh\ncat >/run/seen\nenv >/run/seen.env\n[ \"$FAIL\" != 1 ] || {"
                    + " echo '{\"code\":117,\"msg\":\"no use\"}'; exit 1; }\n";

    private Host host;
    private EdgeNode node;
    private MountedContainer c1;
    private MountedContainer c2;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
        c1 = host.container("c1");
        c2 = host.container("c2");
    }

    private CniCall gc(String keys) {
        return node.bridge(Conf.with(EdgeNode.CONF, keys));
    }

    private static String valid(String... ids) {
        StringBuilder list = new StringBuilder("{'cni.dev/valid-attachments':[");
        for (String id : ids) {
            list.append(list.charAt(list.length() - 1) == '[' ? "" : ",")
                    .append("{'containerID':'" + id + "','ifname':'eth0'}");
        }
        return list + "]}";
    }

    private static void assertWorks(Container container) {
        EdgeNode.ping(container, EdgeNode.GATEWAY);
    }

    private static void assertDetached(Container container, String ifname) {
        assertThat(container.run("ip", "link", "show", ifname).exit()).isNotZero();
    }

    @Test
    @DisplayName("E28 GC removes exactly what is not listed (GC-01, GC-10, GC-11)")
    void subset() {
        MountedContainer c3 = host.container("c3");
        CniResult kept = node.attach(c1);
        node.attach(c2);
        node.attach(c3);
        c3.remove();
        CniCall gc = gc(valid("c1"));
        gc.env("CNI_NETNS", "").env("CNI_IFNAME", "").env("CNI_CONTAINERID", "").gc().succeeded();
        assertThat(node.leases("n1")).containsExactly(EdgeNode.address(kept));
        assertDetached(c2, "eth0");
        assertThat(host.json("ip", "-j", "link", "show", "master", "cni0")).hasSize(1);
        assertWorks(c1);
        node.after(c1, kept).check().succeeded();
        node.after(c1, kept).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E28 GC tells the interfaces of one container apart (GC-02)")
    void pairIsTheKey() {
        CniResult kept = node.attach(c1);
        node.bridge(c1).ifname("eth1").add().succeeded();
        gc(valid("c1")).gc().succeeded();
        assertDetached(c1, "eth1");
        assertThat(node.leases("n1")).containsExactly(EdgeNode.address(kept));
        assertWorks(c1);
        node.after(c1, kept).check().succeeded();
    }

    @Test
    @DisplayName("E28 GC removes what an iptables network made")
    void iptables() {
        ObjectNode conf = Conf.with(EdgeNode.CONF, "{'ipMasqBackend':'iptables'}");
        CniResult kept = node.bridge(c1, conf).add().succeeded();
        node.bridge(c2, conf).add().succeeded();
        node.bridge(Conf.with(conf, valid("c1"))).gc().succeeded();
        assertThat(host.ok("iptables-save", "-t", "nat"))
                .contains(EdgeNode.address(kept) + "/32")
                .doesNotContain("\"c2\"");
        node.bridge(c1, Conf.after(conf, kept)).check().succeeded();
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E29 GC with {0} removes everything of the network (GC-04, GC-05)")
    @ValueSource(
            strings = {
                "{'cni.dev/valid-attachments':[]}",
                "{'cni.dev/valid-attachments':null}",
                "{'cni.dev/attachments':[]}",
                "{'cni.dev/valid-attachments':null,'cni.dev/attachments':null}"
            })
    void nothingIsValid(String keys) {
        node.attach(c1);
        node.attach(c2);
        c2.remove();
        gc(keys).gc().succeeded();
        node.assertClean();
        assertDetached(c1, "eth0");
    }

    @Test
    @DisplayName("E29 GC without any list removes nothing")
    void noList() {
        node.attach(c1);
        node.attach(c2);
        c2.remove();
        // The kernel takes the link of a removed namespace away in its own time.
        Await.until(
                "c2's link to go",
                () -> host.sh("ls /sys/class/net | grep -c ^veth"),
                count -> count.strip().equals("1"));
        node.remember();
        gc("{}").gc().succeeded();
        node.assertUntouched();
    }

    @Test
    @DisplayName("E30 GC takes the older key where it is alone, and the newer where both are")
    void bothKeys() {
        node.attach(c1);
        node.attach(c2);
        String old = valid("c1").replace("valid-attachments", "attachments");
        gc(old).gc().succeeded();
        assertWorks(c1);
        assertDetached(c2, "eth0");
        ObjectNode both = Conf.of(valid("c1"));
        both.set("cni.dev/attachments", Conf.of(valid("c2")).path("cni.dev/valid-attachments"));
        gc(both.toString()).gc().succeeded();
        assertWorks(c1);
        assertThat(node.leases("n1")).hasSize(1);
    }

    @Test
    @DisplayName("E31 GC of one network leaves another on the same bridge alone (GC-03)")
    void otherNetwork() {
        ObjectNode n2 =
                Conf.with(
                        EdgeNode.CONF,
                        """
                        {'name':'n2','macspoofchk':true,
                         'ipam':{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/24'}]]}}\
                        """);
        node.attach(c1);
        CniResult other = node.bridge(c2, n2).add().succeeded();
        gc(valid()).gc().succeeded();
        assertDetached(c1, "eth0");
        assertWorks(c2);
        node.bridge(c2, Conf.after(n2, other)).check().succeeded();
        assertThat(node.leases("n2")).hasSize(1);
        node.bridge(Conf.with(n2, valid())).gc().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E31 GC removes nothing of a network whose name begins with this one's")
    void longerName() {
        ObjectNode longer = Conf.with(EdgeNode.CONF, "{'name':'n1.a'}");
        node.bridge(c1, longer).add().succeeded();
        node.remember();
        gc(valid()).gc().succeeded();
        node.assertUntouched();
        assertWorks(c1);
    }

    @Test
    @DisplayName("E28 GC hands the IPAM plugin the same configuration (GC-07)")
    void delegated() {
        host.script("/run/bin/recording", RECORDING);
        ObjectNode conf = Conf.with(EdgeNode.CONF, "{'ipam':{'type':'recording'}}");
        conf.setAll(Conf.of(valid("c1")));
        node.bridge(conf).cniPath("/run/bin").gc().succeeded();
        assertThat(Conf.of(host.read("/run/seen"))).isEqualTo(conf);
        assertThat(host.read("/run/seen.env")).contains("CNI_COMMAND=GC\n");
    }

    @Test
    @DisplayName("E28 GC goes on after a failure, and reports it (GC-08)")
    void ipamFails() {
        node.attach(c1);
        host.script("/run/bin/recording", RECORDING);
        ObjectNode conf = Conf.with(EdgeNode.CONF, "{'ipam':{'type':'recording'}}");
        CniResult failed =
                node.bridge(Conf.with(conf, valid()))
                        .cniPath("/run/bin")
                        .env("FAIL", "1")
                        .gc()
                        .failedWith(117);
        assertThat(EdgeNode.message(failed)).contains("no use");
        assertDetached(c1, "eth0");
        gc(valid()).gc().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E28 GC with nothing to do, twice, on a host that never saw an ADD (GC-09)")
    void nothingToDo() {
        gc(valid()).gc().succeeded();
        gc(valid("c1")).gc().succeeded();
        node.assertUntouched();
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E29 GC refuses {0} and removes nothing (GC-12)")
    @ValueSource(
            strings = {
                "{'cni.dev/valid-attachments':'all'}",
                "{'cni.dev/valid-attachments':{}}",
                "{'cni.dev/valid-attachments':[7]}",
                "{'cni.dev/valid-attachments':[{'containerID':'c1'}]}",
                "{'cni.dev/valid-attachments':[{'ifname':'eth0'}]}"
            })
    void malformedList(String keys) {
        node.attach(c1);
        node.remember();
        CniResult refused = gc(keys).gc().failed();
        assertThat(refused.json().path("code").asInt()).isIn(6, 7);
        node.assertUntouched();
    }

    @Test
    @DisplayName("E28 GC keeps the bridge and rules of others (GC-13)")
    void sharedObjects() {
        node.attach(c1);
        host.sh(
                "nft add table ip admin; nft add chain ip admin mine;"
                        + " nft add rule ip admin mine accept");
        gc(valid()).gc().succeeded();
        host.ok("ip", "link", "show", "cni0");
        assertThat(host.ok("ip", "-4", "-o", "addr", "show", "cni0")).contains(EdgeNode.GATEWAY);
        assertThat(host.ok("nft", "list", "table", "ip", "admin")).contains("accept");
    }

    @Test
    @DisplayName("E28 GC removes leases and rules whose record was lost")
    void lostLedger() {
        CniResult kept = node.attach(c1);
        node.bridge(c2, Conf.with(EdgeNode.CONF, "{'macspoofchk':true}")).add().succeeded();
        c2.remove();
        host.ok("rm", "-r", "/run/pontoon");
        gc(valid("c1")).gc().succeeded();
        assertThat(host.ok("nft", "list", "ruleset"))
                .contains("n1/c1/eth0")
                .doesNotContain("n1/c2/eth0");
        assertThat(node.leases("n1")).containsExactly(EdgeNode.address(kept));
        assertWorks(c1);
    }

    @Test
    @DisplayName("E34 GC without CNI_PATH is refused with code 4, and removes nothing")
    void withoutCniPath() {
        node.attach(c1);
        node.remember();
        gc(valid()).without("CNI_PATH").gc().failedWith(4);
        node.assertUntouched();
    }

    @Test
    @DisplayName("E28 GC of host-local alone removes exactly the leases that are not listed")
    void hostLocalAlone() {
        CniCall hostLocal = host.cni(EdgeNode.bin(), "host-local");
        for (String id : new String[] {"a", "b", "c"}) {
            hostLocal.container(c1).containerId(id).stdin(EdgeNode.CONF).add().succeeded();
        }
        hostLocal.stdin(Conf.with(EdgeNode.CONF, valid("b"))).gc().succeeded();
        assertThat(node.leases("n1")).containsExactly("10.66.0.3");
        hostLocal.stdin(EdgeNode.CONF).gc().succeeded();
        assertThat(node.leases("n1")).containsExactly("10.66.0.3");
    }
}
