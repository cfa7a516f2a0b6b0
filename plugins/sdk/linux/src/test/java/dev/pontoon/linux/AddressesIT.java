package dev.pontoon.linux;

import static dev.pontoon.linux.Inside.ip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.linux.uapi.IfAddr;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class AddressesIT {
    private Inside here;
    private int link;

    @BeforeEach
    void enter(Host host) {
        host.sh("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up");
        here = Inside.of(host);
        link = here.index("v0");
    }

    @AfterEach
    void leave() {
        here.close();
    }

    private static JsonNode addresses(Host host) {
        return host.json("ip", "-j", "addr", "show", "dev", "v0").get(0).path("addr_info");
    }

    private static JsonNode address(Host host, String local) {
        for (JsonNode each : addresses(host)) {
            if (each.path("local").asText().equals(local)) {
                return each;
            }
        }
        throw new AssertionError("no " + local + " in " + addresses(host));
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 24, 10.1.2.255",
        "10.1.2.3, 8, 10.255.255.255",
        "192.168.255.9, 30, 192.168.255.11",
        "10.1.2.3, 31, ''",
        "10.1.2.3, 32, ''",
        "fd00::5, 64, ''",
        "fd00::5, 128, ''",
    })
    void anAddressIsAddedWithItsBroadcast(String local, int prefix, String broadcast, Host host) {
        here.addresses.add(link, ip(local), prefix, 0);

        JsonNode added = address(host, local);
        assertThat(added.path("prefixlen").asInt()).isEqualTo(prefix);
        assertThat(added.path("broadcast").asText()).isEqualTo(broadcast);
        assertThat(added.path("scope").asText()).isEqualTo("global");

        here.addresses.delete(link, ip(local), prefix);
        assertThat(addresses(host).findValuesAsText("local")).doesNotContain(local);
    }

    @Test
    void nodadMakesAnAddressUsableAtOnce(Host host) {
        here.addresses.add(link, ip("fd00::1"), 64, IfAddr.IFA_F_NODAD);
        assertThat(address(host, "fd00::1").has("tentative")).isFalse();
        assertThat(address(host, "fd00::1").path("nodad").asBoolean()).isTrue();
        here.addresses.add(link, ip("fd00::2"), 64, 0);
        assertThat(address(host, "fd00::2").path("tentative").asBoolean()).isTrue();
    }

    @Test
    void theListAgreesWithIp(Host host) {
        host.sh(
                "ip addr add 10.0.0.1/8 brd + dev v0; ip addr add 10.0.0.2/8 dev v0;"
                        + " ip addr add fd00::1/64 dev v0 nodad; ip addr add 10.9.0.1 peer 10.9.0.2 dev v0;"
                        + " ip addr add 10.7.7.7/24 dev v1");

        assertThat(here.addresses.list(link))
                .extracting(Address::toString)
                .contains(
                        "10.0.0.1/8 on link " + link,
                        "10.0.0.2/8 on link " + link,
                        "10.9.0.1/32 on link " + link,
                        "fd00::1/64 on link " + link)
                .noneMatch(text -> text.contains("10.7.7.7"));
        Address secondary = find("10.0.0.2");
        assertThat(secondary.flags() & IfAddr.IFA_F_SECONDARY).isNotZero();
        assertThat(secondary.scope()).isEqualTo(RtNetlink.RT_SCOPE_UNIVERSE);
        assertThat(here.addresses.list())
                .extracting(each -> IpText.format(each.address(), each.prefixLength()))
                .contains("127.0.0.1/8", "10.7.7.7/24", "10.0.0.1/8");
        assertThat(here.addresses.list(4711)).isEmpty();
    }

    private Address find(String local) {
        return here.addresses.list(link).stream()
                .filter(each -> each.is(ip(local)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aDuplicateIsSeenOnceItIsFound(Host host) {
        host.sh(
                "ip netns add other; ip link set v1 netns other; ip -n other link set v1 up;"
                        + " ip -n other addr add fd00::9/64 dev v1 nodad");
        Await.until("carrier", () -> here.links.find("v0").orElseThrow().running());
        here.addresses.add(link, ip("fd00::9"), 64, 0);
        assertThat(find("fd00::9").tentative()).isTrue();
        Await.until("duplicate address detection", () -> find("fd00::9").duplicate());
        assertThat(address(host, "fd00::9").path("dadfailed").asBoolean()).isTrue();
    }

    @Test
    void failuresNameAddressAndLink() {
        here.addresses.add(link, ip("10.1.0.1"), 24, 0);
        assertThatThrownBy(() -> here.addresses.add(link, ip("10.1.0.1"), 24, 0))
                .isInstanceOf(KernelException.class)
                .hasMessageStartingWith("add address 10.1.0.1/24 to v0: File exists (EEXIST)");
        assertThatThrownBy(() -> here.addresses.delete(link, ip("10.1.0.2"), 24))
                .hasMessageStartingWith("delete address 10.1.0.2/24 from v0: ")
                .hasMessageContaining("(EADDRNOTAVAIL)");
        assertThatThrownBy(() -> here.addresses.add(link, ip("10.1.0.1"), 33, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> here.addresses.add(link, new byte[5], 24, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
