package dev.pontoon.linux;

import static dev.pontoon.linux.Inside.ip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class RulesIT {
    @Test
    void rulesAreAddedListedAndDeleted(Host host) {
        try (Inside here = Inside.of(host)) {
            Rules rules = new Rules(here.route);
            rules.add(new Rule(ip("10.1.0.5"), 32, 1000, 500));
            rules.add(new Rule(ip("10.2.0.0"), 16, 100, 0));
            rules.add(new Rule(ip("fd00::"), 64, 100, 7));

            JsonNode four = host.json("ip", "-j", "rule");
            assertThat(four).hasSize(5);
            assertThat(four.get(1).path("src").asText()).isEqualTo("10.2.0.0");
            assertThat(four.get(1).path("srclen").asInt()).isEqualTo(16);
            assertThat(four.get(2).toString())
                    .isEqualTo("{\"priority\":500,\"src\":\"10.1.0.5\",\"table\":\"1000\"}");
            assertThat(host.ok("ip", "-6", "rule")).contains("7:\tfrom fd00::/64 lookup 100");

            assertThat(rules.list(Netlink.AF_INET)).hasSize(5);
            assertThat(rules.list(Netlink.AF_INET))
                    .contains(
                            new Rule(ip("10.1.0.5"), 32, 1000, 500),
                            new Rule(ip("0.0.0.0"), 0, RtNetlink.RT_TABLE_MAIN, 32766));
            assertThat(rules.list(Netlink.AF_INET6)).contains(new Rule(ip("fd00::"), 64, 100, 7));

            assertThatThrownBy(() -> rules.add(new Rule(ip("10.1.0.5"), 32, 1000, 500)))
                    .hasMessageStartingWith(
                            "add rule from 10.1.0.5/32 lookup 1000: File exists (EEXIST)");
            rules.delete(new Rule(ip("10.1.0.5"), 32, 1000, 500));
            rules.delete(new Rule(ip("10.2.0.0"), 16, 100, 0));
            assertThat(host.json("ip", "-j", "rule")).hasSize(3);
            assertThatThrownBy(() -> rules.delete(new Rule(ip("10.2.0.0"), 16, 100, 0)))
                    .isInstanceOfSatisfying(
                            KernelException.class, e -> assertThat(e.is(Errno.ENOENT)).isTrue());
        }
    }
}
