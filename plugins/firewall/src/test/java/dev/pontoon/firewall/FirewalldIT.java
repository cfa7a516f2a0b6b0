package dev.pontoon.firewall;

import static dev.pontoon.firewall.Node.CONF;
import static dev.pontoon.firewall.Node.OUTSIDE_V4;
import static dev.pontoon.firewall.Node.OUTSIDE_V6;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The backend that leaves it to firewalld: the real one, on a bus of the test's own. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class FirewalldIT {
    private static final ObjectNode C1 = Node.behind(CONF, 1, 2);

    private Host host;
    private Node node;
    private BusHost bus;
    private MountedContainer c1;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("nftables");
        host = fresh;
        node = new Node(fresh);
        bus = new BusHost(fresh);
        node.bridge(1);
        c1 = node.container("c1", 1, 2);
    }

    private CniCall call(ObjectNode conf) {
        return BusHost.onBus(node.call(conf, c1));
    }

    @ParameterizedTest(name = "backend \"{0}\"")
    @ValueSource(strings = {"", "firewalld"})
    void addressesAreSourcesOfTheTrustedZone(String backend) {
        node.outside();
        bus.start();
        bus.startFirewalld();
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        ObjectNode conf = Conf.with(C1, "{'backend':'" + backend + "'}");
        CniResult added = call(conf).add().succeeded();
        assertThat(added.json().path("ips")).hasSize(2);
        assertThat(bus.sources("trusted"))
                .containsExactlyInAnyOrder("10.1.0.2/32", "fd00:1::2/128");
        assertThat(node.ruleset()).doesNotContain("table inet pontoon");
        c1.awaitPing(OUTSIDE_V4);
        c1.awaitPing(OUTSIDE_V6);
        call(conf).check().succeeded();

        bus.cmd("--zone=trusted", "--remove-source=10.1.0.2/32");
        CniResult found = call(conf).check().failedWith(103);
        assertThat(found.json().path("msg").asText()).contains("trusted", "10.1.0.2");
        call(conf).del().succeeded();
        assertThat(bus.sources("trusted")).isEmpty();
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        call(conf).status().succeeded();
    }

    @Test
    @DisplayName("E43 DEL without prevResult takes the sources out of the zone of the ADD")
    void delWithoutPrevResult() {
        bus.start();
        bus.startFirewalld();
        call(Conf.with(C1, "{'FIREWALLDZONE':'internal'}")).add().succeeded();
        assertThat(bus.sources("internal")).hasSize(2);
        assertThat(bus.sources("trusted")).isEmpty();
        call(CONF).del().succeeded();
        assertThat(bus.sources("internal")).isEmpty();
    }

    @Test
    @DisplayName("E44 firewalld starts between ADD and DEL: what ADD made elsewhere is removed")
    void startsInBetween() {
        bus.start();
        call(C1).add().succeeded();
        assertThat(node.elements("firewall_v4")).hasSize(1);
        bus.startFirewalld();
        call(C1).check().succeeded();
        call(C1).del().succeeded();
        assertThat(node.ruleset()).doesNotContain("pontoon", "10.1.0.2");
        assertThat(bus.sources("trusted")).isEmpty();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }

    @Test
    @DisplayName("E44 firewalld stops between ADD and DEL: what it had is gone with it")
    void stopsInBetween() {
        bus.start();
        Running firewalld = bus.startFirewalld();
        call(C1).add().succeeded();
        bus.stop(firewalld);
        CniResult found = call(C1).check().failedWith(103);
        assertThat(found.json().path("msg").asText()).contains("firewalld");
        call(C1).del().succeeded();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        bus.startFirewalld();
        assertThat(bus.sources("trusted")).isEmpty();
        call(C1).del().succeeded();
    }

    @Test
    @DisplayName("E27 reload of firewalld: CHECK notices, DEL and ADD restore")
    void reloadIsRepaired() {
        bus.start();
        bus.startFirewalld();
        call(C1).add().succeeded();
        bus.cmd("--reload");
        assertThat(bus.sources("trusted")).isEmpty();
        call(C1).check().failedWith(103);
        call(C1).del().succeeded();
        call(C1).add().succeeded();
        call(C1).check().succeeded();
        assertThat(bus.sources("trusted")).hasSize(2);
    }

    @Test
    void sourceThatIsThereAlreadyIsTakenAndOneOfAnotherZoneIsNot() {
        bus.start();
        bus.startFirewalld();
        bus.cmd("--zone=trusted", "--add-source=10.1.0.2/32");
        call(C1).add().succeeded();
        call(C1).del().succeeded();
        bus.cmd("--zone=public", "--add-source=fd00:1::2/128");
        CniResult refused = call(C1).add().failedWith(105);
        assertThat(refused.json().path("msg").asText())
                .contains("fd00:1::2/128", "zone trusted", "ZONE_CONFLICT");
        assertThat(bus.sources("trusted")).isEmpty();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        refused = call(Conf.with(C1, "{'firewalldZone':'nowhere'}")).add().failedWith(105);
        assertThat(refused.json().path("msg").asText()).contains("INVALID_ZONE", "nowhere");
    }

    @Test
    void addressOfTwoAttachmentsStaysForTheSecond() {
        bus.start();
        bus.startFirewalld();
        CniCall second = call(Conf.with(C1, "{'name':'n2'}")).ifname("eth1");
        call(C1).add().succeeded();
        second.add().succeeded();
        call(C1).del().succeeded();
        assertThat(bus.sources("trusted")).hasSize(2);
        second.check().succeeded();
        second.del().succeeded();
        assertThat(bus.sources("trusted")).isEmpty();
    }

    @Test
    void policyIsMadeInOurOwnTable() {
        bus.start();
        bus.startFirewalld();
        ObjectNode conf = Conf.with(C1, "{'ingressPolicy':'isolated'}");
        call(conf).add().succeeded();
        assertThat(node.elements("firewall_bridges")).containsExactly("br1 n1");
        assertThat(node.elements("firewall_v4")).isEmpty();
        call(conf).check().succeeded();
        call(conf).del().succeeded();
        assertThat(node.ruleset()).doesNotContain("pontoon");
    }

    @Test
    void whatTheReferencePluginMadeIsCheckedAndRemoved() {
        Need.file(Node.REFERENCE.resolve("firewall"));
        bus.start();
        bus.startFirewalld();
        ObjectNode conf = Node.behind(Conf.with(CONF, "{'cniVersion':'1.0.0'}"), 1, 2);
        BusHost.onBus(node.reference(conf, c1)).add().succeeded();
        assertThat(bus.sources("trusted")).hasSize(2);
        call(conf).check().succeeded();
        call(conf).del().succeeded();
        assertThat(bus.sources("trusted")).isEmpty();
    }

    @Test
    void withoutFirewalldItsBackendFailsAndLeavesNothing() {
        ObjectNode conf = Conf.with(C1, "{'backend':'firewalld'}");
        CniResult refused = call(conf).add().failedWith(105);
        assertThat(refused.json().path("msg").asText()).contains("org.fedoraproject.FirewallD1");
        bus.start();
        call(conf).add().failedWith(105);
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        node.plain(conf).status().failedWith(50);
    }

    @Test
    void busThatNeverAnswersHasNoFirewalld() {
        Need.tool("socat");
        bus.startSilentBus();
        CniResult added = call(C1).add().succeeded();
        assertThat(added.stderr()).contains("no answer within");
        assertThat(node.elements("firewall_v4")).hasSize(1);
        call(C1).del().succeeded();
    }
}
