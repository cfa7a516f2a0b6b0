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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Links that an earlier plugin of the chain made: used as the port, and given back. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class EarlierLinkIT {
    private static final String SETTINGS =
            "{'isDefaultGateway':true,'ipMasq':true,'macspoofchk':true,'hairpinMode':true,"
                    + "'portIsolation':true}";

    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
    }

    private void makeVeth() {
        host.sh(
                "ip link add given type veth peer name inside; ip link set inside netns c1;"
                        + " ip netns exec c1 ip link set inside name eth0;"
                        + " ip netns exec c1 ip addr add 10.1.0.7/24 dev eth0");
    }

    private void makeTap() {
        host.ok("ip", "tuntap", "add", "tap0", "mode", "tap");
    }

    private ObjectNode afterVeth(ObjectNode conf) {
        return after(
                conf, "{'name':'given'},{'name':'eth0','sandbox':'" + c1.netns() + "','mtu':1500}");
    }

    private static ObjectNode after(ObjectNode conf, String interfaces) {
        return Conf.with(
                conf,
                "{'prevResult':{'cniVersion':'1.1.0','interfaces':["
                        + interfaces
                        + "],'ips':[{'address':'10.1.0.7/24','interface':1}]}}");
    }

    private void assertGivenBack() {
        assertThat(node.ports("br1")).doesNotContain("given", "tap0");
        assertThat(node.ruleset()).isEmpty();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    void vethOfAnEarlierPluginBecomesThePort() {
        makeVeth();
        ObjectNode conf = Conf.with(L3, SETTINGS);
        CniResult added = node.call(c1, afterVeth(conf)).add().succeeded();
        JsonNode port = node.link("given").path("linkinfo").path("info_slave_data");
        assertThat(node.link("given").path("master").asText()).isEqualTo("br1");
        assertThat(port.path("hairpin").asBoolean()).isTrue();
        assertThat(port.path("isolated").asBoolean()).isTrue();
        assertThat(c1.addresses("eth0")).containsExactly("10.1.0.7/24", "10.9.0.2/24");
        assertThat(c1.ok("ip", "route", "show", "default")).contains("10.9.0.1");
        assertThat(node.ruleset()).contains("given", "10.9.0.2");
        c1.awaitPing("10.9.0.1");
        node.call(c1, Conf.after(conf, added)).check().succeeded();
    }

    @Test
    void previousEntriesKeepTheirPlacesInTheResult() {
        makeVeth();
        JsonNode result = node.call(c1, afterVeth(L3)).add().succeeded().json();
        assertThat(result.path("interfaces").findValuesAsText("name"))
                .containsExactly("given", "eth0", "br1");
        assertThat(result.path("ips").findValuesAsText("address"))
                .containsExactly("10.1.0.7/24", "10.9.0.2/24");
        assertThat(result.path("ips").findValuesAsText("interface")).containsExactly("1", "1");
    }

    @Test
    void delTakesBackWhatItAddedAndNothingElse() {
        makeVeth();
        host.sh(
                "ip link set given up; ip netns exec c1 ip link set eth0 up;"
                        + " ip netns exec c1 ip route add 10.2.0.0/16 via 10.1.0.1");
        String routes = c1.ok("ip", "route");
        ObjectNode conf = Conf.with(L3, SETTINGS);
        CniCall call = node.call(c1, afterVeth(conf));
        CniResult added = call.add().succeeded();
        call.stdin(Conf.after(conf, added)).check().succeeded();
        call.stdin(Conf.after(conf, added)).del().succeeded();
        assertThat(c1.addresses("eth0")).containsExactly("10.1.0.7/24");
        assertThat(c1.ok("ip", "route")).isEqualTo(routes);
        assertThat(node.link("given").path("flags").toString()).contains("\"UP\"");
        assertGivenBack();
        call.del().succeeded();
        assertThat(node.links()).contains("given");
    }

    @Test
    void linksThatWereDownAreDownAgain() {
        makeVeth();
        CniCall call = node.call(c1, afterVeth(L3));
        call.add().succeeded();
        call.del().succeeded();
        assertThat(node.link("given").path("flags").toString()).doesNotContain("\"UP\"");
        assertThat(Node.link(c1, "eth0").path("flags").toString()).doesNotContain("\"UP\"");
        assertGivenBack();
    }

    @Test
    void tapWithoutAnInterfaceInTheContainerIsJoinedAlone() {
        makeTap();
        Snapshot inside = c1.snapshot();
        ObjectNode conf = Conf.with(L3, "{'isGateway':true,'ipMasq':true}");
        CniCall call = node.call(c1, after(conf, "{'name':'tap0'},{'name':'eth0','sandbox':'/x'}"));
        CniResult added = call.add().succeeded();
        assertThat(node.ports("br1")).containsExactly("tap0");
        assertThat(node.addresses("br1")).containsExactly("10.9.0.1/24");
        assertThat(added.json().path("ips").path(1).has("interface")).isFalse();
        c1.snapshot().assertSameAs(inside);
        call.stdin(Conf.after(conf, added)).check().succeeded();
        host.ok("ip", "link", "set", "tap0", "nomaster");
        assertThat(
                        CniResult.words(
                                call.stdin(Conf.after(conf, added)).check().failedWith(103).json()))
                .contains("tap0 is no port of");
        call.stdin(Conf.after(conf, added)).del().succeeded();
        assertThat(node.links()).contains("tap0");
        assertGivenBack();
    }

    @Test
    void sourceMacsBehindATapAreCheckedIfTheyAreNamed() {
        makeTap();
        ObjectNode conf = Conf.with(after(L2, "{'name':'tap0'}"), "{'macspoofchk':true}");
        Snapshot before = host.snapshot();
        assertThat(CniResult.words(node.call(c1, conf).add().failedWith(7).json()))
                .contains("tap0");
        host.snapshot().without("^file /run/pontoon").assertSameAs(before);
        CniCall call = node.call(c1, conf).args("MAC=02:00:00:00:00:0a");
        call.add().succeeded();
        assertThat(node.ruleset()).contains("tap0", "02:00:00:00:00:0a");
        call.del().succeeded();
        assertGivenBack();
    }

    @Test
    void checkNamesWhatIsMissing() {
        makeVeth();
        ObjectNode conf = Conf.with(L3, SETTINGS);
        CniResult added = node.call(c1, afterVeth(conf)).add().succeeded();
        CniCall check = node.call(c1, Conf.after(conf, added));
        host.ok("bridge", "link", "set", "dev", "given", "hairpin", "off");
        assertThat(CniResult.words(check.check().failedWith(103).json())).contains("hairpin");
        host.ok("bridge", "link", "set", "dev", "given", "hairpin", "on");
        c1.ok("ip", "route", "del", "default");
        assertThat(CniResult.words(check.check().failedWith(103).json()))
                .contains("route to 0.0.0.0/0");
        c1.ok("ip", "addr", "flush", "dev", "eth0");
        assertThat(CniResult.words(check.check().failedWith(103).json())).contains("10.1.0.7/24");
    }

    @Test
    void failedAddGivesTheLinksBack() {
        makeVeth();
        Snapshot inside = c1.snapshot();
        host.ok("ip", "link", "add", "br1", "type", "bridge");
        host.ok("ip", "addr", "add", "10.77.0.1/16", "dev", "br1");
        CniCall call = node.call(c1, afterVeth(Conf.with(L3, "{'isGateway':true}")));
        call.add().failedWith(7);
        assertThat(node.ipamCalls()).containsExactly("ADD c1 eth0", "DEL c1 eth0");
        c1.snapshot().assertSameAs(inside);
        assertThat(node.links()).contains("given");
        assertGivenBack();
    }

    @Test
    void failureInsideTheContainerTakesOnlyItsOwnBack() {
        makeVeth();
        c1.ok("ip", "addr", "add", "10.9.0.2/24", "dev", "eth0");
        CniCall call = node.call(c1, afterVeth(L3));
        call.add().failed();
        assertThat(c1.addresses("eth0")).containsExactly("10.1.0.7/24", "10.9.0.2/24");
        assertGivenBack();
    }

    @Test
    void gcGivesTheLinksBack() {
        makeVeth();
        node.call(c1, afterVeth(L3)).add().succeeded();
        node.call(Conf.with(L3, "{'cni.dev/valid-attachments':[]}")).gc().succeeded();
        assertThat(c1.addresses("eth0")).containsExactly("10.1.0.7/24");
        assertThat(node.links()).contains("given");
        assertGivenBack();
    }

    @Test
    void delSucceedsWhenTheLinksAreGone() {
        makeVeth();
        CniCall call = node.call(c1, afterVeth(Conf.with(L3, "{'ipMasq':true}")));
        call.add().succeeded();
        host.ok("ip", "link", "del", "given");
        host.ok("ip", "link", "add", "given", "type", "veth", "peer", "name", "other");
        call.del().succeeded();
        assertThat(node.links()).contains("given");
        assertGivenBack();
    }

    @Test
    void delSucceedsWhenTheContainerIsGone() {
        makeTap();
        c1.ok("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "other");
        CniCall call =
                node.call(
                        c1,
                        after(
                                L3,
                                "{'name':'tap0'},{'name':'eth0','sandbox':'" + c1.netns() + "'}"));
        call.add().succeeded();
        assertThat(c1.addresses("eth0")).containsExactly("10.9.0.2/24");
        c1.remove();
        call.without("CNI_NETNS").del().succeeded();
        assertThat(node.links()).contains("tap0");
        assertGivenBack();
    }

    @Test
    void lostLedgerDoesNotCostTheLinks() {
        makeVeth();
        CniCall call = node.call(c1, afterVeth(L3));
        CniResult added = call.add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        call.stdin(Conf.after(L3, added)).del().succeeded();
        assertThat(node.links()).contains("given");
    }

    @Test
    void secondAddOfALiveAttachmentIsRefusedAndHarmless() {
        makeVeth();
        CniCall call = node.call(c1, afterVeth(L3));
        CniResult added = call.add().succeeded();
        Snapshot before = host.snapshot();
        call.add().failedWith(102);
        host.snapshot().assertSameAs(before);
        call.stdin(Conf.after(L3, added)).check().succeeded();
    }

    @Test
    void linkThatIsAPortAlreadyIsLeftToItsBridge() {
        makeVeth();
        host.sh("ip link add br9 type bridge; ip link set given master br9");
        node.call(c1, afterVeth(L3)).add().failedWith(102);
        assertThat(node.ports("br9")).containsExactly("given");
    }

    @Test
    void anotherMacThanTheLinkHasIsRefused() {
        makeVeth();
        Snapshot before = host.snapshot();
        ObjectNode conf = Conf.with(L3, "{'args':{'cni':{'mac':'02:00:00:00:00:0a'}}}");
        assertThat(CniResult.words(node.call(c1, afterVeth(conf)).add().failedWith(7).json()))
                .contains("02:00:00:00:00:0a");
        assertThat(node.ipamCalls()).isEmpty();
        host.snapshot().without("^file /run/pontoon").assertSameAs(before);
    }
}
