package dev.pontoon.bridge;

import static dev.pontoon.bridge.Node.L2;
import static dev.pontoon.bridge.Node.L3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Snapshot;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What runtime, IPAM plugin and this plugin tell each other. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class AttachmentIT {
    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
    }

    private String macAfter(CniCall call) {
        JsonNode result = call.add().succeeded().json();
        String mac = Node.link(c1, "eth0").path("address").asText();
        assertThat(result.path("interfaces").path(2).path("mac").asText()).isEqualTo(mac);
        call.del().succeeded();
        return mac;
    }

    @Test
    void runtimeConfigsMacBeatsThatOfArgsAndThatThatOfTheEnvironment() {
        CniCall call = node.call(c1, L2).args("IgnoreUnknown=1;MAC=02-00-00-00-00-AA");
        assertThat(macAfter(call)).isEqualTo("02:00:00:00:00:aa");
        var args = Conf.with(L2, "{'args':{'cni':{'mac':'0200.0000.00bb'}}}");
        assertThat(macAfter(call.stdin(args))).isEqualTo("02:00:00:00:00:bb");
        var all = Conf.with(args, "{'runtimeConfig':{'mac':'02:00:00:00:00:cc'}}");
        assertThat(macAfter(call.stdin(all))).isEqualTo("02:00:00:00:00:cc");
    }

    @Test
    void badValuesAreRefusedBeforeAnythingIsTouched() {
        Snapshot before = host.snapshot();
        refused(7, "{'mtu':17}", "mtu");
        refused(7, "{'ipMasqBackend':'ebtables'}", "ipMasqBackend");
        refused(7, "{'hairpinMode':true,'promiscMode':true}", "promiscMode");
        refused(6, "{'isGateway':'true'}", "isGateway");
        refused(6, "{'dns':{'nameservers':'10.0.0.1'}}", "dns.nameservers");
        refused(105, "{'ipam':{'type':'nowhere'}}", "nowhere");
        assertThat(node.ipamCalls()).isEmpty();
        host.snapshot().assertSameAs(before);
    }

    private void refused(int code, String keys, String named) {
        JsonNode error = node.call(c1, Conf.with(L3, keys)).add().failedWith(code).json();
        assertThat(CniResult.words(error)).contains(named);
    }

    @Test
    void takenNameIsRefusedBeforeTheIpamPluginIsAsked() {
        c1.ok("ip", "link", "add", "eth0", "type", "veth", "peer", "other");
        Snapshot before = host.snapshot();
        Snapshot inside = c1.snapshot();
        JsonNode error = node.call(c1, L3).add().failedWith(102).json();
        assertThat(CniResult.words(error)).contains("eth0", c1.netns());
        assertThat(node.ipamCalls()).isEmpty();
        c1.snapshot().assertSameAs(inside);
        host.snapshot().without("^file /run/pontoon").assertSameAs(before);
    }

    @Test
    void secondAddOfALiveAttachmentIsRefusedAndHarmless() {
        var conf = Conf.with(L3, "{'isGateway':true,'ipMasq':true,'macspoofchk':true}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        Snapshot before = host.snapshot();
        call.add().failedWith(102);
        host.snapshot().assertSameAs(before);
        assertThat(node.ipamCalls()).containsExactly("ADD c1 eth0");
        call.stdin(Conf.after(conf, added)).check().succeeded();
    }

    @Test
    void twoInterfacesOfOneContainerLiveApart() {
        node.gives(c1, "net1", "{'ips':[{'address':'10.9.0.3/24'}]}");
        var conf = Conf.with(L3, "{'isGateway':true,'ipMasq':true}");
        CniCall first = node.call(c1, conf);
        first.add().succeeded();
        CniResult second = first.ifname("net1").add().succeeded();
        assertThat(node.ports("br1")).hasSize(2);
        first.del().succeeded();
        assertThat(node.ports("br1")).hasSize(1);
        assertThat(c1.addresses("net1")).containsExactly("10.9.0.3/24");
        assertThat(node.ruleset()).contains("10.9.0.3").doesNotContain("10.9.0.2");
        first.ifname("net1").stdin(Conf.after(conf, second)).check().succeeded();
        first.ifname("net1").del().succeeded();
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void twoNetworksOfOneContainerLiveApart() {
        var other = Conf.with(L3, "{'name':'n2','bridge':'br2','isGateway':true,'ipMasq':true}");
        var conf = Conf.with(L3, "{'isGateway':true,'ipMasq':true}");
        node.gives(c1, "net1", "{'ips':[{'address':'10.8.0.2/24'}]}");
        node.call(c1, conf).add().succeeded();
        CniCall second = node.call(c1, other).ifname("net1");
        CniResult added = second.add().succeeded();
        node.call(c1, conf).del().succeeded();
        assertThat(node.ports("br1")).isEmpty();
        second.stdin(Conf.after(other, added)).check().succeeded();
        c1.awaitPing("10.8.0.1");
        second.del().succeeded();
        assertThat(node.ports("br2")).isEmpty();
    }

    @Test
    void resultOfAnEarlierPluginComesFirst() {
        var conf =
                Conf.with(
                        L3,
                        "{'prevResult':{'cniVersion':'1.1.0','interfaces':[{'name':'dummy0'},"
                                + "{'name':'wg0','sandbox':'/x'}],"
                                + "'ips':[{'address':'10.1.0.7/24','interface':1}],"
                                + "'routes':[{'dst':'10.1.0.0/16'}],'dns':{'domain':'early'}}}");
        node.gives(
                "{'ips':[{'address':'10.9.0.2/24'}],'routes':[{'dst':'10.5.0.0/16',"
                        + "'gw':'10.9.0.1'}]}");
        JsonNode result = node.call(c1, conf).add().succeeded().json();
        assertThat(result.path("interfaces").findValuesAsText("name"))
                .startsWith("dummy0", "wg0", "br1")
                .endsWith("eth0");
        assertThat(result.path("ips").findValuesAsText("interface")).containsExactly("1", "4");
        assertThat(result.path("ips").findValuesAsText("address"))
                .containsExactly("10.1.0.7/24", "10.9.0.2/24");
        assertThat(result.path("routes").findValuesAsText("dst"))
                .containsExactly("10.1.0.0/16", "10.5.0.0/16");
        assertThat(result.path("dns").path("domain").asText()).isEqualTo("early");
    }

    @Test
    void dnsOfTheConfigurationReplacesThatOfTheIpamPlugin() {
        node.gives(
                "{'ips':[{'address':'10.9.0.2/24'}],"
                        + "'dns':{'nameservers':['10.9.0.53'],'search':['ipam']}}");
        CniCall call = node.call(c1, L3);
        assertThat(dns(call)).isEqualTo(Conf.of("{'nameservers':['10.9.0.53'],'search':['ipam']}"));
        assertThat(dns(call.stdin(Conf.with(L3, "{'dns':{'search':['conf']}}"))))
                .isEqualTo(Conf.of("{'search':['conf']}"));
        assertThat(dns(call.stdin(Conf.with(L3, "{'dns':{'nameservers':[]}}"))).isMissingNode())
                .isTrue();
        assertThat(dns(call.stdin(Conf.with(L3, "{'dns':{}}"))).path("search").path(0).asText())
                .isEqualTo("ipam");
    }

    private static JsonNode dns(CniCall call) {
        JsonNode result = call.add().succeeded().json();
        call.del().succeeded();
        return result.path("dns");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"})
    void everyVersionGetsTheResultInItsOwnLayout(String version) {
        var conf = Conf.with(L3, "{'cniVersion':'" + version + "','isDefaultGateway':true}");
        node.gives(
                "{'cniVersion':'1.0.0','ips':[{'address':'10.9.0.2/24'},"
                        + "{'address':'fd09::2/64'}]}");
        CniCall call = node.call(c1, conf);
        JsonNode result = call.add().succeeded().json();
        assertThat(result.path("cniVersion").asText()).isEqualTo(version);
        if (version.startsWith("0.1") || version.startsWith("0.2")) {
            assertThat(result.path("ip4"))
                    .isEqualTo(
                            Conf.of(
                                    "{'ip':'10.9.0.2/24','gateway':'10.9.0.1',"
                                            + "'routes':[{'dst':'0.0.0.0/0','gw':'10.9.0.1'}]}"));
            assertThat(result.path("ip6").path("ip").asText()).isEqualTo("fd09::2/64");
            assertThat(result.has("interfaces") || result.has("ips")).isFalse();
        } else {
            assertThat(result.path("interfaces")).hasSize(3);
            assertThat(result.path("ips").findValuesAsText("interface")).containsExactly("2", "2");
            List<String> families = result.path("ips").findValuesAsText("version");
            assertThat(families).isEqualTo(version.startsWith("0") ? List.of("4", "6") : List.of());
            assertThat(result.path("interfaces").path(0).has("mtu"))
                    .isEqualTo(version.equals("1.1.0"));
        }
        assertThat(result.has("dns")).isEqualTo(version.startsWith("0"));
        call.del().succeeded();
        assertThat(node.ports("br1")).isEmpty();
    }

    @Test
    void oldVersionsCannotTellOfANetworkWithoutAddresses() {
        ObjectNode conf = Conf.with(L2, "{'cniVersion':'0.2.0'}");
        Snapshot inside = c1.snapshot();
        node.call(c1, conf).add().failedWith(7);
        c1.snapshot().assertSameAs(inside);
        assertThat(node.ports("br1")).isEmpty();
    }

    @Test
    void ipamPluginGetsTheWholeConfigurationAndEveryCommand() {
        var conf = Conf.with(L3, "{'runtimeConfig':{'x':[1,2]},'args':{'cni':{'y':null}}}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        assertThat(node.ipamInput()).isEqualTo(conf.toString());
        call.stdin(Conf.after(conf, added)).check().succeeded();
        assertThat(node.ipamInput()).isEqualTo(Conf.after(conf, added).toString());
        call.del().succeeded();
        node.call(conf).status().succeeded();
        node.call(Conf.with(conf, "{'cni.dev/valid-attachments':[]}")).gc().succeeded();
        assertThat(node.ipamCalls())
                .containsExactly("ADD c1 eth0", "CHECK c1 eth0", "DEL c1 eth0", "STATUS  ", "GC  ");
    }
}
