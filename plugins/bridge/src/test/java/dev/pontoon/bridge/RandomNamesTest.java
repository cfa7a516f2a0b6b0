package dev.pontoon.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.linux.MacAddress;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomNamesTest {
    @Test
    void namesAndAddressesAreWellFormedAndNeverTheSame() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            byte[] mac = RandomNames.mac();
            assertThat(MacAddress.isUnicast(mac)).isTrue();
            assertThat(mac[0] & 2).as("locally administered").isEqualTo(2);
            assertThat(RandomNames.veth()).matches("veth[0-9a-f]{8}");
            assertThat(seen.add(MacAddress.format(mac)) && seen.add(RandomNames.veth())).isTrue();
        }
    }
}
