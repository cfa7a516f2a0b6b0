package dev.pontoon.linux;

import static dev.pontoon.linux.Inside.ip;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.linux.uapi.Neighbour;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class NeighboursIT {
    private Inside here;

    @BeforeEach
    void enter(Host host) {
        host.sh(
                "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up;"
                        + " ip neigh add 10.0.0.9 lladdr 0a:00:00:00:00:99 dev v1 nud permanent");
        here = Inside.of(host);
    }

    @AfterEach
    void leave() {
        here.close();
    }

    @Test
    void entriesAreSetReadAndDeleted(Host host) {
        Neighbours neighbours = new Neighbours(here.route);
        int link = here.index("v0");
        byte[] mac = MacAddress.parse("0a:00:00:00:00:01");
        neighbours.replace(link, ip("10.0.0.1"), new byte[6], Neighbour.NUD_STALE);
        neighbours.replace(link, ip("10.0.0.1"), mac, Neighbour.NUD_PERMANENT);
        neighbours.replace(link, ip("fd00::1"), mac, Neighbour.NUD_STALE);

        JsonNode four = host.json("ip", "-j", "-4", "neigh", "show", "dev", "v0");
        assertThat(four).hasSize(1);
        assertThat(four.get(0).path("lladdr").asText()).isEqualTo("0a:00:00:00:00:01");
        assertThat(four.get(0).path("state").toString()).isEqualTo("[\"PERMANENT\"]");
        assertThat(neighbours.list(link, Netlink.AF_INET))
                .containsExactly(
                        new Neighbours.Entry(link, ip("10.0.0.1"), mac, Neighbour.NUD_PERMANENT));
        assertThat(neighbours.list(link, Netlink.AF_INET6))
                .contains(new Neighbours.Entry(link, ip("fd00::1"), mac, Neighbour.NUD_STALE));

        assertThat(neighbours.deleteIfPresent(link, ip("10.0.0.1"))).isTrue();
        assertThat(neighbours.deleteIfPresent(link, ip("fd00::1"))).isTrue();
        assertThat(host.ok("ip", "-4", "neigh", "show", "dev", "v0")).isEmpty();
        assertThat(host.ok("ip", "-6", "neigh", "show", "dev", "v0")).doesNotContain("fd00::1");
        assertThat(neighbours.deleteIfPresent(link, ip("10.0.0.1"))).isFalse();
    }
}
