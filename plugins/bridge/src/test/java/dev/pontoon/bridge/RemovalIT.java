package dev.pontoon.bridge;

import static dev.pontoon.bridge.Node.L3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.RunningCall;
import dev.pontoon.testing.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** DEL, GC, and the way back from an ADD that failed. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class RemovalIT {
    private static final ObjectNode CONF =
            Conf.with(L3, "{'isDefaultGateway':true,'ipMasq':true,'macspoofchk':true}");

    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
    }

    private void assertNothingIsLeft() {
        assertThat(node.ports("br1")).isEmpty();
        assertThat(node.ruleset()).isEmpty();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    private Container another(String name, String address) {
        Container container = host.container(name);
        node.gives(container, "eth0", "{'ips':[{'address':'" + address + "'}]}");
        return container;
    }

    @Test
    void delOfWhatWasNeverAddedSucceedsAndAsksTheIpamPlugin() {
        Snapshot before = host.snapshot();
        CniCall call = node.call(c1, CONF);
        call.del().succeeded();
        call.without("CNI_NETNS").del().succeeded();
        call.netns("/run/netns/nowhere").del().succeeded();
        call.args("broken").del().succeeded();
        call.stdin(Conf.with(CONF, "{'prevResult':{'ips':'none'}}")).del().succeeded();
        call.stdin(Conf.with(CONF, "{'mtu':-1,'vlan':5000,'hairpinMode':true,'promiscMode':true}"))
                .del()
                .succeeded();
        assertThat(node.ipamCalls()).hasSize(6).containsOnly("DEL c1 eth0");
        host.snapshot().without("^file /run/pontoon").assertSameAs(before);
    }

    @Test
    void delWithoutNamespaceOrResultRemovesEverything() {
        CniCall call = node.call(c1, CONF);
        call.add().succeeded();
        c1.remove();
        call.without("CNI_NETNS").del().succeeded();
        assertNothingIsLeft();
        call.del().succeeded();
        assertThat(node.ipamCalls()).containsExactly("ADD c1 eth0", "DEL c1 eth0", "DEL c1 eth0");
    }

    @Test
    void delOfAStoppedContainerLeavesTheNextOneInItsPlaceAlone() {
        CniCall call = node.call(c1, CONF);
        CniResult added = call.add().succeeded();
        c1.remove();
        Container next = host.container("c1");
        next.ok("ip", "link", "add", "eth0", "type", "veth", "peer", "other");
        call.stdin(Conf.after(CONF, added)).del().succeeded();
        assertThat(next.json("ip", "-j", "link").findValuesAsText("ifname")).contains("eth0");
        assertNothingIsLeft();
    }

    @Test
    void failureOfTheIpamPluginDoesNotKeepTheRestAndIsTold() {
        CniCall call = node.call(c1, CONF);
        call.add().succeeded();
        node.ipamFails("DEL", 11);
        String words = CniResult.words(call.del().failedWith(11).json());
        assertThat(words).contains("told to fail").doesNotContainIgnoringCase("not found");
        assertThat(node.ports("br1")).isEmpty();
        assertThat(node.ruleset()).isEmpty();
        node.ipamMends("DEL");
        call.del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void resultOfSomebodyElseTakesNothingFromHim() {
        Container c2 = another("c2", "10.9.0.3/24");
        CniCall second = node.call(c2, CONF);
        CniCall check = second.stdin(Conf.after(CONF, second.add().succeeded()));
        // As a runtime would that mixed up its notes.
        check.containerId("c1").del().succeeded();
        check.containerId("c1").netns(c1.netns()).del().succeeded();
        check.check().succeeded();
    }

    @Test
    void lostLedgerIsReplacedByTheResult() {
        CniCall call = node.call(c1, CONF);
        CniResult added = call.add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        call.stdin(Conf.after(CONF, added)).del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void damagedRecordIsReplacedByTheResultAndCostsNoLiveAddress() {
        CniCall call = node.call(c1, CONF);
        CniResult added = call.add().succeeded();
        host.write("/run/pontoon/ledger/n1/c1:eth0:bridge", "{");
        call.add().failedWith(102);
        assertThat(node.ipamCalls()).containsExactly("ADD c1 eth0");
        call.stdin(Conf.after(CONF, added)).check().succeeded();
        call.stdin(Conf.after(CONF, added)).del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void addThatTheIpamPluginRefusesLeavesNothing() {
        Snapshot inside = c1.snapshot();
        node.ipamFails("ADD", 104);
        CniCall call = node.call(c1, CONF);
        assertThat(CniResult.words(call.add().failedWith(104).json())).contains("told to fail");
        assertNothingIsLeft();
        c1.snapshot().assertSameAs(inside);
        assertThat(node.ipamCalls()).containsExactly("ADD c1 eth0", "DEL c1 eth0");
        node.ipamMends("ADD");
        call.add().succeeded();
    }

    @Test
    void ipamPluginThatGivesNothingIsAskedToTakeItBack() {
        node.gives("{'ips':[]}");
        assertThat(CniResult.words(node.call(c1, CONF).add().failedWith(7).json()))
                .contains("given", "no address");
        assertThat(node.ipamCalls()).containsExactly("ADD c1 eth0", "DEL c1 eth0");
        assertNothingIsLeft();
    }

    @Test
    void gcRemovesWhatIsNotListedAndKeepsTheRest() {
        Container c2 = another("c2", "10.9.0.3/24");
        Container foreign = another("c3", "10.9.0.4/24");
        var other = Conf.with(CONF, "{'name':'n2'}");
        node.call(c1, CONF).add().succeeded();
        node.gives(c1, "net1", "{'ips':[{'address':'10.9.0.5/24'}]}");
        node.call(c1, CONF).ifname("net1").add().succeeded();
        CniCall second = node.call(c2, CONF);
        CniResult kept = second.add().succeeded();
        CniCall third = node.call(foreign, other);
        CniResult foreignResult = third.add().succeeded();
        c1.remove();

        var valid = "{'cni.dev/valid-attachments':[{'containerID':'c2','ifname':'eth0'}]}";
        node.call(Conf.with(CONF, valid)).gc().succeeded();
        assertThat(node.ports("br1")).hasSize(2);
        assertThat(node.ruleset()).contains("n1/c2/eth0", "n2/c3/eth0").doesNotContain("c1/");
        assertThat(host.list("/run/pontoon/ledger/n1")).containsExactly("c2:eth0:bridge");
        second.stdin(Conf.after(CONF, kept)).check().succeeded();
        third.stdin(Conf.after(other, foreignResult)).check().succeeded();
        assertThat(node.ipamCalls()).contains("GC  ");

        node.call(CONF).gc().succeeded();
        second.stdin(Conf.after(CONF, kept)).check().succeeded();
        node.call(Conf.with(CONF, "{'cni.dev/valid-attachments':null}")).gc().succeeded();
        third.stdin(Conf.after(other, foreignResult)).check().succeeded();
        third.del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void gcFindsWhatNoRecordLeadsTo() {
        node.call(c1, CONF).add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        c1.remove();
        node.ipamFails("GC", 11);
        node.call(Conf.with(CONF, "{'cni.dev/valid-attachments':[]}")).gc().failedWith(11);
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void manyAtOnceGetInNobodysWay() {
        List<CniCall> calls = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            calls.add(node.call(another("p" + i, "10.9.0." + (i + 10) + "/24"), CONF));
        }
        List<CniResult> results = all(calls, "ADD");
        assertThat(node.ports("br1")).hasSize(6);
        // Three leave, and one comes, while GC knows of all that stay.
        List<RunningCall> running = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            running.add(calls.get(i).start("DEL"));
        }
        running.add(node.call(another("late", "10.9.0.20/24"), CONF).start("ADD"));
        running.add(node.call(Conf.with(CONF, valid("p4", "p5", "p6", "late"))).start("GC"));
        running.forEach(call -> call.await().succeeded());
        assertThat(node.ports("br1")).hasSize(4);
        for (int i = 3; i < 6; i++) {
            calls.get(i).stdin(Conf.after(CONF, results.get(i))).check().succeeded();
        }
        List<CniCall> rest = new ArrayList<>(calls.subList(3, 6));
        rest.add(calls.getFirst().containerId("late"));
        all(rest, "DEL");
        assertNothingIsLeft();
    }

    private static List<CniResult> all(List<CniCall> calls, String verb) {
        List<RunningCall> running = calls.stream().map(call -> call.start(verb)).toList();
        return running.stream().map(call -> call.await().succeeded()).toList();
    }

    private static String valid(String... containers) {
        List<String> entries = new ArrayList<>();
        for (String each : containers) {
            entries.add("{'containerID':'" + each + "','ifname':'eth0'}");
        }
        return "{'cni.dev/valid-attachments':[" + String.join(",", entries) + "]}";
    }
}
