package dev.pontoon.hostlocal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.CniException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases of earlier boots. The range has four addresses to give. */
class RebootTest {
    private static final long FAR_AHEAD = Instant.parse("2200-01-01T00:00:00Z").getEpochSecond();
    private static final String SECOND = "22222222-2222-2222-2222-222222222222";

    @TempDir Path root;
    private Node node;
    private String conf;

    @BeforeEach
    void makeNode() {
        node = new Node(root);
        conf =
                node.conf(
                        "'ranges':[[{'subnet':'10.1.0.0/24','rangeStart':'10.1.0.2','rangeEnd':'10.1.0.5'}]]");
    }

    private void fill() {
        for (String id : List.of("a", "b", "c", "d")) {
            node.add(conf, id);
        }
    }

    private CniException full() {
        return HostLocalPluginTest.failure(104, () -> node.add(conf, "new"));
    }

    @Test
    void leasesOfThisBootStay() {
        fill();
        full();
        HostLocalPluginTest.failure(50, () -> node.status(conf));
        assertThat(node.leases()).hasSize(4);
    }

    @Test
    void leasesOfAnEarlierBootAreReclaimedOnceTheRangeIsFull() {
        fill();
        node.del(conf, "b");
        node.reboot(SECOND, FAR_AHEAD);
        assertThat(node.add(conf, "first")).containsExactly("10.1.0.3");
        assertThat(node.leases()).hasSize(4);
        node.status(conf);
        assertThat(node.add(conf, "second")).containsExactly("10.1.0.4");
        assertThat(node.log())
                .contains("reclaimed 10.1.0.2 from eth0 of container a in network net")
                .contains("before this machine was booted");
        assertThat(node.leases().values())
                .containsExactlyInAnyOrder("first\r\neth0", "second\r\neth0");
    }

    @Test
    void containerInTheLedgerKeepsItsLease() {
        fill();
        node.reboot(SECOND, FAR_AHEAD);
        Node.write(node.runDir().resolve("ledger/net/a:eth0:bridge"), "{}");
        node.add(conf, "new");
        assertThat(node.leases()).containsEntry("10.1.0.2", "a\r\neth0").hasSize(2);
    }

    @Test
    void wishForTheAddressOfAContainerInTheLedgerIsRefused() {
        node.add(conf, "a");
        node.reboot(SECOND, FAR_AHEAD);
        Node.write(node.runDir().resolve("ledger/net/a:eth0:bridge"), "{}");
        CniException refused =
                HostLocalPluginTest.failure(104, () -> node.add(conf, "b", "IP=10.1.0.2"));
        assertThat(refused.text()).contains("taken by eth0 of container a");
    }

    @Test
    void referenceLeasesAreOldOnlyIfTheStoreWasUsedInAnEarlierBoot() throws IOException {
        for (int i = 2; i <= 5; i++) {
            node.writeLease("10.1.0." + i, "go" + i + "\r\neth0");
            made("10.1.0." + i, "2020-01-01T00:00:00Z");
        }
        full();
        node.reboot(SECOND, Instant.parse("2021-01-01T00:00:00Z").getEpochSecond());
        node.status(conf);
        node.add(conf, "new");
        assertThat(node.leases().values()).containsExactly("new\r\neth0");
    }

    @Test
    void referenceLeasesOfThisBootStay() throws IOException {
        node.add(conf, "marker");
        node.del(conf, "marker");
        node.reboot(SECOND, Instant.parse("2021-01-01T00:00:00Z").getEpochSecond());
        node.del(conf, "marker");
        for (int i = 2; i <= 5; i++) {
            node.writeLease("10.1.0." + i, "go" + i + "\r\neth0");
        }
        // Its time is of long ago, but it was not there at the first call of this boot: the clock
        // was wrong.
        made("10.1.0.3", "2020-01-01T00:00:00Z");
        full();
        HostLocalPluginTest.failure(50, () -> node.status(conf));
        assertThat(node.leases()).hasSize(4);
    }

    private void made(String address, String time) throws IOException {
        Files.setLastModifiedTime(node.lease(address), FileTime.from(Instant.parse(time)));
    }

    @Test
    void markOfAnOldLeaseSurvivesForeignChanges() throws IOException {
        node.add(conf, "marker");
        node.del(conf, "marker");
        node.writeLease("10.1.0.3", "go3\r\neth0");
        made("10.1.0.3", "2020-01-01T00:00:00Z");
        node.reboot(SECOND, Instant.parse("2021-01-01T00:00:00Z").getEpochSecond());
        node.del(conf, "marker");
        for (int i : List.of(2, 4, 5)) {
            node.writeLease("10.1.0." + i, "go" + i + "\r\neth0");
        }
        assertThat(node.add(conf, "new")).containsExactly("10.1.0.3");
        assertThat(node.leases()).hasSize(4);
    }

    @Test
    void wishForAnAddressOfAnEarlierBootIsGranted() {
        node.add(conf, "a", "IP=10.1.0.4");
        node.reboot(SECOND, FAR_AHEAD);
        assertThat(node.add(conf, "b", "IP=10.1.0.4")).containsExactly("10.1.0.4");
        assertThat(node.log()).contains("reclaimed 10.1.0.4");
    }

    @Test
    void sameContainerIsAttachedAgainAfterAReboot() {
        node.add(conf, "a");
        node.reboot(SECOND, FAR_AHEAD);
        assertThat(node.add(conf, "a")).containsExactly("10.1.0.3");
        assertThat(node.leases()).containsOnlyKeys("10.1.0.3");
    }
}
