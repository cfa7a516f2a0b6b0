package dev.pontoon.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.ColdJava;
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
import org.junit.jupiter.params.provider.ValueSource;

/** What an interface and a container's sysctls become, seen by ip(8) and in /proc/sys. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class TuningIT {
    private static final Path REFERENCE = Path.of("/usr/lib/cni");
    private static final String MAC = "02:11:22:33:44:55";
    private static final String OLD_MAC = "02:00:00:00:00:01";

    private static final ObjectNode CONF =
            Conf.of(
                    "{'cniVersion':'1.1.0','name':'n1','type':'tuning','prevResult':{},'mac':'"
                            + MAC
                            + "','promisc':true,'mtu':1400,'allmulti':true,'txQLen':77,'sysctl':{"
                            + "'net.core.somaxconn':'777',"
                            + "'net/ipv4/conf/IFNAME/arp_notify':'1',"
                            + "'net.ipv4.ip_local_port_range':'2000 3000'}}");

    private static final String BACKUP = "/run/cni/tuning/c1_eth0.json";

    private Host host;
    private MountedContainer c1;
    private Path bin;
    private CniCall call;

    @BeforeEach
    void makeHost(Host fresh) {
        host = fresh;
        c1 = host.container("c1");
        makeInterface(c1, "eth0", OLD_MAC);
        bin = host.temp().resolve("bin");
        ColdJava.install(host, bin, "tuning", TuningMain.class);
        call = host.cni(bin, "tuning").container(c1).stdin(CONF);
    }

    private static void makeInterface(MountedContainer container, String name, String mac) {
        container.sh(
                "ip link add %s address %s type veth peer name peer-%s; ip link set %s up"
                        .formatted(name, mac, name, name));
    }

    private String sysctl(String name) {
        return c1.ok("cat", "/proc/sys/net/" + name).strip().replace('\t', ' ');
    }

    private JsonNode link() {
        return c1.json("ip", "-j", "-d", "link", "show", "eth0").path(0);
    }

    /** What the tests change, as text to compare. */
    private String state() {
        return String.join(
                " ",
                link().path("address").asText(),
                link().path("mtu").asText(),
                link().path("txqlen").asText(),
                link().path("flags").toString(),
                sysctl("core/somaxconn"),
                sysctl("ipv4/conf/eth0/arp_notify"),
                sysctl("ipv4/ip_local_port_range"));
    }

    private static String message(CniResult failed) {
        return failed.json().path("msg").asText() + "; " + failed.json().path("details").asText();
    }

    private static ObjectNode sysctls(String name, String entries) {
        return Conf.of(
                "{'cniVersion':'1.1.0','name':'"
                        + name
                        + "','type':'tuning','prevResult':{},'sysctl':{"
                        + entries
                        + "}}");
    }

    @Test
    void everythingIsSetAndPutBack() {
        Snapshot before = host.snapshot();
        String was = state();
        CniResult added = call.add().succeeded();
        assertThat(link().path("address").asText()).isEqualTo(MAC);
        assertThat(link().path("mtu").asInt()).isEqualTo(1400);
        assertThat(link().path("txqlen").asInt()).isEqualTo(77);
        assertThat(link().path("flags").toString()).contains("PROMISC", "ALLMULTI");
        assertThat(sysctl("core/somaxconn")).isEqualTo("777");
        assertThat(sysctl("ipv4/conf/eth0/arp_notify")).isEqualTo("1");
        assertThat(sysctl("ipv4/ip_local_port_range")).isEqualTo("2000 3000");
        assertThat(added.json()).isEqualTo(Conf.of("{'cniVersion':'1.1.0'}"));

        CniCall after = call.stdin(Conf.after(CONF, added));
        after.check().succeeded();
        after.del().succeeded();
        assertThat(state()).isEqualTo(was);
        after.del().succeeded();
        assertThat(host.list("/run/cni/tuning")).isEmpty();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        host.snapshot()
                .without("^file /run/(pontoon|cni)")
                .assertSameAs(before.without("^file /run/(pontoon|cni)"));
    }

    @Test
    void theResultOfThePluginBeforeIsPassedOnWithWhatHasChanged() {
        String previous =
                "{'cniVersion':'1.1.0','interfaces':["
                        + "{'name':'eth0','mac':'02:99:00:00:00:01','mtu':1500},"
                        + "{'name':'eth0','mac':'%s','mtu':%d,'sandbox':'"
                        + c1.netns()
                        + "'}],'ips':[{'interface':1,'address':'10.1.0.2/24'}]}";
        ObjectNode conf = Conf.with(CONF, "prevResult", Conf.of(previous.formatted(OLD_MAC, 1500)));
        assertThat(call.stdin(conf).add().succeeded().json())
                .isEqualTo(Conf.of(previous.formatted(MAC, 1400)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0"})
    void everyVersionIsServed(String version) {
        String previous =
                version.compareTo("0.3.0") < 0
                        ? "{'ip4':{'ip':'10.1.0.2/24'}}"
                        : "{'interfaces':[{'name':'eth0','mac':'"
                                + OLD_MAC
                                + "','sandbox':'x'}],'ips':[{"
                                + (version.startsWith("0") ? "'version':'4'," : "")
                                + "'interface':0,'address':'10.1.0.2/24'}]}";
        ObjectNode conf =
                Conf.with(CONF, "{'cniVersion':'" + version + "','prevResult':" + previous + "}");
        JsonNode result = call.stdin(conf).add().succeeded().json();
        assertThat(result.path("cniVersion").asText()).isEqualTo(version);
        if (version.compareTo("0.3.0") >= 0) {
            assertThat(result.path("interfaces").path(0).path("mac").asText()).isEqualTo(MAC);
        }
        call.stdin(conf).del().succeeded();
    }

    @Test
    void withoutAPluginBeforeItNothingIsTouched() {
        String was = state();
        ObjectNode conf = CONF.deepCopy();
        conf.remove("prevResult");
        assertThat(message(call.stdin(conf).add().failedWith(7))).contains("no prevResult");
        assertThat(state()).isEqualTo(was);
        assertThat(host.exists("/run/pontoon")).isFalse();
    }

    @Test
    void theReferencePluginFindsTheFileThatItWouldHaveWritten() {
        int length = link().path("txqlen").asInt();
        call.add().succeeded();
        assertThat(host.read(BACKUP))
                .isEqualTo(
                        """
                        {
                         "mac": "%s",
                         "promisc": false,
                         "mtu": 1500,
                         "allmulti": false,
                         "txQLen": %d
                        }\
                        """
                                .formatted(OLD_MAC, length));
        assertThat(host.ok("stat", "-c", "%a", BACKUP)).isEqualTo("600\n");
    }

    @Test
    void oneDetachesWhatTheOtherAttached() {
        Need.file(REFERENCE.resolve("tuning"));
        ObjectNode conf =
                Conf.of(
                        "{'cniVersion':'1.0.0','name':'n1','type':'tuning','mac':'"
                                + MAC
                                + "','mtu':1400,'promisc':true,'prevResult':{'cniVersion':'1.0.0',"
                                + "'interfaces':[{'name':'eth0','sandbox':'x'}],'ips':[]}}");
        String was = state();
        CniCall reference = host.cni(REFERENCE, "tuning").container(c1).stdin(conf);
        reference.add().succeeded();
        call.stdin(conf).check().succeeded();
        call.stdin(conf).del().succeeded();
        assertThat(state()).isEqualTo(was);
        assertThat(host.list("/run/cni/tuning")).isEmpty();

        call.stdin(conf).add().succeeded();
        reference.check().succeeded();
        reference.del().succeeded();
        assertThat(state()).isEqualTo(was);
    }

    @Test
    @DisplayName("E46 what was remembered of a container whose namespace is gone is removed")
    void goneNamespace() {
        call.add().succeeded();
        assertThat(host.exists(BACKUP)).isTrue();
        c1.remove();
        call.del().succeeded();
        assertThat(host.list("/run/cni/tuning")).isEmpty();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    @DisplayName("E46 what was remembered of an interface that is gone is removed")
    void goneInterface() {
        call.add().succeeded();
        c1.ok("ip", "link", "del", "eth0");
        call.del().succeeded();
        assertThat(host.list("/run/cni/tuning")).isEmpty();
        assertThat(sysctl("core/somaxconn")).isNotEqualTo("777");
    }

    @Test
    @DisplayName("E47 of five sysctls the fourth has an invalid value: none is changed")
    void invalidValue() {
        String was = state();
        String forwarding = sysctl("ipv4/ip_forward");
        CniResult failed =
                call.stdin(
                                sysctls(
                                        "n1",
                                        "'net.core.somaxconn':'777','net.ipv4.ip_forward':'1',"
                                                + "'net.ipv4.conf.IFNAME.arp_notify':'1',"
                                                + "'net.ipv4.ip_local_port_range':'nonsense',"
                                                + "'net.ipv4.tcp_syncookies':'0'"))
                        .add()
                        .failedWith(100);
        assertThat(message(failed)).contains("nonsense", "ip_local_port_range");
        assertThat(state()).isEqualTo(was);
        assertThat(sysctl("ipv4/ip_forward")).isEqualTo(forwarding);
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "'net.core.nonsense':'1' | a container's network has none",
                "'kernel.shmmax':'1' | no setting of a container's network",
                "'net/../kernel/shmmax':'1' | no setting of a container's network"
            })
    @DisplayName("E47 of two sysctls the second is none: nothing is touched")
    void unknownSetting(String second, String told) {
        String was = state();
        CniResult failed =
                call.stdin(sysctls("n1", "'net.core.somaxconn':'777'," + second))
                        .add()
                        .failedWith(7);
        assertThat(message(failed)).contains(told);
        assertThat(state()).isEqualTo(was);
    }

    @Test
    @DisplayName("E47 of two sysctls the second is read-only: nothing is touched")
    void readOnlySetting() {
        String was = state();
        CniResult failed =
                call.stdin(
                                sysctls(
                                        "n1",
                                        "'net.core.somaxconn':'777',"
                                                + "'net.ipv4.tcp_available_congestion_control':'cubic'"))
                        .add()
                        .failedWith(100);
        assertThat(message(failed)).contains("write to", "tcp_available_congestion_control");
        assertThat(state()).isEqualTo(was);
        assertThat(host.exists("/run/pontoon/ledger")).isFalse();
    }

    @Test
    void withoutTheInterfaceNothingIsTouched() {
        String was = sysctl("core/somaxconn");
        call.ifname("eth9").add().failedWith(100);
        assertThat(sysctl("core/somaxconn")).isEqualTo(was);
        ObjectNode conf = sysctls("n1", "'net.core.somaxconn':'777'");
        call.ifname("eth9").stdin(conf).add().succeeded();
        assertThat(sysctl("core/somaxconn")).isEqualTo("777");
        call.ifname("eth9").stdin(conf).del().succeeded();
        assertThat(sysctl("core/somaxconn")).isEqualTo(was);
    }

    @Test
    void theNodesAllowlistIsObeyed() {
        ObjectNode conf = sysctls("n1", "'net.core.somaxconn':'777'");
        host.write("/etc/cni/tuning/allowlist.conf", "^net\\.ipv4\\.\n");
        assertThat(message(call.stdin(conf).add().failedWith(7))).contains("does not permit it");
        call.stdin(conf).status().failedWith(7);
        host.write("/etc/cni/tuning/allowlist.conf", "^net\\.ipv4\\.\n\n net.core.so.*\n");
        call.stdin(conf).status().succeeded();
        call.stdin(conf).add().succeeded();
        assertThat(sysctl("core/somaxconn")).isEqualTo("777");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ip link set eth0 address 02:00:00:00:00:09 | mac of eth0",
                "ip link set eth0 mtu 1300 | mtu of eth0",
                "ip link set eth0 promisc off | promisc of eth0",
                "ip link set eth0 allmulticast off | allmulti of eth0",
                "ip link set eth0 txqueuelen 5 | txQLen of eth0",
                "echo 5 >/proc/sys/net/core/somaxconn | sysctl net.core.somaxconn is 5",
                "ip link del eth0 | is gone"
            })
    void checkNamesWhatHasChanged(String change, String told) {
        ObjectNode known = Conf.after(CONF, call.add().succeeded());
        call.stdin(known).check().succeeded();
        c1.sh(change);
        assertThat(message(call.stdin(known).check().failedWith(103))).contains(told);
    }

    @Test
    void aSecondAddKeepsWhatWasThereBeforeTheFirst() {
        String was = state();
        call.add().succeeded();
        call.stdin(Conf.with(CONF, "{'mtu':1300}")).add().succeeded();
        assertThat(link().path("mtu").asInt()).isEqualTo(1300);
        call.del().succeeded();
        assertThat(state()).isEqualTo(was);
    }

    @Test
    void whatSomebodyElseHasSetSinceIsLeft() {
        call.add().succeeded();
        c1.sh("ip link set eth0 mtu 1280; echo 5 >/proc/sys/net/core/somaxconn");
        call.del().succeeded();
        assertThat(link().path("mtu").asInt()).isEqualTo(1280);
        assertThat(link().path("address").asText()).isEqualTo(OLD_MAC);
        assertThat(sysctl("core/somaxconn")).isEqualTo("5");
    }

    @ParameterizedTest(
            name = "two networks of a container, {0} is detached first, the second sets {1}")
    @CsvSource({"n1,888", "n2,888", "n1,777", "n2,777"})
    void twoNetworksShareTheSysctls(String first, String secondValue) {
        String was = sysctl("core/somaxconn");
        makeInterface(c1, "eth1", "02:00:00:00:00:02");
        CniCall one = call.stdin(sysctls("n1", "'net.core.somaxconn':'777'"));
        CniCall two =
                call.stdin(sysctls("n2", "'net.core.somaxconn':'" + secondValue + "'"))
                        .ifname("eth1");
        one.add().succeeded();
        two.add().succeeded();
        assertThat(sysctl("core/somaxconn")).isEqualTo(secondValue);
        (first.equals("n1") ? one : two).del().succeeded();
        assertThat(sysctl("core/somaxconn")).isEqualTo(first.equals("n1") ? secondValue : "777");
        (first.equals("n1") ? two : one).del().succeeded();
        assertThat(sysctl("core/somaxconn")).isEqualTo(was);
    }

    @Test
    void aPathThatLeadsToAnotherContainerCostsItNothing() {
        call.add().succeeded();
        c1.remove();
        c1 = host.container("c1");
        makeInterface(c1, "eth0", MAC);
        c1.sh("ip link set eth0 mtu 1400; echo 777 >/proc/sys/net/core/somaxconn");
        host.sh(
                "sed -i 's/\\(netnsIdentity\":\"\\)/\\1other-/' /run/pontoon/ledger/n1/c1:eth0:tuning");
        String was = state();
        call.del().succeeded();
        assertThat(state()).isEqualTo(was);
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    void gcPutsBackWhatNobodyNeedsAnyMore() {
        MountedContainer c2 = host.container("c2");
        makeInterface(c2, "eth0", "02:00:00:00:00:02");
        String was = state();
        call.add().succeeded();
        call.container(c2).add().succeeded();
        call.stdin(
                        Conf.with(
                                CONF,
                                "{'cni.dev/valid-attachments':[{'containerID':'c2','ifname':'eth0'}]}"))
                .gc()
                .succeeded();
        assertThat(state()).isEqualTo(was);
        assertThat(c2.json("ip", "-j", "link", "show", "eth0").path(0).path("mtu").asInt())
                .isEqualTo(1400);
        assertThat(host.list("/run/cni/tuning")).containsExactly("c2_eth0.json");
        assertThat(host.list("/run/pontoon/ledger/n1")).isEqualTo(List.of("c2:eth0:tuning"));
    }

    @Test
    void statusTellsWhetherAnAddCouldBeServed() {
        call.status().succeeded();
        call.stdin(Conf.with(CONF, "{'mtu':1}")).status().failedWith(7);
    }
}
