package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The packaged host-local on folders of leases that others wrote, damaged, or filled. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class LeaseStoreIT {
    private static final String FOLDER = "/var/lib/cni/networks/n1/";
    private static final int OLD_LEASES = 20_000;

    private Host host;
    private EdgeNode node;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
    }

    private CniCall hostLocal(String id, String ipam) {
        return host.cni(EdgeNode.bin(), "host-local")
                .containerId(id)
                .netns("/run/netns/" + id)
                .ifname("eth0")
                .stdin(Conf.with(EdgeNode.CONF, "{'ipam':" + ipam + "}"));
    }

    private static String range(int first, int last) {
        return "{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/24','rangeStart':'10.66.0."
                + first
                + "','rangeEnd':'10.66.0."
                + last
                + "'}]]}";
    }

    @Test
    @DisplayName("E35 empty and torn leases are free, foreign files are left alone")
    void damagedStore() {
        host.write(FOLDER + "10.66.0.2", "");
        host.write(FOLDER + "10.66.0.3", "\0\0\0\0");
        host.write(FOLDER + "10.66.0.4", " \r\n");
        host.write(FOLDER + "10.66.0.5", "another\r\neth0");
        host.write(FOLDER + "README", "mine");
        host.write(FOLDER + "10.66.0.6.bak", "mine");
        List<String> given = new ArrayList<>();
        for (String id : List.of("a", "b", "c")) {
            CniResult added = hostLocal(id, range(2, 5)).add().succeeded();
            given.add(EdgeNode.address(added));
        }
        assertThat(given).containsExactlyInAnyOrder("10.66.0.2", "10.66.0.3", "10.66.0.4");
        hostLocal("d", range(2, 5)).add().failedWith(104);
        assertThat(host.read(FOLDER + "10.66.0.5")).isEqualTo("another\r\neth0");
        assertThat(host.read(FOLDER + "README")).isEqualTo("mine");
        assertThat(host.read(FOLDER + "10.66.0.6.bak")).isEqualTo("mine");
    }

    @Test
    @DisplayName("E35 DEL frees a lease in the old format of one line, and no other")
    void oldFormat() {
        host.write(FOLDER + "10.66.0.7", "old");
        host.write(FOLDER + "10.66.0.8", "older");
        host.write(FOLDER + "10.66.0.9", "new\neth0");
        hostLocal("old", range(2, 20)).del().succeeded();
        hostLocal("new", range(2, 20)).del().succeeded();
        assertThat(node.leases("n1")).containsExactly("10.66.0.8");
    }

    @Test
    @DisplayName("E36 20 ADDs on a file system without space consume nothing but what they give")
    void fullFileSystem() {
        host.sh("mount -t tmpfs -o size=4k,mode=0755 small /var/lib/cni");
        int given = 0;
        for (int i = 0; i < 20; i++) {
            CniResult result = hostLocal("c" + i, range(2, 250)).add();
            given += result.exit() == 0 ? 1 : 0;
            if (result.exit() != 0) {
                result.failedWith(5);
            }
        }
        List<String> leases = node.leases("n1");
        assertThat(leases).hasSize(given);
        for (String lease : leases) {
            assertThat(host.read(FOLDER + lease)).startsWith("c").endsWith("eth0");
        }
        assertThat(given).isLessThan(20);
        host.ok("mount", "-o", "remount,size=1m", "/var/lib/cni");
        hostLocal("c99", range(2, 250)).add().succeeded();
        assertThat(node.leases("n1")).hasSize(given + 1);
    }

    @Test
    @DisplayName("E37 ADD and DEL among 20000 leases take and free one address")
    void manyLeases() {
        host.ok("mkdir", "-p", FOLDER);
        host.sh(
                "cd "
                        + FOLDER
                        + "; n=0; for i in $(seq 0 79); do for j in $(seq 0 249); do"
                        + " printf 'c%s\\r\\neth0' $i.$j >10.64.$i.$j; done; done");
        String ipam = "{'type':'host-local','subnet':'10.64.0.0/16'}";
        CniCall call = hostLocal("fresh", ipam);
        CniResult added = call.add().succeeded();
        String address = EdgeNode.address(added);
        assertThat(host.read(FOLDER + address)).isEqualTo("fresh\r\neth0");
        // 250 is the first that the loop above left out.
        assertThat(address).isEqualTo("10.64.0.250");
        assertThat(node.leases("n1")).hasSize(OLD_LEASES + 1);
        call.add().failedWith(102);
        call.del().succeeded();
        assertThat(node.leases("n1")).hasSize(OLD_LEASES).doesNotContain(address);
        hostLocal("c5.7", ipam).del().succeeded();
        assertThat(node.leases("n1")).hasSize(OLD_LEASES - 1).doesNotContain("10.64.5.7");
    }
}
