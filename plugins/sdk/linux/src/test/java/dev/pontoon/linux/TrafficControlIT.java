package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class TrafficControlIT {
    private static final TokenBucket BUCKET = TokenBucket.of(1_000_000, 100_000, 25);

    private Host host;
    private Inside here;
    private TrafficControl control;
    private int link;

    @BeforeEach
    void enter(Host fresh) {
        Need.kernel("bandwidth");
        host = fresh;
        here = Inside.of(host);
        control = new TrafficControl(here.route);
        host.sh("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up");
        link = here.index("v0");
    }

    @AfterEach
    void leave() {
        if (here != null) {
            here.close();
        }
    }

    private JsonNode root(String name) {
        return host.json("tc", "-j", "qdisc", "show", "dev", name, "root").path(0);
    }

    private String filters() {
        return host.ok("tc", "filter", "show", "dev", "v0", "ingress");
    }

    @Test
    void theKernelsTickIsWhatIsReckonedWith() {
        // Nanoseconds in a microsecond, and in a tick.
        assertThat(host.ok("cat", "/proc/net/psched")).startsWith("000003e8 00000040 ");
    }

    @ParameterizedTest(name = "{1} bytes at {0} B/s")
    @CsvSource({
        "1000000, 100000",
        "416666, 97222",
        "1, 1",
        "4294967295, 100000000",
        // More than 32 bits hold.
        "4294967296, 100000000",
        "100000000000, 4294967295"
    })
    void aTokenBucketFilterHasItsRateAndBurst(long rate, long burst) {
        TokenBucket bucket = TokenBucket.of(rate, burst, 25);
        control.add(Qdisc.limiting(link, bucket));

        JsonNode seen = root("v0");
        assertThat(seen.path("kind").asText()).isEqualTo("tbf");
        assertThat(seen.path("handle").asText()).isEqualTo("1:");
        assertThat(seen.at("/options/rate").asLong()).isEqualTo(rate);
        // tc reckons back from the kernel's ticks in microseconds, and rounds.
        assertThat(seen.at("/options/burst").asLong())
                .isBetween(burst - rate / 1_000_000 - 1, burst + rate / 10_000_000 + 1);
        assertThat(control.list(link)).containsExactly(Qdisc.limiting(link, bucket));
    }

    @Test
    void queueIsAsLongAsTheLatencySays() {
        control.add(Qdisc.limiting(link, BUCKET));
        assertThat(root("v0").at("/options/lat").asInt()).isEqualTo(25_000);
        assertThat(control.list(link).getFirst().bucket().orElseThrow().limit()).isEqualTo(125_000);
    }

    @Test
    void aBucketBeyondTheKernelsTicksIsAsLargeAsThoseAllow() {
        // What containerd asks for, at 10 Mbit/s: 2^32-1 bits, which take 429 seconds.
        control.add(Qdisc.limiting(link, TokenBucket.of(1_250_000, 536_870_911, 25)));
        assertThat(control.list(link).getFirst().bucket().orElseThrow().ticks())
                .isEqualTo(0xffff_ffffL);
        assertThat(root("v0").at("/options/burst").asLong()).isBetween(343_000_000L, 344_000_000L);
    }

    @Test
    void aPacketAsLongAsTheBurstPassesAndALongerOneDoesNot() {
        Container c1 = host.container("c1");
        host.sh(
                "ip link add w0 type veth peer name eth0 netns c1; ip addr add 10.1.0.1/24 dev w0;"
                        + " ip link set w0 up; ip -n c1 link set eth0 up;"
                        + " ip -n c1 addr add 10.1.0.2/24 dev eth0");
        // 1472 bytes of data, 28 of ICMP and IP, 14 of Ethernet.
        String ping = "ping -c1 -W1 -s1472 10.1.0.1";
        int limited = here.index("w0");
        control.add(Qdisc.limiting(limited, TokenBucket.of(1_000_000, 1514, 25)));
        c1.sh(ping);
        control.replace(Qdisc.limiting(limited, TokenBucket.of(1_000_000, 1513, 25)));
        assertThat(c1.run(ping.split(" ")).exit()).isNotZero();
    }

    @Test
    void aSecondOneIsRefusedAndReplacedOnDemand() {
        control.add(Qdisc.limiting(link, BUCKET));
        assertThatThrownBy(() -> control.add(Qdisc.limiting(link, BUCKET)))
                .hasMessageStartingWith("add qdisc tbf 1: on v0: File exists (EEXIST)");
        control.replace(Qdisc.limiting(link, TokenBucket.of(2_000_000, 200_000, 25)));
        assertThat(root("v0").at("/options/rate").asInt()).isEqualTo(2_000_000);
    }

    @Test
    void whatAnotherMadeIsReadAsTcShowsIt() {
        host.sh(
                "tc qdisc add dev v0 root handle 7: tbf rate 40gbit burst 50m limit 60000000;"
                        + " tc qdisc add dev v0 ingress; tc qdisc add dev v1 clsact");
        Qdisc root = control.list(link).getFirst();
        assertThat(root.describe()).isEqualTo("tbf 7:");
        assertThat(root.isRoot()).isTrue();
        assertThat(root.limits()).isFalse();
        assertThat(root.bucket().orElseThrow().rate()).isEqualTo(5_000_000_000L);
        assertThat(root.bucket().orElseThrow().limit()).isEqualTo(60_000_000);
        assertThat(control.list(link)).contains(Qdisc.ingress(link));
        assertThat(control.list(here.index("v1")))
                .anyMatch(each -> each.isIngress() && each.kind().equals("clsact"));
        assertThat(control.list()).filteredOn(each -> each.link() == 1).noneMatch(Qdisc::isChosen);
    }

    @Test
    void whatComesInIsRedirectedWhateverItIs() {
        Need.kernel("ifb");
        here.links.add(NewLink.ofKind(LinkKind.IFB, "ifb0").txQueueLength(0).up());
        int ifb = here.index("ifb0");
        control.add(Qdisc.ingress(link));
        control.redirect(link, ifb);

        assertThat(filters())
                .contains("protocol all", "u32", "match 00000000/00000000 at 0")
                .containsOnlyOnce("mirred (Egress Redirect to device ifb0) stolen");
        assertThat(control.redirections(link)).containsExactly(new Redirection(ifb, true));
        host.sh("ip addr add 10.1.0.1/24 dev v1; ping -c1 -W1 10.1.0.9 || true");
        assertThat(host.ok("cat", "/sys/class/net/ifb0/statistics/rx_packets")).isNotEqualTo("0\n");
    }

    @Test
    void partialAndDeadRedirectionsAreToldFromWhole() {
        Need.kernel("ifb");
        host.sh(
                "ip link add ifb0 type ifb; tc qdisc add dev v0 ingress;"
                        + " tc filter add dev v0 ingress protocol ip prio 1 u32 match u32 0 0"
                        + " action mirred egress redirect dev ifb0;"
                        + " tc filter add dev v0 ingress protocol all prio 2 u32 match u32 1 1"
                        + " action mirred egress redirect dev ifb0;"
                        + " tc filter add dev v0 ingress protocol all prio 3 u32 match u32 0 0"
                        + " action mirred egress mirror dev ifb0;"
                        + " tc filter add dev v0 ingress protocol all prio 4 u32 match u32 0 0"
                        + " action mirred egress mirror dev lo"
                        + " action mirred egress redirect dev ifb0");
        int ifb = here.index("ifb0");
        assertThat(control.redirections(link))
                .containsExactly(
                        new Redirection(ifb, false),
                        new Redirection(ifb, false),
                        new Redirection(ifb, true));
        host.ok("ip", "link", "del", "ifb0");
        assertThat(control.redirections(link)).contains(new Redirection(0, true));
        assertThat(control.redirections(here.index("v1"))).isEmpty();
        assertThat(control.redirections(4711)).isEmpty();
    }

    @Test
    void deletingTakesFiltersAlongAndIsHarmlessTheSecondTime() {
        Snapshot before = host.snapshot();
        control.add(Qdisc.limiting(link, BUCKET));
        control.add(Qdisc.ingress(link));
        control.redirect(link, here.index("v1"));
        assertThat(control.deleteIfPresent(Qdisc.limiting(link, BUCKET))).isTrue();
        assertThat(control.deleteIfPresent(Qdisc.ingress(link))).isTrue();
        host.snapshot().assertSameAs(before);
        assertThat(control.deleteIfPresent(Qdisc.limiting(link, BUCKET))).isFalse();
        assertThat(control.deleteIfPresent(Qdisc.ingress(link))).isFalse();
        assertThat(control.deleteIfPresent(Qdisc.ingress(4711))).isFalse();
    }

    @Test
    void aBatchMakesTheWholeDetourInOneGo() {
        Need.kernel("ifb");
        here.links.add(NewLink.ofKind(LinkKind.IFB, "ifb0"));
        int ifb = here.index("ifb0");
        Batch batch = new Batch(here.route);
        batch.trafficControl().add(Qdisc.limiting(ifb, BUCKET));
        batch.trafficControl().add(Qdisc.ingress(link));
        batch.trafficControl().redirect(link, ifb);
        batch.links().setUp(ifb);
        batch.execute();
        assertThat(root("ifb0").path("kind").asText()).isEqualTo("tbf");
        assertThat(filters()).contains("ifb0");
        batch.trafficControl().redirect(here.index("v1"), ifb);
        assertThatThrownBy(batch::execute)
                .hasMessageStartingWith("redirect what v1 takes in to link ");
    }

    @Test
    void askingWhatTheKernelKnowsMakesNothing() {
        Snapshot before = host.snapshot();
        assertThat(control.canLimit()).isTrue();
        boolean hasIfb = host.run("ip", "link", "add", "i", "type", "ifb").exit() == 0;
        if (hasIfb) {
            host.ok("ip", "link", "del", "i");
        }
        assertThat(here.links.canMake(LinkKind.IFB)).isEqualTo(hasIfb);
        assertThat(here.links.canMake(LinkKind.VETH)).isTrue();
        assertThat(here.links.canMake(new LinkKind("nonsense"))).isFalse();
        host.snapshot().assertSameAs(before);
    }

    @Test
    void namespacesAreKnownByTheNumbersThatLinksTell() {
        Container c1 = host.container("c1");
        Container c2 = host.container("c2");
        host.ok("ip", "link", "add", "w0", "type", "veth", "peer", "name", "eth0", "netns", "c1");
        try (Inside inside = Inside.of(c1);
                Inside other = Inside.of(c2)) {
            int number = here.links.find("w0").orElseThrow().peerNamespaceId();
            assertThat(here.links.namespaceId(inside.namespace)).isEqualTo(number).isNotNegative();
            number = inside.links.find("eth0").orElseThrow().peerNamespaceId();
            assertThat(inside.links.namespaceId(here.namespace)).isEqualTo(number).isNotNegative();
            assertThat(inside.links.namespaceId(other.namespace)).isEqualTo(-1);
        }
    }
}
