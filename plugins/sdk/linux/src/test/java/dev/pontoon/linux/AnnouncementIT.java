package dev.pontoon.linux;

import static dev.pontoon.linux.Inside.ip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A host that remembers the MAC of a container that is no more is told about the new one. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class AnnouncementIT {
    private static final byte[] MAC = MacAddress.parse("0a:00:00:00:00:02");
    private static final String OLD_MAC = "0a:00:00:00:00:99";

    private MountedContainer container;
    private NetworkNamespace there;
    private int link;

    @BeforeEach
    void connect(Host host) {
        container = host.container("c1");
        host.sh(
                "ip link add v0 type veth peer name eth0 address 0a:00:00:00:00:02 netns c1;"
                        + " ip addr add 10.1.0.1/24 dev v0; ip addr add fd00::1/64 dev v0 nodad;"
                        + " ip link set v0 up; ip -n c1 link set eth0 up;"
                        + " ip -n c1 addr add 10.1.0.2/24 dev eth0; ip -n c1 addr add 10.1.0.3/24 dev eth0;"
                        + " ip -n c1 addr add fd00::2/64 dev eth0 nodad;"
                        + " ip neigh replace 10.1.0.3 lladdr 0a:00:00:00:00:99 dev v0 nud stale;"
                        + " ip neigh replace 10.1.0.2 lladdr 0a:00:00:00:00:99 dev v0 nud stale;"
                        + " ip neigh replace fd00::2 lladdr 0a:00:00:00:00:99 dev v0 nud stale");
        there = NetworkNamespace.open(container.netnsPath().toString());
        link = container.json("ip", "-j", "link", "show", "eth0").get(0).path("ifindex").asInt();
        Await.until("carrier", () -> up(host));
    }

    private static boolean up(Host host) {
        JsonNode seen = host.json("ip", "-j", "link", "show", "v0").get(0);
        return seen.path("operstate").asText().equals("UP");
    }

    @AfterEach
    void disconnect() {
        there.close();
    }

    private static String known(Host host, String address) {
        JsonNode entry = host.json("ip", "-j", "neigh", "show", address, "dev", "v0").get(0);
        return entry.path("lladdr").asText();
    }

    @Test
    void aStaleArpEntryIsCorrected(Host host) {
        assertThat(known(host, "10.1.0.2")).isEqualTo(OLD_MAC);
        Announcement.gratuitousArp(there, link, MAC, ip("10.1.0.2"));
        Await.until("new MAC", () -> known(host, "10.1.0.2").equals("0a:00:00:00:00:02"));
    }

    @Test
    void aStaleNeighbourEntryIsCorrected(Host host) {
        assertThat(known(host, "fd00::2")).isEqualTo(OLD_MAC);
        Announcement.unsolicitedNeighbourAdvertisement(there, link, MAC, ip("fd00::2"));
        Await.until("new MAC", () -> known(host, "fd00::2").equals("0a:00:00:00:00:02"));
    }

    @Test
    void anAddressThatIsNotTheFirstOfItsSubnetIsAnnouncedAsWell(Host host) {
        Announcement.gratuitousArp(there, link, MAC, ip("10.1.0.3"));
        Await.until("new MAC", () -> known(host, "10.1.0.3").equals("0a:00:00:00:00:02"));
        assertThat(known(host, "10.1.0.2")).isEqualTo(OLD_MAC);
    }

    @Test
    void anotherMacThanTheLinksOwnIsAnnouncedAsGiven(Host host) {
        Announcement.gratuitousArp(
                there, link, MacAddress.parse("0a:00:00:00:00:77"), ip("10.1.0.2"));
        Await.until("new MAC", () -> known(host, "10.1.0.2").equals("0a:00:00:00:00:77"));
    }

    @Test
    void theContainerItselfRemembersNothingOfIt() {
        Announcement.gratuitousArp(there, link, MAC, ip("10.1.0.2"));
        Announcement.gratuitousArp(there, link, MAC, ip("10.1.0.3"));
        assertThat(container.ok("ip", "neigh", "show", "to", "10.1.0.0/24")).isEmpty();
    }

    @Test
    void tcpdumpFindsNothingWrongWithTheFrames(Host host) {
        Need.tool("tcpdump");
        String capture = host.temp() + "/capture";
        Running tcpdump =
                host.start(
                        "timeout",
                        "20",
                        "tcpdump",
                        "--immediate-mode",
                        "-c3",
                        "-i",
                        "v0",
                        "-w",
                        capture,
                        "arp or (icmp6 and ip6[40] = 136 and ip6 src fd00::2)");
        // The bridge of packets to tcpdump stands once the kernel lists its socket as running on
        // v0.
        String running =
                " " + host.json("ip", "-j", "link", "show", "v0").get(0).path("ifindex") + " ";
        Await.until("capture", () -> packetSockets(host).contains(running + "    1"));
        Announcement.gratuitousArp(there, link, MAC, ip("10.1.0.2"));
        Announcement.gratuitousArp(there, link, MAC, ip("10.1.0.3"));
        Announcement.unsolicitedNeighbourAdvertisement(there, link, MAC, ip("fd00::2"));
        tcpdump.await().ok();
        assertThat(host.ok("tcpdump", "-nver", capture))
                .contains("0a:00:00:00:00:02 > ff:ff:ff:ff:ff:ff, ethertype ARP")
                .contains("Request who-has 10.1.0.2 tell 10.1.0.2, length 28")
                .contains("Request who-has 10.1.0.3 tell 10.1.0.3, length 28")
                .contains("0a:00:00:00:00:02 > 33:33:00:00:00:01, ethertype IPv6")
                .contains("hlim 255")
                .contains("fd00::2 > ff02::1: [icmp6 sum ok] ICMP6, neighbor advertisement")
                .contains("tgt is fd00::2, Flags [override]")
                .contains("destination link-address option (2), length 8 (1): 0a:00:00:00:00:02");
    }

    /** /proc/net/packet: sk, RefCnt, Type, Proto, Iface, R (whether it runs) … */
    private static String packetSockets(Host host) {
        return host.ok("cat", "/proc/net/packet");
    }

    @Test
    void aLinkThatIsDownIsTold() {
        container.ok("ip", "link", "set", "eth0", "down");
        assertThatThrownBy(() -> Announcement.gratuitousArp(there, link, MAC, ip("10.1.0.2")))
                .hasMessage("announce 10.1.0.2 on eth0: Network is down (ENETDOWN)");
        assertThatThrownBy(() ->
                        Announcement.unsolicitedNeighbourAdvertisement(
                                there, link, MAC, ip("fd00::2")))
                .isInstanceOf(KernelException.class)
                .hasMessageStartingWith("announce fd00::2 on link ");
    }

    @Test
    void nobodySpeaksForAnAddressThatIsNotThere() {
        assertThatThrownBy(() ->
                        Announcement.unsolicitedNeighbourAdvertisement(
                                there, link, MAC, ip("fd00::3")))
                .hasMessage(
                        "announce fd00::3 on link "
                                + link
                                + ": Cannot assign requested address (EADDRNOTAVAIL)");
    }
}
