package dev.pontoon.hostlocal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.NetworkConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the operator is told of a network's ranges. */
final class AddressUseTest {
    @TempDir private Path folder;

    private List<AddressUse> use(String ranges) {
        String config =
                "{\"cniVersion\":\"1.1.0\",\"name\":\"n1\",\"type\":\"bridge\",\"ipam\":"
                        + "{\"type\":\"host-local\",\"dataDir\":\""
                        + folder
                        + "\",\"ranges\":"
                        + ranges.replace('\'', '"')
                        + "}}";
        return AddressUse.of(NetworkConfig.read(config.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'subnet':'10.1.0.0/29'} | 5",
                "{'subnet':'10.1.0.0/29','gateway':'10.1.9.1'} | 6",
                "{'subnet':'10.1.0.0/24','rangeStart':'10.1.0.10','rangeEnd':'10.1.0.19'} | 10",
                "{'subnet':'10.1.0.0/24','exclude':['10.1.0.0/25','10.1.0.64/26','10.1.0.1']} | 127",
                "{'subnet':'10.1.0.0/29','exclude':['10.1.0.4','10.1.0.4']} | 4",
                "{'subnet':'fd00::/64'} | 18446744073709551614"
            })
    void sizeIsWhatCanBeGivenOut(String range, String size) {
        assertThat(use("[[" + range + "]]"))
                .singleElement()
                .extracting(each -> each.size().toString())
                .isEqualTo(size);
    }

    @Test
    void leasesAreThoseOfTheRange() throws IOException {
        Path leases = Files.createDirectories(folder.resolve("n1"));
        Files.writeString(leases.resolve("10.1.0.2"), "c1\r\neth0");
        Files.writeString(leases.resolve("10.2.0.2"), "c2\r\neth0");
        Files.writeString(leases.resolve("10.1.0.3"), "");

        AddressUse use = use("[[{'subnet':'10.1.0.0/29'}]]").getFirst();

        assertThat(use.leases())
                .singleElement()
                .satisfies(lease -> {
                    assertThat(lease.address()).hasToString("10.1.0.2");
                    assertThat(lease.containerId()).isEqualTo("c1");
                    assertThat(lease.ifname()).isEqualTo("eth0");
                    assertThat(lease.beforeBoot()).isFalse();
                });
        assertThat(use.free()).isEqualTo(4);
    }
}
