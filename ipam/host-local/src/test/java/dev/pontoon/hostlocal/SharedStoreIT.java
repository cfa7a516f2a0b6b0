package dev.pontoon.hostlocal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The store as others see it: the reference plugin at work in it, a full disk, a killed process.
 */
@ExtendWith(HostExtension.class)
class SharedStoreIT {
    private static final String REFERENCE = "/usr/lib/cni/host-local";
    private static final String STORE = "/var/lib/cni/networks/net";
    private static final String CONF =
            """
            {"cniVersion":"1.0.0","name":"net","type":"bridge","ipam":{"type":"host-local",
             "ranges":[[{"subnet":"10.1.0.0/16"}],[{"subnet":"fd00:1::/64"}]]}}
            """;
    private static final int EACH = 100;

    private Host host;
    private String conf;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        conf = host.temp() + "/conf";
        host.write(conf, CONF);
    }

    /** One process of ours that calls for each of the ids. */
    private Command ours(String command, List<String> ids) {
        String java = System.getProperty("java.home") + "/bin/java";
        List<String> words =
                new ArrayList<>(
                        List.of(
                                java,
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                CallLoop.class.getName(),
                                command,
                                conf));
        words.addAll(ids);
        return host.command(words).timeout(Duration.ofMinutes(3));
    }

    /** The reference plugin, run once for each of the ids. */
    private Command reference(String command, List<String> ids) {
        String script =
                "for id in "
                        + String.join(" ", ids)
                        + "; do CNI_COMMAND="
                        + command
                        + " CNI_CONTAINERID=$id CNI_NETNS=/run/netns/$id CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni "
                        + REFERENCE
                        + " <"
                        + conf
                        + " || exit 1; done";
        return host.command("sh", "-c", script).timeout(Duration.ofMinutes(3));
    }

    private static List<String> ids(String prefix) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < EACH; i++) {
            ids.add(prefix + i);
        }
        return ids;
    }

    private List<String> leases() {
        return host.list(STORE).stream()
                .filter(name -> !name.equals("lock") && !name.startsWith("last_reserved_ip"))
                .toList();
    }

    /** What is in all lease files, by the shell: one line for each, CR LF as a blank. */
    private List<String> contents() {
        String script =
                "cd "
                        + STORE
                        + "; for f in [0-9a-f]*[.:]*; do tr -d '\\n' <$f | tr '\\r' ' '; echo; done";
        return host.sh(script).lines().toList();
    }

    @Test
    void bothGiveAddressesAtOnceAndEachFreesTheOthers() {
        Need.file(Path.of(REFERENCE));
        Running first = ours("ADD", ids("ours")).start();
        Running second = reference("ADD", ids("theirs")).start();
        assertThat(first.await().ok()).doesNotContain("\"code\"");
        second.await().ok();

        assertThat(leases()).hasSize(4 * EACH);
        List<String> holders = new ArrayList<>();
        for (String id : ids("ours")) {
            holders.addAll(List.of(id + " eth0", id + " eth0"));
        }
        for (String id : ids("theirs")) {
            holders.addAll(List.of(id + " eth0", id + " eth0"));
        }
        assertThat(contents()).containsExactlyInAnyOrderElementsOf(holders);

        Running third = ours("DEL", ids("theirs")).start();
        Running fourth = reference("DEL", ids("ours")).start();
        assertThat(third.await().ok()).doesNotContain("\"code\"");
        fourth.await().ok();
        assertThat(leases()).isEmpty();
    }

    @Test
    void eachRefusesASecondAddOfTheOthersContainer() {
        Need.file(Path.of(REFERENCE));
        reference("ADD", List.of("theirs")).ok();
        assertThat(ours("ADD", List.of("theirs")).ok()).contains("\"code\":102");
        ours("ADD", List.of("ours")).ok();
        assertThat(reference("ADD", List.of("ours")).run().stdout())
                .contains("duplicate allocation");
        assertThat(ours("DEL", List.of("theirs", "ours")).ok()).isEqualTo("ok\nok\n");
        assertThat(leases()).isEmpty();
    }

    @Test
    void fullDiskConsumesNoAddress() {
        host.sh(
                "mkdir -p /var/lib/cni/networks; mount -t tmpfs -o size=4k tiny /var/lib/cni/networks");
        host.sh("head -c 4096 /dev/zero >/var/lib/cni/networks/filler");
        List<String> ids = ids("c").subList(0, 20);
        List<String> answers = ours("ADD", ids).ok().lines().toList();
        assertThat(answers).hasSize(20).allMatch(line -> line.contains("\"code\":5"));
        assertThat(answers.getFirst()).contains(STORE + "/10.1.0.2", "No space left");
        assertThat(host.list(STORE)).containsExactly("lock");
        assertThat(host.sh("find /var/lib/cni/networks/.pontoon -type f")).isEmpty();

        host.sh("rm /var/lib/cni/networks/filler");
        assertThat(ours("ADD", List.of("c1")).ok()).contains("10.1.0.2/16", "fd00:1::2/64");
        assertThat(contents()).containsExactly("c1 eth0", "c1 eth0");
        assertThat(ours("ADD", ids).ok()).contains("\"code\":5").doesNotContain("10.1.0.3/16\"");
        assertThat(contents()).containsExactly("c1 eth0", "c1 eth0");
        host.sh("mount -o remount,size=1m /var/lib/cni/networks");
        assertThat(ours("DEL", List.of("c1")).ok()).isEqualTo("ok\n");
        assertThat(leases()).isEmpty();
    }

    /**
     * On tmpfs a hard link counts as an inode: with 7, the second address of the call is the one
     * that fails.
     */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8, 9, 10})
    void diskWithFewInodesGivesBothAddressesOrNone(int inodes) {
        host.sh("mkdir -p /var/lib/cni/networks");
        host.sh("mount -t tmpfs -o nr_inodes=" + inodes + " tiny /var/lib/cni/networks");
        String answer = ours("ADD", List.of("c")).ok();
        if (leases().isEmpty()) {
            assertThat(answer).contains("\"code\":5");
            assertThat(host.sh("find /var/lib/cni/networks -name '*new*'")).isEmpty();
        } else {
            assertThat(answer).contains("10.1.0.2/16", "fd00:1::2/64");
            assertThat(contents()).containsExactly("c eth0", "c eth0");
        }
        assertThat(ours("DEL", List.of("c")).ok()).doesNotContain("106");
        assertThat(leases()).isEmpty();
    }

    @Test
    void killedAddLeavesWholeLeasesOnly() {
        for (int round = 0; round < 6; round++) {
            int before = leases().size();
            Running loop = ours("ADD", List.of("round" + round + "x*")).start();
            int wanted = before + 10 + 7 * round;
            Await.until(
                    "some leases",
                    Duration.ofMinutes(1),
                    () -> leases().size(),
                    count -> count > wanted);
            loop.kill();
            assertThat(contents()).allMatch(line -> line.matches("round\\dx\\d+ eth0"));
        }
        List<String> ids =
                contents().stream()
                        .map(line -> line.substring(0, line.indexOf(' ')))
                        .distinct()
                        .toList();
        assertThat(ours("DEL", ids).ok().lines()).containsOnly("ok");
        assertThat(leases()).isEmpty();
        assertThat(host.sh("find /var/lib/cni/networks/.pontoon -type f"))
                .isEqualTo("/var/lib/cni/networks/.pontoon/net/index\n");
    }
}
