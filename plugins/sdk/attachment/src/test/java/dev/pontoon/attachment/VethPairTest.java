package dev.pontoon.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.linux.MacAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VethPairTest {
    @Test
    void namesAndAddressesAreWellFormedAndNeverTheSame() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            VethPair pair = VethPair.random();
            assertThat(pair.hostName()).matches("veth[0-9a-f]{8}");
            assertThat(seen.add(pair.hostName())).isTrue();
            for (byte[] mac : List.of(pair.hostMac(), pair.containerMac(), RandomNames.mac())) {
                assertThat(MacAddress.isUnicast(mac)).isTrue();
                assertThat(mac[0] & 2).as("locally administered").isEqualTo(2);
                assertThat(seen.add(MacAddress.format(mac))).isTrue();
            }
        }
    }
}
