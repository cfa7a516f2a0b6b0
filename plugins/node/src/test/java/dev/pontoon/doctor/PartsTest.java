package dev.pontoon.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.ConfigObject;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the checks are made of. */
final class PartsTest {
    private static Cidr cidr(String text) {
        return Cidr.parse(text).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "10.66.0.0/24, 10.66.0.0/24, 10.66.1.0/24",
        "10.66.0.0/24, 10.66.0.0/22, 10.66.4.0/24",
        "10.67.0.0/29, 10.67.0.0/16, 10.68.0.0/29",
        "192.168.255.0/24, 192.168.0.0/16, none",
        "fd66::/64, fd66::/64, fd66:0:0:1::/64",
        "8.8.8.0/24, 8.8.8.0/24, none",
    })
    void freeSubnet(String taken, String used, String free) {
        assertThat(
                        FreeSubnet.like(cidr(taken), List.of(cidr(used)))
                                .map(Cidr::toString)
                                .orElse("none"))
                .isEqualTo(free);
    }

    @Test
    void shellWords() {
        assertThat(Shell.word("/etc/cni/net.d/10-a.conflist"))
                .isEqualTo("/etc/cni/net.d/10-a.conflist");
        assertThat(Shell.word("/etc/my nets")).isEqualTo("'/etc/my nets'");
        assertThat(Shell.word("$(reboot)")).isEqualTo("'$(reboot)'");
        assertThat(Shell.word("it's")).isEqualTo("'it'\\''s'");
        assertThat(Shell.word("")).isEqualTo("''");
    }

    @Test
    void sedTakesTheTextLiterally() {
        assertThat(Shell.replace("10.1.0.0/24", "a&b", "/f"))
                .isEqualTo("sed -i 's|10\\.1\\.0\\.0/24|a\\&b|' /f");
    }

    @Test
    void mountedNamespaces() {
        String mountinfo =
                """
                22 1 0:21 / /proc rw,relatime shared:13 - proc proc rw
                99 22 0:4 net:[4026532281] /run/netns/c1 rw shared:50 - nsfs nsfs rw
                98 22 0:4 net:[4026532282] /run/my\\040netns/c2 rw - nsfs nsfs rw
                """;
        assertThat(Tenants.mounted(mountinfo)).containsExactly("/run/netns/c1", "/run/my netns/c2");
    }

    @ParameterizedTest
    @CsvSource({"0, 100, ''", "89, 100, ''", "90, 100, will break", "100, 100, broken", "5, 0, ''"})
    void connections(long count, long limit, String severity) {
        List<Finding> findings = ConnectionTableCheck.of(count, limit);
        assertThat(findings.isEmpty() ? "" : findings.getFirst().severity().text())
                .isEqualTo(severity);
    }

    @ParameterizedTest
    @CsvSource({"8, 10, false", "9, 10, true", "0, 0, true", "1, 18446744073709551616, false"})
    void nearlyFull(long used, BigInteger size, boolean nearly) {
        assertThat(FreeAddressesCheck.isNearlyFull(used, size)).isEqualTo(nearly);
    }

    @Test
    void subnetsOfBothForms() {
        ConfigObject ipam =
                ConfigObject.read(
                        """
                        {"subnet":"10.1.0.0/24","gateway":"10.1.0.254",
                         "ranges":[[{"subnet":"10.2.0.0/24"},{"subnet":"10.3.0.0/24","rangeStart":"10.3.0.9"}],
                                   [{"subnet":"nonsense"},{"subnet":"fd00::/64"}]]}\
                        """
                                .getBytes(StandardCharsets.UTF_8),
                        "ipam");
        List<Subnet> subnets = Subnet.all(ipam);
        assertThat(subnets.stream().map(Subnet::text))
                .containsExactly("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24", "fd00::/64");
        assertThat(subnets.stream().map(each -> each.gatewayAddress().toString()))
                .containsExactly("10.1.0.254/24", "10.2.0.1/24", "10.3.0.1/24", "fd00::1/64");
        assertThat(subnets.stream().map(Subnet::isPlain)).containsExactly(false, true, false, true);
        assertThat(subnets.stream().map(each -> each.sample().toString()))
                .containsExactly("10.1.0.1", "10.2.0.2", "10.3.0.9", "fd00::2");
    }

    @Test
    void filesThatConfigureNothing(@TempDir Path folder) throws IOException {
        write(folder, "10-torn.conflist", "{\"name\": \"a\"");
        write(folder, "20-nameless.conflist", "{\"plugins\": [{\"type\": \"bridge\"}]}");
        write(folder, "30-empty.conflist", "{\"name\": \"a\", \"plugins\": []}");
        write(folder, "40-typeless.conflist", "{\"name\": \"a\", \"plugins\": [{}]}");
        write(
                folder,
                "50-mtu.conflist",
                "{\"name\": \"a\", \"plugins\": [{\"type\":\"bridge\",\"mtu\":\"1\"}]}");
        write(
                folder,
                "60-version.conflist",
                "{\"cniVersion\":\"9.9\",\"name\":\"a\",\"plugins\":[{\"type\":\"b\"}]}");
        write(
                folder,
                "70-good.conflist",
                "{\"name\": \"a\", \"plugins\": [{\"type\": \"bridge\"}]}");
        write(folder, "80-old.conf", "{\"name\": \"b\", \"type\": \"bridge\"}");
        write(folder, "90-none.txt", "{");
        List<ConfigurationFile> files = ConfigurationFile.in(folder);
        assertThat(
                        files.stream()
                                .filter(each -> each.network() == null)
                                .map(each -> name(each.path())))
                .containsExactly(
                        "10-torn.conflist",
                        "20-nameless.conflist",
                        "30-empty.conflist",
                        "40-typeless.conflist",
                        "50-mtu.conflist",
                        "60-version.conflist");
        assertThat(
                        files.stream()
                                .filter(each -> each.network() != null)
                                .map(each -> name(each.path())))
                .containsExactly("70-good.conflist", "80-old.conf");
        assertThat(files.getFirst().problem()).contains("10-torn.conflist");
        assertThat(ConfigurationFile.in(folder.resolve("missing"))).isEmpty();
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static void write(Path folder, String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
