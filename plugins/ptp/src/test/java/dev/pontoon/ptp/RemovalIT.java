package dev.pontoon.ptp;

import static dev.pontoon.ptp.Node.CONF;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.RunningCall;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** DEL, GC, STATUS, and the way back from an ADD that failed or was killed. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class RemovalIT {
    private static final ObjectNode MASQUERADED = Conf.with(CONF, "{'ipMasq':true}");
    private static final ObjectNode SLOW = Conf.with(MASQUERADED, "{'ipam':{'type':'slow'}}");

    private Node node;
    private Host host;
    private Container c1;
    private CniCall call;
    private Snapshot before;

    /**
     * Forwarding, which stays, is on already, so that a host without attachments looks the same.
     */
    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
        call = node.call(c1, MASQUERADED);
        host.sh("sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
        before = state();
    }

    /** Without the paths of containers, and without the ledger, which is looked at by itself. */
    private Snapshot state() {
        return host.snapshot().without("/run/(pontoon|netns)");
    }

    private void requireAsBefore() {
        node.requireNothingLeft();
        state().assertSameAs(before);
    }

    @Test
    void delLeavesNothing() {
        Snapshot inside = c1.snapshot();
        CniResult added = call.add().succeeded();
        call.stdin(Conf.after(MASQUERADED, added)).del().succeeded();
        requireAsBefore();
        c1.snapshot().assertSameAs(inside);
        call.del().succeeded();
    }

    @Test
    void delOfWhatWasNeverAddedSucceedsAndAsksTheIpamPlugin() {
        call.del().succeeded();
        call.without("CNI_NETNS").del().succeeded();
        call.netns("/run/netns/nowhere").del().succeeded();
        call.stdin(Conf.with(CONF, "{'prevResult':{'ips':'none'}}")).del().succeeded();
        call.stdin(Conf.with(CONF, "{'mtu':-1,'ipMasqBackend':'none'}")).del().succeeded();
        assertThat(node.ipam().calls()).hasSize(5).containsOnly("DEL c1 eth0");
        requireAsBefore();
    }

    @Test
    void delNeedsNoIpamPluginInTheConfiguration() {
        call.add().succeeded();
        call.stdin(Conf.with(MASQUERADED, "{'ipam':null}")).del().succeeded();
        requireAsBefore();
    }

    @Test
    void delWithoutNamespaceOrResultRemovesEverything() {
        call.add().succeeded();
        c1.remove();
        call.without("CNI_NETNS").del().succeeded();
        requireAsBefore();
        assertThat(node.ipam().calls()).containsExactly("ADD c1 eth0", "DEL c1 eth0");
    }

    @Test
    void delOfANamespaceThatLivesWithoutItsPathTakesTheLinkAway() {
        call.add().succeeded();
        call.netns("/run/netns/nowhere").del().succeeded();
        assertThat(c1.json("ip", "-j", "link")).hasSize(1);
        requireAsBefore();
    }

    @Test
    void delOfAStoppedContainerLeavesTheNextOneInItsPlaceAlone() {
        CniResult added = call.add().succeeded();
        c1.remove();
        Container next = host.container("c1");
        next.ok("ip", "link", "add", "eth0", "type", "veth", "peer", "other");
        call.stdin(Conf.after(MASQUERADED, added)).del().succeeded();
        assertThat(next.json("ip", "-j", "link").findValuesAsText("ifname")).contains("eth0");
        requireAsBefore();
    }

    @Test
    void lostOrDamagedLedgerIsReplacedByTheResult() {
        CniCall after = call.stdin(Conf.after(MASQUERADED, call.add().succeeded()));
        host.ok("rm", "-rf", "/run/pontoon");
        after.del().succeeded();
        requireAsBefore();
        after = call.stdin(Conf.after(MASQUERADED, call.add().succeeded()));
        host.write("/run/pontoon/ledger/n1/c1:eth0:ptp", "{");
        // As bandwidth notes it, behind this plugin in a chain.
        String chained = "{'facts':{'hostVeth':'" + node.links().getFirst() + "'}}";
        host.write("/run/pontoon/ledger/n1/c1:eth0:bandwidth", Conf.of(chained).toString());
        call.add().failedWith(102);
        after.check().succeeded();
        after.del().succeeded();
        host.ok("rm", "-rf", "/run/pontoon/ledger/n1");
        requireAsBefore();
    }

    @Test
    void resultOfSomebodyElseTakesNothingFromHim() {
        Container c2 = node.another("c2", 3);
        CniCall second = node.call(c2, MASQUERADED);
        CniCall check = second.stdin(Conf.after(MASQUERADED, second.add().succeeded()));
        // As a runtime would that mixed up its notes.
        check.containerId("c1").del().succeeded();
        check.containerId("c1").netns(c1.netns()).del().succeeded();
        check.check().succeeded();
    }

    @Test
    void failureOfTheIpamPluginDoesNotKeepTheRestAndIsTold() {
        call.add().succeeded();
        node.ipam().fails("DEL", 11);
        String words = CniResult.words(call.del().failedWith(11).json());
        assertThat(words).contains("told to fail").doesNotContainIgnoringCase("not found");
        assertThat(node.links()).isEmpty();
        assertThat(node.ruleset()).isEmpty();
        node.ipam().mends("DEL");
        call.del().succeeded();
        requireAsBefore();
    }

    @Test
    void addThatTheIpamPluginRefusesLeavesNothing() {
        Snapshot inside = c1.snapshot();
        node.ipam().fails("ADD", 104);
        assertThat(CniResult.words(call.add().failedWith(104).json())).contains("told to fail");
        requireAsBefore();
        c1.snapshot().assertSameAs(inside);
        assertThat(node.ipam().calls()).containsExactly("ADD c1 eth0", "DEL c1 eth0");
        node.ipam().mends("ADD");
        call.add().succeeded();
    }

    @Test
    void addWhoseIpamPluginIsKilledLeavesNothing() {
        host.script(node.bin() + "/slow", "#!/bin/sh\n[ $CNI_COMMAND != ADD ] || kill -9 $$\n");
        Snapshot inside = c1.snapshot();
        call.stdin(SLOW).add().failedWith(105);
        requireAsBefore();
        c1.snapshot().assertSameAs(inside);
    }

    /** A call in the middle of its work: the link is there, and the IPAM plugin does not answer. */
    private RunningCall startSlowAdd() {
        host.script(
                node.bin() + "/slow",
                "#!/bin/sh\n[ $CNI_COMMAND = ADD ] || exit 0\ntouch /run/asked\nexec sleep 50\n");
        RunningCall running = call.stdin(SLOW).start("ADD");
        Await.until("the IPAM plugin to be asked", () -> host.exists("/run/asked"));
        assertThat(node.links()).hasSize(1);
        host.ok("rm", "/run/asked");
        return running;
    }

    @Test
    void whatAKilledAddLeavesIsRemovedByDelGcOrTheNextAdd() {
        startSlowAdd().kill();
        assertThat(host.list("/run/pontoon/ledger/n1")).containsExactly("c1:eth0:ptp");
        call.without("CNI_NETNS").del().succeeded();
        requireAsBefore();
        startSlowAdd().kill();
        node.call(Conf.with(MASQUERADED, "{'cni.dev/valid-attachments':[]}")).gc().succeeded();
        // A service that was at work on the call is left alone, and undoes it itself.
        Await.until("the link to go", () -> node.links().isEmpty());
        Await.until("its record to go", () -> host.list("/run/pontoon/ledger").isEmpty());
        requireAsBefore();
        startSlowAdd().kill();
        CniResult added = call.add().succeeded();
        assertThat(node.links()).containsExactly(Node.hostEnd(added));
        call.stdin(Conf.after(MASQUERADED, added)).check().succeeded();
        call.del().succeeded();
        requireAsBefore();
    }

    @Test
    void stoppedAddUndoesItself() {
        Assumptions.assumeTrue(
                System.getProperty("pontoon.dist") != null,
                "needs: pontoon.dist (only the packaged plugin heeds signals)");
        RunningCall running = startSlowAdd();
        running.signal("TERM");
        running.await().failedWith(101);
        requireAsBefore();
    }

    @Test
    void gcRemovesWhatIsNotListedAndKeepsTheRest() {
        Container c2 = node.another("c2", 3);
        Container foreign = node.another("c3", 4);
        var other = Conf.with(MASQUERADED, "{'name':'n2'}");
        call.add().succeeded();
        CniCall second = node.call(c2, MASQUERADED);
        CniCall kept = second.stdin(Conf.after(MASQUERADED, second.add().succeeded()));
        CniCall third = node.call(foreign, other);
        CniCall untouched = third.stdin(Conf.after(other, third.add().succeeded()));
        c1.remove();

        var valid = "{'cni.dev/valid-attachments':[{'containerID':'c2','ifname':'eth0'}]}";
        node.call(Conf.with(MASQUERADED, valid)).gc().succeeded();
        assertThat(node.links()).hasSize(2);
        assertThat(node.ruleset()).contains("n1/c2/eth0", "n2/c3/eth0").doesNotContain("c1/");
        assertThat(host.list("/run/pontoon/ledger/n1")).containsExactly("c2:eth0:ptp");
        assertThat(node.ipam().calls()).contains("GC  ");
        kept.check().succeeded();

        node.call(MASQUERADED).gc().succeeded();
        kept.check().succeeded();
        node.call(Conf.with(MASQUERADED, "{'cni.dev/valid-attachments':null}")).gc().succeeded();
        untouched.check().succeeded();
        untouched.del().succeeded();
        requireAsBefore();
    }

    @Test
    void gcFindsWhatNoRecordLeadsTo() {
        call.add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        c1.remove();
        node.ipam().fails("GC", 11);
        node.call(Conf.with(MASQUERADED, "{'cni.dev/valid-attachments':[]}")).gc().failedWith(11);
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void statusTellsWhatKeepsAnAddFromBeingServed() {
        CniCall status = node.call(MASQUERADED);
        status.status().succeeded();
        requireAsBefore();
        status.stdin(Conf.with(CONF, "{'mtu':1}")).status().failedWith(7);
        status.stdin(Conf.with(CONF, "{'ipam':null}")).status().failedWith(7);
        status.stdin(Conf.with(CONF, "{'ipam':{'type':'nowhere'}}")).status().failedWith(50);
        node.ipam().fails("STATUS", 50);
        status.status().failedWith(50);
        node.ipam().mends("STATUS");
        host.sh("sysctl -q net.ipv4.ip_forward=0");
        status.status().succeeded();
        call.add().succeeded();
        status.status().succeeded();
        host.sh("sysctl -q net.ipv6.conf.all.forwarding=0");
        assertThat(CniResult.words(status.status().failedWith(51).json()))
                .contains("net.ipv6.conf.all.forwarding");
    }
}
