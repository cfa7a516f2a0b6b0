package dev.pontoon.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.ColdJava;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.ProcessContainer;
import dev.pontoon.testing.Snapshot;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The container's lo, by the packaged plugin if pontoon.dist says where that is. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class LoopbackIT {
    private static final ObjectNode CONF =
            Conf.of("{'cniVersion':'1.1.0','name':'cni-loopback','type':'loopback'}");

    private Host host;
    private Container c1;
    private CniCall call;

    @BeforeEach
    void makeHost(Host fresh) {
        host = fresh;
        c1 = host.container("c1");
        Path bin = host.temp().resolve("bin");
        ColdJava.install(host, bin, "loopback", LoopbackMain.class);
        call = host.cni(bin, "loopback").container(c1).ifname("lo").stdin(CONF);
    }

    private static boolean isUp(Container container) {
        return container.ok("ip", "link", "show", "dev", "lo").contains(",UP");
    }

    @Test
    void loGoesUpAndDownAndEachCallCanBeRepeated() {
        Snapshot before = host.snapshot();
        assertThat(isUp(c1)).isFalse();
        CniResult added = call.add().succeeded();
        assertThat(isUp(c1)).isTrue();
        c1.ok("ping", "-c1", "-W1", "127.0.0.1");
        assertThat(added.json())
                .isEqualTo(
                        Conf.of(
                                "{'cniVersion':'1.1.0','interfaces':[{'name':'lo',"
                                        + "'mac':'00:00:00:00:00:00','mtu':65536,'sandbox':'"
                                        + c1.netns()
                                        + "'}],'ips':[{'interface':0,'address':'127.0.0.1/8'},"
                                        + "{'interface':0,'address':'::1/128'}]}"));
        call.add().succeeded();
        call.stdin(Conf.after(CONF, added)).check().succeeded();
        call.stdin(Conf.after(CONF, added)).del().succeeded();
        assertThat(isUp(c1)).isFalse();
        call.del().succeeded();
        host.snapshot().assertSameAs(before);
    }

    @Test
    void delLeavesLoToAContainerThatIsInUse() {
        call.add().succeeded();
        c1.ok("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "other");
        c1.ok("ip", "link", "set", "eth0", "up");
        call.del().succeeded();
        assertThat(isUp(c1)).isTrue();

        c1.ok("ip", "link", "set", "eth0", "down");
        call.del().succeeded();
        assertThat(isUp(c1)).isFalse();
    }

    @Test
    void checkFindsLoDown() {
        CniCall check = call.stdin(Conf.after(CONF, call.add().succeeded()));
        c1.ok("ip", "link", "set", "lo", "down");
        assertThat(check.check().failedWith(103).json().path("msg").asText())
                .contains("lo is down", c1.netns());
        call.check().failedWith(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1.0", "0.2.0", "0.3.1", "0.4.0", "1.0.0"})
    void everyVersionGetsTheResultInItsOwnLayout(String version) {
        JsonNode result =
                call.stdin(Conf.with(CONF, "{'cniVersion':'" + version + "'}"))
                        .add()
                        .succeeded()
                        .json();
        assertThat(result.path("cniVersion").asText()).isEqualTo(version);
        if (version.compareTo("0.3.0") < 0) {
            assertThat(result.path("ip4").path("ip").asText()).isEqualTo("127.0.0.1/8");
            assertThat(result.path("ip6").path("ip").asText()).isEqualTo("::1/128");
        } else {
            assertThat(result.path("interfaces").path(0).has("mtu")).isFalse();
            assertThat(result.path("ips").findValuesAsText("version"))
                    .isEqualTo(version.startsWith("0") ? List.of("4", "6") : List.of());
        }
    }

    @Test
    void resultOfAnEarlierPluginIsPassedOn() {
        String previous =
                "{'cniVersion':'1.1.0','interfaces':[{'name':'eth0','mac':'02:00:00:00:00:01',"
                        + "'mtu':1400,'sandbox':'/x','pciID':'0000:00:01.0'}],"
                        + "'ips':[{'interface':0,'address':'10.1.0.2/24','gateway':'10.1.0.1'}],"
                        + "'routes':[{'dst':'0.0.0.0/0','gw':'10.1.0.1','mtu':1300,'table':0}],"
                        + "'dns':{'nameservers':['10.1.0.1']}}";
        ObjectNode conf = Conf.with(CONF, "prevResult", Conf.of(previous));
        assertThat(call.stdin(conf).add().succeeded().json()).isEqualTo(Conf.of(previous));
        assertThat(isUp(c1)).isTrue();
    }

    @Test
    void addressOfTheNetworkOnLoIsNotSwitchedOn() {
        c1.ok("ip", "addr", "add", "10.1.0.2/32", "dev", "lo");
        assertThat(call.add().failedWith(8).json().path("msg").asText()).contains("10.1.0.2/32");
        assertThat(isUp(c1)).isFalse();
    }

    @Test
    void delOfANamespaceThatIsGoneSucceeds() {
        call.without("CNI_NETNS").del().succeeded();
        call.netns("/run/netns/nowhere").del().succeeded();
        host.write("/run/netns/plain", "");
        call.netns("/run/netns/plain").del().succeeded();
        ProcessContainer dead = host.unreapedProcess("dead");
        dead.kill();
        call.netns(dead.netns()).del().succeeded();
        assertThat(host.list("/run/netns")).containsExactly("c1", "plain");
    }

    @Test
    void hostsOwnNamespaceIsNeverTouched() {
        CniCall wrong = call.netns(host.netnsPath().toString());
        wrong.add().failedWith(8);
        wrong.del().succeeded();
        assertThat(host.ok("ip", "link", "show", "dev", "lo")).contains(",UP");
    }

    @Test
    void gcAndStatusHaveNothingToDo() {
        call.stdin(Conf.with(CONF, "{'cni.dev/valid-attachments':[]}")).gc().succeeded();
        call.status().succeeded();
        call.stdin(Conf.with(CONF, "{'cniVersion':'1.0.0'}")).status().failedWith(1);
    }
}
