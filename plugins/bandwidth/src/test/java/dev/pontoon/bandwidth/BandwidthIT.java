package dev.pontoon.bandwidth;

import static dev.pontoon.bandwidth.Node.BOTH;
import static dev.pontoon.bandwidth.Node.CONF;
import static dev.pontoon.bandwidth.Node.EGRESS;
import static dev.pontoon.bandwidth.Node.INGRESS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.Attachment;
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
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ADD makes, what it refuses, and what tc shows of it. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class BandwidthIT {
    private static final String OUR_FILES = "^file /run/pontoon";

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

    private void assertNothingIsLeft(Snapshot before) {
        host.snapshot().without(OUR_FILES).assertSameAs(before.without(OUR_FILES));
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        assertThat(host.list("/run/pontoon/locks")).isEmpty();
    }

    @Test
    void bothDirectionsAreLimitedCheckedAndFreedAgain() {
        Snapshot before = host.snapshot();
        host.ok("ip", "link", "set", "v-c1-eth0", "mtu", "1400");
        CniResult added = call(BOTH).add().succeeded();

        assertThat(node.limit("v-c1-eth0")).isEqualTo("1000000 100000 25000");
        assertThat(node.limit(node.ifb())).isEqualTo("2000000 400000 25000");
        assertThat(node.filters("v-c1-eth0"))
                .contains("protocol all", "match 00000000/00000000 at 0")
                .containsOnlyOnce("mirred (Egress Redirect to device " + node.ifb() + ") stolen");
        JsonNode ifb = host.json("ip", "-j", "link", "show", node.ifb()).path(0);
        assertThat(ifb.path("flags").toString()).contains("\"UP\"");
        assertThat(ifb.path("mtu").asInt()).isEqualTo(1400);
        JsonNode interfaces = added.json().path("interfaces");
        assertThat(interfaces.findValuesAsText("name"))
                .containsExactly("v-c1-eth0", "eth0", node.ifb());
        assertThat(interfaces.path(2).path("mac").asText()).isEqualTo(ifb.path("address").asText());
        assertThat(interfaces.path(2).has("sandbox")).isFalse();
        assertThat(added.json().path("ips").findValuesAsText("address"))
                .containsExactly("10.1.0.2/24");
        call(Conf.after(BOTH, added)).stdin(Conf.after(BOTH, added)).check().succeeded();

        call(BOTH).stdin(Conf.after(BOTH, added)).del().succeeded();
        host.ok("ip", "link", "set", "v-c1-eth0", "mtu", "1500");
        assertNothingIsLeft(before);
        call(BOTH).del().succeeded();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"})
    void everyVersionWithChainsIsServed(String version) {
        Snapshot before = host.snapshot();
        ObjectNode conf = Conf.with(BOTH, "{'cniVersion':'" + version + "'}");
        CniResult added = call(conf).add().succeeded();
        assertThat(added.json().path("cniVersion").asText()).isEqualTo(version);
        assertThat(added.json().path("interfaces")).hasSize(3);
        call(conf).stdin(Conf.after(conf, added)).del().succeeded();
        assertNothingIsLeft(before);
        assertThat(node.plain(conf).version().json().path("supportedVersions").toString())
                .isEqualTo("[\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]");
    }

    @Test
    void oneDirectionLeavesTheOtherAlone() {
        CniCall in = call(Conf.with(CONF, "{" + INGRESS + "}"));
        assertThat(in.add().succeeded().json().path("interfaces")).hasSize(2);
        assertThat(node.qdiscs("v-c1-eth0")).hasSize(1);
        assertThat(node.ifbs()).isEmpty();
        in.del().succeeded();
        call(Conf.with(CONF, "{" + EGRESS + "}")).add().succeeded();
        assertThat(node.limit("v-c1-eth0")).isEmpty();
        assertThat(node.limit(node.ifb())).isEqualTo("2000000 400000 25000");
    }

    @Test
    void runtimeGivesLimitsAndTheConfigurationsOwnWin() {
        String runtime =
                "'runtimeConfig':{'bandwidth':{'IngressRate':8000000,'IngressBurst':800000,"
                        + "'EgressRate':16000000,'EgressBurst':3200000}}";
        CniCall given = call(Conf.with(CONF, "{" + runtime + "}"));
        given.add().succeeded();
        assertThat(node.limit("v-c1-eth0")).isEqualTo("1000000 100000 25000");
        assertThat(node.limit(node.ifb())).isEqualTo("2000000 400000 25000");
        // A runtime need not tell DEL again.
        call(CONF).del().succeeded();
        assertThat(node.ifbs()).isEmpty();
        String own = "'ingressRate':4000000,'ingressBurst':400000,";
        call(Conf.with(CONF, "{" + own + runtime + "}")).add().succeeded();
        assertThat(node.limit("v-c1-eth0")).isEqualTo("500000 50000 25000");
        assertThat(node.ifbs()).isEmpty();
    }

    @ParameterizedTest(name = "rate {0}, burst {1}")
    @CsvSource({
        "8000000, 800000",
        "16000000, 1600000",
        "1000000, 10000000",
        "1000000000, 4000000000",
        // More than 4 GB/s.
        "80000000000, 80000000"
    })
    void figuresAreTheReferencePlugins(long rate, long burst) {
        Need.file(Path.of("/usr/lib/cni/bandwidth"));
        MountedContainer c2 = host.container("c2");
        node.attach(c2, "eth0", 2);
        String limit = "'%1$sRate':%2$d,'%1$sBurst':%3$d";
        ObjectNode conf =
                Conf.with(
                        CONF,
                        "{'cniVersion':'1.0.0',"
                                + limit.formatted("ingress", rate, burst)
                                + ","
                                + limit.formatted("egress", rate, burst)
                                + "}");
        node.reference(conf, c2, "eth0").add().succeeded();
        String theirs = node.ifb();
        JsonNode ours = call(conf).add().succeeded().json().path("interfaces").path(2).path("name");
        assertThat(node.limit("v-c1-eth0")).isNotEmpty().isEqualTo(node.limit("v-c2-eth0"));
        assertThat(node.limit(ours.asText())).isNotEmpty().isEqualTo(node.limit(theirs));
        assertThat(node.qdiscs("v-c1-eth0")).hasSameSizeAs(node.qdiscs("v-c2-eth0"));
        // Attached before the swap, it is right after it.
        node.call(conf, c2, "eth0").check().succeeded();
    }

    @Test
    void burstOfContainerdIsTakenAndNotWrapped() {
        String limits = "{'ingressRate':10000000,'ingressBurst':4294967295}";
        ObjectNode conf = Conf.with(CONF, limits);
        call(conf).add().succeeded();
        assertThat(node.limit("v-c1-eth0")).startsWith("1250000 3435");
        call(conf).check().succeeded();
    }

    @Test
    void checkTakesWhatTheReferencePluginMadeOfContainerdsBurst() {
        Need.file(Path.of("/usr/lib/cni/bandwidth"));
        ObjectNode conf =
                Conf.with(
                        CONF,
                        "{'cniVersion':'1.0.0','ingressRate':10000000,'ingressBurst':4294967295,"
                                + "'egressRate':3333333,'egressBurst':777777}");
        node.reference(conf, c1, "eth0").add().succeeded();
        call(conf).check().succeeded();
    }

    @Test
    @DisplayName("E19 two interfaces of one container are limited, and freed one by one")
    void interfacesOfOneContainerAreLimitedAndFreedOneByOne() {
        node.attach(c1, "eth1", 2);
        Snapshot before = host.snapshot();
        CniCall eth0 = call(BOTH);
        CniCall eth1 = node.call(BOTH, c1, "eth1");
        eth0.add().succeeded();
        eth1.add().succeeded();
        assertThat(node.ifbs()).hasSize(2).doesNotHaveDuplicates();
        eth0.del().succeeded();
        assertThat(node.qdiscs("v-c1-eth0")).isEmpty();
        assertThat(node.limit(node.ifb())).isNotEmpty();
        eth1.check().succeeded();
        eth1.del().succeeded();
        assertNothingIsLeft(before);
    }

    @Test
    void liveLimitsAreNotMadeTwice() {
        CniCall call = call(BOTH);
        call.add().succeeded();
        Snapshot before = host.snapshot();
        assertThat(CniResult.words(call.add().failedWith(102).json())).contains("v-c1-eth0");
        call(CONF).add().failedWith(102);
        host.snapshot().assertSameAs(before);
        call.check().succeeded();
    }

    @Test
    void remainsOfAnAddThatWasKilledAreRemovedFirst() {
        CniCall call = call(BOTH);
        call.add().succeeded();
        String entry = "/run/pontoon/ledger/n1/c1:eth0:bandwidth";
        host.write(entry, host.read(entry).replace("\"finished\":true", "\"finished\":false"));
        call.add().succeeded();
        assertThat(node.ifbs()).hasSize(1);
        call.check().succeeded();
        host.write(entry, host.read(entry).replace("\"finished\":true", "\"finished\":false"));
        // Without limits this time.
        assertThat(call(CONF).add().succeeded().json().path("interfaces")).hasSize(2);
        assertThat(node.ifbs()).isEmpty();
        assertThat(node.qdiscs("v-c1-eth0")).isEmpty();
    }

    @Test
    void limitsOfAnEarlierPairAreReplaced() {
        CniCall call = call(BOTH);
        call.add().succeeded();
        host.ok("ip", "link", "del", "v-c1-eth0");
        node.attach(c1, "eth0", 1);
        call.add().succeeded();
        call.check().succeeded();
        assertThat(node.ifbs()).hasSize(1);
    }

    @Test
    void leftoverOfALostLedgerIsNotInTheWay() {
        CniCall call = call(BOTH);
        call.add().succeeded();
        host.ok("rm", "-rf", "/run/pontoon");
        host.ok("ip", "link", "del", "v-c1-eth0");
        node.attach(c1, "eth0", 1);
        call.add().succeeded();
        call.check().succeeded();
        assertThat(node.ifbs()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'ingressRate':0,'ingressBurst':0,'egressRate':0,'egressBurst':0}",
                "{'runtimeConfig':{'bandwidth':{'ingressRate':0}}}"
            })
    void withoutLimitsTheResultIsPassedOnAndNothingIsTouched(String keys) {
        Snapshot before = host.snapshot();
        ObjectNode conf = Conf.with(CONF, keys);
        JsonNode result = call(conf).add().succeeded().json();
        assertThat(result.path("interfaces").findValuesAsText("name"))
                .containsExactly("v-c1-eth0", "eth0");
        assertThat(result.path("ips")).hasSize(1);
        call(conf).check().succeeded();
        host.snapshot().assertSameAs(before);
        call(conf).del().succeeded();
        assertNothingIsLeft(before);
    }

    @Test
    void withoutAPreviousResultThereIsAnError() {
        for (ObjectNode conf : new ObjectNode[] {CONF, BOTH}) {
            CniCall call = node.plain(conf).container(c1);
            assertThat(CniResult.words(call.add().failedWith(7).json())).contains("prevResult");
            call.del().succeeded();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'ingressRate':8000000}",
                "{'egressBurst':8000000}",
                "{'egressRate':7,'egressBurst':800000}",
                "{'egressRate':8000000,'egressBurst':34359738360}",
                "{'runtimeConfig':{'bandwidth':{'EgressRate':8000000}}}"
            })
    void whatCannotBeIsRefusedBeforeAnythingIsTouched(String keys) {
        Snapshot before = host.snapshot();
        ObjectNode conf = Conf.with(CONF, keys);
        call(conf).add().failedWith(7);
        node.plain(conf).status().failedWith(7);
        host.snapshot().assertSameAs(before);
        call(conf).del().succeeded();
    }

    @Test
    void burstThatHoldsNoWholePacketIsRefused() {
        Snapshot before = host.snapshot();
        String limits = "{'ingressRate':8000000,'ingressBurst':12104}";
        assertThat(CniResult.words(call(Conf.with(CONF, limits)).add().failedWith(7).json()))
                .contains("ingressBurst 12104", "12112", "MTU of 1500");
        assertNothingIsLeft(before);
        String enough = limits.replace("12104", "12112");
        call(Conf.with(CONF, enough)).add().succeeded();
        c1.ok("ping", "-c1", "-W2", "10.1.0.1");
        host.ok("ping", "-c1", "-W2", "-s1472", "10.1.0.2");
    }

    @Test
    void whatIsNoVethOfTheHostIsRefusedByItsName() {
        host.container("c2");
        host.sh(
                "ip -n c1 link add between type veth peer name eth0 netns c2;"
                        + "ip -n c1 link add in type veth peer name out;"
                        + "ip -n c1 link add some type ifb");
        Snapshot before = host.snapshot();
        assertThat(CniResult.words(call(BOTH).ifname("none").add().failedWith(7).json()))
                .contains("no interface none");
        assertThat(CniResult.words(call(BOTH).ifname("some").add().failedWith(7).json()))
                .contains("some is no veth but of kind ifb");
        for (String ifname : new String[] {"between", "in"}) {
            assertThat(CniResult.words(call(BOTH).ifname(ifname).add().failedWith(7).json()))
                    .contains(ifname + " is not in the host's namespace");
        }
        assertNothingIsLeft(before);
    }

    @Test
    void interfacesThatThePreviousResultKeepsQuietAboutAreFound() {
        String nothing = "{'prevResult':{'cniVersion':'1.1.0','ips':[]}}";
        CniResult added = call(BOTH).stdin(Conf.with(BOTH, nothing)).add().succeeded();
        assertThat(added.json().path("interfaces")).hasSize(1);
        assertThat(node.limit("v-c1-eth0")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "root handle 7: pfifo",
                "root handle 1: tbf rate 1mbit burst 10k latency 9ms",
                "ingress",
                "clsact"
            })
    void qdiscOfSomebodyElseIsLeftAlone(String qdisc) {
        host.sh("tc qdisc add dev v-c1-eth0 " + qdisc);
        Snapshot before = host.snapshot();
        assertThat(CniResult.words(call(BOTH).add().failedWith(102).json()))
                .contains("v-c1-eth0 has the qdisc");
        call(BOTH).del().succeeded();
        assertNothingIsLeft(before);
    }

    @Test
    void failedStepLeavesNothing() {
        String name = IfbNames.of(new Attachment("n1", "c1", "eth0"));
        host.ok("ip", "link", "add", name, "type", "bridge");
        Snapshot before = host.snapshot();
        assertThat(CniResult.words(call(BOTH).add().failedWith(100).json()))
                .contains("create ifb " + name, "EEXIST");
        assertNothingIsLeft(before);
    }

    /** As a kernel would that has no memory left, at each message to it in turn. */
    private CniResult addWithMessageLost(int number) {
        Path traced = host.temp().resolve("traced" + number);
        host.script(
                traced + "/bandwidth",
                "#!/bin/sh\nexec strace -f -qq -o /dev/null -e inject=sendto:error=ENOBUFS:when="
                        + number
                        + " "
                        + host.temp()
                        + "/bin/bandwidth\n");
        return host.cni(traced, "bandwidth")
                .container(c1)
                .stdin(Node.behind(BOTH, c1, "eth0"))
                .add();
    }

    @Test
    void everyStepThatTheKernelRefusesIsTakenBack() {
        Need.tool("strace");
        Snapshot before = host.snapshot();
        int lost = 1;
        while (addWithMessageLost(lost).exit() != 0) {
            assertNothingIsLeft(before);
            lost++;
        }
        // Lookups, the ifb, its alias, and all qdiscs together.
        assertThat(lost).isGreaterThan(7);
        call(BOTH).check().succeeded();
    }

    @Test
    void statusSaysWhatTheKernelHas() {
        Snapshot before = host.snapshot();
        node.plain(CONF).status().succeeded();
        node.plain(BOTH).status().succeeded();
        node.plain(Conf.with(CONF, "{'capabilities':{'bandwidth':true}}")).status().succeeded();
        host.ok("mount", "-o", "remount,ro", "/run");
        node.plain(BOTH).status().failedWith(50);
        node.plain(CONF).status().succeeded();
        host.ok("mount", "-o", "remount,rw", "/run");
        host.snapshot().assertSameAs(before);
    }
}
