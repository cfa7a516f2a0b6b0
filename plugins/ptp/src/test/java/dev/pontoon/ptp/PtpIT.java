package dev.pontoon.ptp;

import static dev.pontoon.ptp.Node.CONF;
import static dev.pontoon.ptp.Node.V4;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The link, its addresses and routes, and the packets that follow them. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class PtpIT {
    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
    }

    private String mac(JsonNode shown) {
        return shown.path(0).path("address").asText();
    }

    @Test
    void containerAndHostShareALinkOfTheirOwn() {
        node.ipam().gives(V4);
        CniResult added = node.call(c1, CONF).add().succeeded();
        String end = Node.hostEnd(added);
        assertThat(end).matches("veth[0-9a-f]{8}");
        assertThat(node.links()).containsExactly(end);
        assertThat(added.json())
                .isEqualTo(
                        Conf.of(
                                "{'cniVersion':'1.1.0','interfaces':[{'name':'"
                                        + end
                                        + "','mac':'"
                                        + mac(host.json("ip", "-j", "link", "show", "dev", end))
                                        + "','mtu':1500},{'name':'eth0','mac':'"
                                        + mac(c1.json("ip", "-j", "link", "show", "dev", "eth0"))
                                        + "','mtu':1500,'sandbox':'"
                                        + c1.netns()
                                        + "'}],'ips':[{'interface':1,'address':'10.1.2.2/24',"
                                        + "'gateway':'10.1.2.1'}],'routes':[{'dst':'0.0.0.0/0'}]}"));
        assertThat(Node.routes(c1))
                .containsExactlyInAnyOrder(
                        "default via 10.1.2.1 dev eth0",
                        "10.1.2.0/24 via 10.1.2.1 dev eth0 src 10.1.2.2",
                        "10.1.2.1 dev eth0 scope link src 10.1.2.2");
        assertThat(c1.addresses("eth0")).containsExactly("10.1.2.2/24");
        assertThat(node.addresses(end)).containsExactly("10.1.2.1/32");
        assertThat(node.routes()).containsExactly("10.1.2.2 dev " + end + " scope host");
        assertThat(forwarding("ipv4/ip_forward")).isEqualTo("1");
        assertThat(forwarding("ipv6/conf/all/forwarding")).isEqualTo("0");
        assertThat(c1.ok("cat", "/proc/sys/net/ipv4/conf/eth0/arp_notify").strip()).isEqualTo("1");
        // One ping, no patience: the network works at once.
        assertThat(c1.pings("10.1.2.1")).isTrue();
        assertThat(node.pings("10.1.2.2")).isTrue();
    }

    private String forwarding(String path) {
        return host.ok("cat", "/proc/sys/net/" + path).strip();
    }

    @Test
    void bothFamiliesWorkAtOnce() {
        String end = Node.hostEnd(node.call(c1, CONF).add().succeeded());
        assertThat(Node.routes(c1))
                .containsExactlyInAnyOrder(
                        "default via 10.1.2.1 dev eth0",
                        "10.1.2.0/24 via 10.1.2.1 dev eth0 src 10.1.2.2",
                        "10.1.2.1 dev eth0 scope link src 10.1.2.2",
                        "default via fd00:12::1 dev eth0",
                        "fd00:12::/64 via fd00:12::1 dev eth0 src fd00:12::2",
                        "fd00:12::1 dev eth0 src fd00:12::2");
        assertThat(node.addresses(end)).containsExactly("10.1.2.1/32", "fd00:12::1/128");
        // The host's own address on the link is there as a route as well.
        assertThat(node.routes())
                .contains("10.1.2.2 dev " + end + " scope host", "fd00:12::2 dev " + end);
        assertThat(c1.ok("ip", "-6", "addr")).contains("fd00:12::2").doesNotContain("tentative");
        assertThat(forwarding("ipv6/conf/all/forwarding")).isEqualTo("1");
        assertThat(c1.pings("fd00:12::1")).isTrue();
        assertThat(c1.pings("10.1.2.1")).isTrue();
        assertThat(node.pings("fd00:12::2")).isTrue();
        assertThat(node.pings("10.1.2.2")).isTrue();
    }

    @Test
    void siblingsMeetOnTheHost() {
        Container c2 = node.another("c2", 3);
        node.call(c1, CONF).add().succeeded();
        node.call(c2, CONF).add().succeeded();
        assertThat(c1.pings("10.1.2.3")).isTrue();
        assertThat(c1.pings("fd00:12::3")).isTrue();
        assertThat(c2.pings("10.1.2.2")).isTrue();
        assertThat(c1.ok("ip", "neigh")).doesNotContain("10.1.2.3");
        node.call(c1, CONF).del().succeeded();
        assertThat(c2.pings("10.1.2.1")).isTrue();
        assertThat(c2.pings("fd00:12::1")).isTrue();
    }

    @Test
    void ipv6AloneNeedsNoIpv4() {
        node.ipam().gives("{'ips':[{'address':'fd00:12::2/64','gateway':'fd00:12::1'}]}");
        node.call(c1, CONF).add().succeeded();
        assertThat(c1.pings("fd00:12::1")).isTrue();
        assertThat(forwarding("ipv4/ip_forward")).isEqualTo("0");
        assertThat(Node.routes(c1)).noneMatch(route -> route.startsWith("default"));
    }

    @Test
    void ipv6WorksWhereItIsSwitchedOffByDefault() {
        host.sh("sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
        c1.sh("sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
        node.call(c1, CONF).add().succeeded();
        assertThat(c1.pings("fd00:12::1")).isTrue();
    }

    @Test
    void addressWithoutASubnetIsRoutedByItsGateway() {
        var conf = Conf.with(CONF, "{'ipMasq':true}");
        node.ipam()
                .gives(
                        "{'ips':[{'address':'10.1.2.2/32','gateway':'169.254.1.1'},"
                                + "{'address':'fd00:12::2/128','gateway':'fd00:99::1'}],"
                                + "'routes':[{'dst':'0.0.0.0/0'},{'dst':'::/0'}]}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        String end = Node.hostEnd(added);
        assertThat(Node.routes(c1))
                .containsExactlyInAnyOrder(
                        "default via 169.254.1.1 dev eth0",
                        "169.254.1.1 dev eth0 scope link src 10.1.2.2",
                        "default via fd00:99::1 dev eth0",
                        "fd00:99::1 dev eth0 src fd00:12::2");
        assertThat(node.addresses(end)).containsExactly("169.254.1.1/32", "fd00:99::1/128");
        assertThat(c1.pings("169.254.1.1")).isTrue();
        assertThat(c1.pings("fd00:99::1")).isTrue();
        assertThat(node.pings("10.1.2.2")).isTrue();
        assertThat(node.pings("fd00:12::2")).isTrue();
        call.stdin(Conf.after(conf, added)).check().succeeded();
        call.del().succeeded();
        node.requireNothingLeft();
    }

    @Test
    void severalAddressesShareTheLink() {
        node.ipam()
                .gives(
                        "{'ips':[{'address':'10.1.2.2/24','gateway':'10.1.2.1'},"
                                + "{'address':'10.1.2.3/24','gateway':'10.1.2.1'},"
                                + "{'address':'10.1.3.2/24','gateway':'10.1.3.1'}]}");
        CniCall call = node.call(c1, CONF);
        CniResult added = call.add().succeeded();
        String end = Node.hostEnd(added);
        assertThat(node.addresses(end)).containsExactly("10.1.2.1/32", "10.1.3.1/32");
        for (String address : List.of("10.1.2.2", "10.1.2.3", "10.1.3.2")) {
            assertThat(node.pings(address)).as(address).isTrue();
        }
        assertThat(c1.pings("10.1.3.1")).isTrue();
        call.stdin(Conf.after(CONF, added)).check().succeeded();
    }

    @Test
    void routesOfIpamAreSetAsTheyWereAskedFor() {
        node.ipam()
                .gives(
                        "{'ips':[{'address':'10.1.2.2/24','gateway':'10.1.2.1'}],'routes':["
                                + "{'dst':'10.5.0.0/16'},{'dst':'10.6.0.0/16','gw':'10.1.2.1',"
                                + "'mtu':1300},{'dst':'10.7.0.0/16','gw':'10.1.2.9'}]}");
        CniCall call = node.call(c1, CONF);
        CniResult added = call.add().succeeded();
        assertThat(Node.routes(c1))
                .contains(
                        "10.5.0.0/16 via 10.1.2.1 dev eth0",
                        "10.6.0.0/16 via 10.1.2.1 dev eth0",
                        "10.7.0.0/16 via 10.1.2.9 dev eth0");
        assertThat(c1.ok("ip", "route", "show", "10.6.0.0/16")).contains("mtu 1300");
        call.stdin(Conf.after(CONF, added)).check().succeeded();
    }

    @Test
    void mtuIsThatOfBothEnds() {
        CniResult added = node.call(c1, Conf.with(CONF, "{'mtu':1400}")).add().succeeded();
        assertThat(added.json().path("interfaces").findValuesAsText("mtu"))
                .containsExactly("1400", "1400");
        String end = Node.hostEnd(added);
        assertThat(host.ok("ip", "link", "show", "dev", end)).contains("mtu 1400");
        assertThat(c1.ok("ip", "link", "show", "dev", "eth0")).contains("mtu 1400");
        host.ok("ping", "-c1", "-W1", "-Mdo", "-s1372", "10.1.2.2");
    }

    @Test
    void dnsOfTheConfigurationReplacesThatOfTheIpamPlugin() {
        node.ipam().gives(V4.replace("'routes'", "'dns':{'domain':'ipam'},'routes'"));
        CniCall call = node.call(c1, CONF);
        assertThat(call.add().succeeded().json().path("dns"))
                .isEqualTo(Conf.of("{'domain':'ipam'}"));
        call.del().succeeded();
        JsonNode result =
                call.stdin(Conf.with(CONF, "{'dns':{'search':['conf']}}")).add().succeeded().json();
        assertThat(result.path("dns")).isEqualTo(Conf.of("{'search':['conf']}"));
    }

    @Test
    void wishesForAMacAreNotHeard() {
        var conf = Conf.with(CONF, "{'runtimeConfig':{'mac':'02:00:00:00:00:0a'}}");
        node.call(c1, conf).args("K8S_POD_NAME=p;MAC=02:00:00:00:00:0b").add().succeeded();
        assertThat(c1.ok("ip", "link", "show", "dev", "eth0")).doesNotContain("02:00:00:00:00:0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'address':'10.1.2.2/24','gateway':'10.1.2.1'},{'address':'fd00::2/64'}"
                        + " | fd00::2/64 without a gateway",
                "{'address':'10.1.2.2/24','gateway':'fd00::1'} | fd00::1",
                "{'address':'10.1.2.2/24','gateway':'10.1.2.2'} | 10.1.2.2",
                "'' | no address",
            })
    void addressesThatMakeNoLinkAreGivenBack(String ips, String named) {
        Snapshot before = host.snapshot().without("/run/pontoon");
        Snapshot inside = c1.snapshot();
        node.ipam().gives("{'ips':[" + ips.replace("''", "") + "]}");
        JsonNode error = node.call(c1, CONF).add().failedWith(7).json();
        assertThat(CniResult.words(error)).contains(named);
        assertThat(node.ipam().calls()).containsExactly("ADD c1 eth0", "DEL c1 eth0");
        host.snapshot().without("/run/pontoon").assertSameAs(before);
        c1.snapshot().assertSameAs(inside);
        node.requireNothingLeft();
    }

    @Test
    void badValuesAreRefusedBeforeAnythingIsTouched() {
        Snapshot before = host.snapshot();
        refused(7, "{'mtu':17}", "mtu");
        refused(7, "{'ipMasqBackend':'ebtables'}", "ipMasqBackend");
        refused(7, "{'ipam':null}", "ipam");
        refused(7, "{'ipam':{}}", "ipam");
        refused(6, "{'ipMasq':'true'}", "ipMasq");
        refused(105, "{'ipam':{'type':'nowhere'}}", "nowhere");
        refused(6, "{'prevResult':{'ips':'none'}}", "ips");
        assertThat(node.ipam().calls()).isEmpty();
        host.snapshot().assertSameAs(before);
    }

    private void refused(int code, String keys, String named) {
        JsonNode error = node.call(c1, Conf.with(CONF, keys)).add().failedWith(code).json();
        assertThat(CniResult.words(error)).contains(named);
    }

    @Test
    void takenNameIsRefusedBeforeTheIpamPluginIsAsked() {
        c1.ok("ip", "link", "add", "eth0", "type", "veth", "peer", "other");
        Snapshot inside = c1.snapshot();
        JsonNode error = node.call(c1, CONF).add().failedWith(102).json();
        assertThat(CniResult.words(error)).contains("eth0", c1.netns());
        assertThat(node.ipam().calls()).isEmpty();
        c1.snapshot().assertSameAs(inside);
        node.requireNothingLeft();
    }

    @Test
    void secondAddOfALiveAttachmentIsRefusedAndHarmless() {
        var conf = Conf.with(CONF, "{'ipMasq':true}");
        CniCall call = node.call(c1, conf);
        CniResult added = call.add().succeeded();
        Snapshot before = host.snapshot();
        call.add().failedWith(102);
        host.snapshot().assertSameAs(before);
        assertThat(node.ipam().calls()).containsExactly("ADD c1 eth0");
        call.stdin(Conf.after(conf, added)).check().succeeded();
    }

    @Test
    void addressThatTheHostRoutesElsewhereIsRefused() {
        CniCall first = node.call(c1, CONF);
        CniResult added = first.add().succeeded();
        Container c2 = host.container("c2");
        JsonNode error =
                node.call(c2, Conf.with(CONF, "{'name':'n2'}")).add().failedWith(102).json();
        assertThat(CniResult.words(error)).contains("10.1.2.2/32", "different subnets");
        assertThat(c2.json("ip", "-j", "link")).hasSize(1);
        first.stdin(Conf.after(CONF, added)).check().succeeded();
        assertThat(node.pings("10.1.2.2")).isTrue();
    }

    @Test
    void twoInterfacesOfOneContainerLiveApart() {
        var conf = Conf.with(CONF, "{'ipMasq':true}");
        node.ipam()
                .gives(
                        c1,
                        "net1",
                        "{'ips':[{'address':'10.1.2.3/24','gateway':'10.1.2.1'},"
                                + "{'address':'fd00:12::3/64','gateway':'fd00:12::1'}]}");
        CniCall first = node.call(c1, conf);
        CniResult one = first.add().succeeded();
        CniResult other = first.ifname("net1").add().succeeded();
        assertThat(c1.json("ip", "-j", "route", "get", "10.1.2.1").findValuesAsText("dev"))
                .as("the first interface's way")
                .containsExactly("eth0");
        for (String address : List.of("10.1.2.2", "10.1.2.3", "fd00:12::2", "fd00:12::3")) {
            assertThat(node.pings(address)).as(address).isTrue();
        }
        first.stdin(Conf.after(conf, one)).check().succeeded();
        first.ifname("net1").stdin(Conf.after(conf, other)).check().succeeded();
        first.del().succeeded();
        assertThat(node.ruleset()).contains("10.1.2.3").doesNotContain("10.1.2.2");
        assertThat(c1.pings("10.1.2.1")).isTrue();
        assertThat(c1.pings("fd00:12::1")).isTrue();
        first.ifname("net1").stdin(Conf.after(conf, other)).check().succeeded();
        first.ifname("net1").del().succeeded();
        node.requireNothingLeft();
    }

    @Test
    void twoNetworksOfOneContainerLiveApart() {
        var other = Conf.with(CONF, "{'name':'n2'}");
        node.ipam().gives(c1, "net1", "{'ips':[{'address':'10.8.0.2/24','gateway':'10.8.0.1'}]}");
        node.call(c1, CONF).add().succeeded();
        CniCall second = node.call(c1, other).ifname("net1");
        CniResult added = second.add().succeeded();
        node.call(c1, CONF).del().succeeded();
        second.stdin(Conf.after(other, added)).check().succeeded();
        assertThat(c1.pings("10.8.0.1")).isTrue();
        assertThat(node.pings("10.8.0.2")).isTrue();
        second.del().succeeded();
        node.requireNothingLeft();
    }

    @Test
    void resultOfAnEarlierPluginComesFirst() {
        var conf =
                Conf.with(
                        CONF,
                        "{'prevResult':{'cniVersion':'1.1.0','interfaces':[{'name':'wg0'}],"
                                + "'ips':[{'address':'10.7.0.7/24','interface':0}]}}");
        JsonNode result = node.call(c1, conf).add().succeeded().json();
        assertThat(result.path("interfaces").findValuesAsText("name"))
                .startsWith("wg0")
                .endsWith("eth0")
                .hasSize(3);
        assertThat(result.path("ips").findValuesAsText("interface")).containsExactly("0", "2", "2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"})
    void everyVersionGetsTheResultInItsOwnLayout(String version) {
        node.ipam().gives(Node.DUAL.replace("{'ips'", "{'cniVersion':'1.0.0','ips'"));
        CniCall call = node.call(c1, Conf.with(CONF, "{'cniVersion':'" + version + "'}"));
        JsonNode result = call.add().succeeded().json();
        assertThat(result.path("cniVersion").asText()).isEqualTo(version);
        if (version.startsWith("0.1") || version.startsWith("0.2")) {
            assertThat(result.path("ip4"))
                    .isEqualTo(
                            Conf.of(
                                    "{'ip':'10.1.2.2/24','gateway':'10.1.2.1',"
                                            + "'routes':[{'dst':'0.0.0.0/0'}]}"));
            assertThat(result.path("ip6").path("ip").asText()).isEqualTo("fd00:12::2/64");
            assertThat(result.has("interfaces") || result.has("ips")).isFalse();
        } else {
            assertThat(result.path("interfaces")).hasSize(2);
            assertThat(result.path("ips").findValuesAsText("interface")).containsExactly("1", "1");
        }
        call.del().succeeded();
        node.requireNothingLeft();
    }
}
