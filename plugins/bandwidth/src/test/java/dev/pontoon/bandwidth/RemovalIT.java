package dev.pontoon.bandwidth;

import static dev.pontoon.bandwidth.Node.BOTH;
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
import dev.pontoon.testing.Snapshot;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** DEL and GC, of our own limits and of the reference plugin's. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class RemovalIT {
    private static final ObjectNode OLD = Conf.with(BOTH, "{'cniVersion':'1.0.0'}");

    private Host host;
    private Node node;
    private MountedContainer c1;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("bandwidth");
        Need.kernel("ifb");
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
        node.attach(c1, "eth0", 1);
    }

    private CniCall call(ObjectNode conf) {
        return node.call(conf, c1, "eth0");
    }

    private MountedContainer another(String name, int subnet) {
        MountedContainer container = host.container(name);
        node.attach(container, "eth0", subnet);
        return container;
    }

    private void gc(String valid) {
        node.plain(Conf.with(BOTH, "{'cni.dev/valid-attachments':[" + valid + "]}"))
                .gc()
                .succeeded();
    }

    private static String valid(String container) {
        return "{'containerID':'" + container + "','ifname':'eth0'}";
    }

    /** The kernel takes the links of a namespace away a little after its end. */
    private void remove(MountedContainer container) {
        container.remove();
        Await.until(
                "the end of the veth pair",
                () -> host.run("ip", "link", "show", Node.veth(container, "eth0")).exit() != 0);
    }

    /** The kernel's, without the folders that our calls leave. */
    private Snapshot state() {
        return host.snapshot().without("^file /run/pontoon");
    }

    private void assertNothingIsLeft() {
        assertThat(node.ifbs()).isEmpty();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    void delOfWhatWasNeverLimitedSucceeds() {
        Snapshot before = state();
        CniCall call = call(BOTH);
        call.del().succeeded();
        call.without("CNI_NETNS").del().succeeded();
        call.netns("/run/netns/nowhere").del().succeeded();
        call.stdin(BOTH).del().succeeded();
        for (String broken :
                new String[] {
                    "{'prevResult':{}}",
                    "{'prevResult':{'cniVersion':'9.9.9'}}",
                    "{'prevResult':7}",
                    "{'ingressRate':'x','egressBurst':-1}",
                    "{'runtimeConfig':{'bandwidth':[]}}"
                }) {
            call.stdin(Conf.with(BOTH, broken)).del().succeeded();
        }
        state().assertSameAs(before);
    }

    @Test
    void delLeavesNothingWhenTheNamespaceIsGone() {
        CniCall call = call(BOTH);
        call.add().succeeded();
        remove(c1);
        call.without("CNI_NETNS").stdin(BOTH).del().succeeded();
        assertNothingIsLeft();
        call.del().succeeded();
    }

    @Test
    void delWithoutLedgerGoesByTheNames() {
        Snapshot before = state();
        CniResult added = call(BOTH).add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        call(BOTH).stdin(Conf.after(BOTH, added)).del().succeeded();
        state().assertSameAs(before);
    }

    @Test
    void unreadableLedgerIsNoObstacle() {
        call(BOTH).add().succeeded();
        host.write("/run/pontoon/ledger/n1/c1:eth0:bandwidth", "{");
        call(BOTH).del().succeeded();
        assertNothingIsLeft();
        assertThat(node.qdiscs("v-c1-eth0")).isEmpty();
    }

    @Test
    void delTakesNothingFromSomebodyElse() {
        call(BOTH).add().succeeded();
        host.sh("tc qdisc replace dev v-c1-eth0 root handle 9: pfifo");
        call(BOTH).del().succeeded();
        assertThat(node.qdiscs("v-c1-eth0")).hasSize(1);
        assertNothingIsLeft();
    }

    @Test
    void delOfAReferenceContainerFreesItWholly() {
        Need.file(Path.of("/usr/lib/cni/bandwidth"));
        Snapshot before = state();
        CniResult added = node.reference(OLD, c1, "eth0").add().succeeded();
        call(OLD).check().succeeded();
        call(OLD).add().failedWith(102);
        call(OLD).stdin(Conf.after(OLD, added)).del().succeeded();
        state().assertSameAs(before);
        node.reference(OLD, c1, "eth0").add().succeeded();
        remove(c1);
        call(OLD).without("CNI_NETNS").del().succeeded();
        assertNothingIsLeft();
    }

    @Test
    void referenceLimitOfAnotherInterfaceStays() {
        Need.file(Path.of("/usr/lib/cni/bandwidth"));
        node.attach(c1, "eth1", 2);
        node.reference(OLD, c1, "eth0").add().succeeded();
        CniCall eth1 = node.call(OLD, c1, "eth1");
        eth1.del().succeeded();
        eth1.add().succeeded();
        assertThat(node.ifbs()).hasSize(2);
        eth1.del().succeeded();
        assertThat(node.ifbs()).hasSize(1);
        call(OLD).check().succeeded();
    }

    @Test
    void gcRemovesWhatIsNotListedAndNothingElse() {
        MountedContainer c2 = another("c2", 2);
        MountedContainer c3 = another("c3", 3);
        ObjectNode otherNetwork = Conf.with(BOTH, "{'name':'n2'}");
        call(BOTH).add().succeeded();
        node.call(BOTH, c2, "eth0").add().succeeded();
        node.call(otherNetwork, c3, "eth0").add().succeeded();
        gc(valid("c2"));
        assertThat(node.ifbs()).hasSize(2);
        assertThat(node.qdiscs("v-c1-eth0")).isEmpty();
        node.call(BOTH, c2, "eth0").check().succeeded();
        node.call(otherNetwork, c3, "eth0").check().succeeded();
        node.plain(BOTH).gc().succeeded();
        assertThat(node.ifbs()).hasSize(2);
        gc("");
        assertThat(node.ifbs()).hasSize(1);
        assertThat(host.list("/run/pontoon/ledger")).containsExactly("n2");
    }

    @Test
    void gcKnowsItsOwnWithoutTheLedger() {
        MountedContainer c2 = another("c2", 2);
        MountedContainer c3 = another("c3", 3);
        call(BOTH).add().succeeded();
        node.call(BOTH, c2, "eth0").add().succeeded();
        node.call(Conf.with(BOTH, "{'name':'n2'}"), c3, "eth0").add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        gc(valid("c2"));
        assertThat(node.ifbs()).hasSize(2);
        assertThat(node.qdiscs("v-c1-eth0")).isEmpty();
        node.call(BOTH, c2, "eth0").check().succeeded();
    }

    @Test
    void gcCollectsOfTheReferencePluginWhatNobodyUses() {
        Need.file(Path.of("/usr/lib/cni/bandwidth"));
        MountedContainer c2 = another("c2", 2);
        MountedContainer c3 = another("c3", 3);
        node.reference(OLD, c1, "eth0").add().succeeded();
        node.reference(OLD, c2, "eth0").add().succeeded();
        node.reference(OLD, c3, "eth0").add().succeeded();
        host.ok("ip", "link", "add", "bwp0123456789ab", "type", "ifb");
        remove(c1);
        remove(c3);
        // Still listed, unused, or still used: only the first is nobody's.
        gc(valid("c3"));
        assertThat(node.ifbs())
                .hasSize(3)
                .contains("bwp0123456789ab")
                .doesNotContain("bwp7be53730afe4");
        node.call(OLD, c2, "eth0").check().succeeded();
    }
}
