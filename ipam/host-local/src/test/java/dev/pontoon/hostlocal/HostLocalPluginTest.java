package dev.pontoon.hostlocal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.linux.FileLock;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.CniException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostLocalPluginTest {
    private static final String DUAL =
            "'ranges':[[{'subnet':'10.1.0.0/24'}],[{'subnet':'fd00:1::/64'}]]";

    @TempDir Path root;
    private Node node;
    private String conf;

    @BeforeEach
    void makeNode() {
        node = new Node(root);
        conf = node.conf(DUAL);
    }

    static CniException failure(int code, ThrowingCallable call) {
        CniException[] thrown = new CniException[1];
        assertThatThrownBy(call).isInstanceOfSatisfying(CniException.class, e -> thrown[0] = e);
        assertThat(thrown[0].code()).as(thrown[0].text()).isEqualTo(code);
        return thrown[0];
    }

    @Test
    void addGivesOneAddressOfEachSet() {
        assertThat(node.add(conf, "c1")).containsExactly("10.1.0.2", "fd00:1::2");
        assertThat(node.add(conf, "c2")).containsExactly("10.1.0.3", "fd00:1::3");
        assertThat(node.addResult(conf, "c3", "eth0", "").ips().getFirst().toString())
                .contains("10.1.0.4/24", "gateway=10.1.0.1");
    }

    @Test
    void filesAreThoseOfTheReference() throws Exception {
        node.add(conf, "c1");
        assertThat(node.files("net"))
                .containsExactly(
                        "10.1.0.2",
                        "fd00:1::2",
                        "last_reserved_ip.0",
                        "last_reserved_ip.1",
                        "lock");
        assertThat(node.leases())
                .isEqualTo(Map.of("10.1.0.2", "c1\r\neth0", "fd00:1::2", "c1\r\neth0"));
        assertThat(Node.read(node.lease("last_reserved_ip.1"))).isEqualTo("fd00:1::2");
        assertThat(mode("")).isEqualTo("rwxr-xr-x");
        assertThat(mode("lock")).isEqualTo("rwxr-x---");
        assertThat(mode("10.1.0.2")).isEqualTo("rw-------");
        assertThat(mode("last_reserved_ip.0")).isEqualTo("rw-------");
    }

    private String mode(String file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(node.lease(file)));
    }

    @Test
    void delFreesWhatTheAttachmentHasAndNothingElse() {
        node.add(conf, "c1");
        node.addResult(conf, "c1", "net1", "");
        node.add(conf, "c11");
        node.del(conf, "c1");
        assertThat(node.leases().values())
                .containsExactlyInAnyOrder(
                        "c1\r\nnet1", "c1\r\nnet1", "c11\r\neth0", "c11\r\neth0");
        node.del(conf, "c1");
        node.del(conf, "never-seen");
        assertThat(node.leases()).hasSize(4);
    }

    @Test
    void delNeedsNeitherRangesNorGoodArgumentsNorAFolder() {
        node.add(conf, "c1");
        node.del(node.conf("'ranges':[[{'subnet':'nonsense'}]]"), "c1", "eth0", "broken");
        assertThat(node.leases()).isEmpty();
        node.del(node.conf("other", "1.1.0", "", ""), "c1");
        assertThat(node.folder("other")).doesNotExist();
        assertThat(node.dataDir().resolve(".pontoon/other")).doesNotExist();
        node.del("{\"name\":\"n\",\"ipam\":{\"dataDir\":7}}", "c1");
        node.del("{\"name\":\"n\",\"ipam\":{\"dataDir\":\"relative\"}}", "c1");
    }

    @Test
    void secondAddIsRefusedAndFreesNothing() {
        node.add(conf, "c1");
        Map<String, String> before = node.leases();
        String last = Node.read(node.lease("last_reserved_ip.0"));
        assertThat(failure(102, () -> node.add(conf, "c1")).text()).contains("10.1.0.2", "c1");
        failure(102, () -> node.add(conf, "c1", "IP=10.1.0.77"));
        assertThat(node.leases()).isEqualTo(before);
        assertThat(Node.read(node.lease("last_reserved_ip.0"))).isEqualTo(last);
    }

    @Test
    void addIsAllOrNothing() {
        String full = node.conf("'ranges':[[{'subnet':'10.1.0.0/24'}],[{'subnet':'10.9.0.0/30'}]]");
        node.add(full, "c1");
        CniException refused = failure(104, () -> node.add(full, "c2"));
        assertThat(refused.text()).contains("ipam.ranges[1]", "10.9.0.1-10.9.0.2", "2 addresses");
        assertThat(refused.details()).contains("10.9.0.2 by eth0 of container c1 since 20");
        assertThat(node.leases().values()).containsOnly("c1\r\neth0");
        assertThat(Node.read(node.lease("last_reserved_ip.0"))).isEqualTo("10.1.0.2");
    }

    @Test
    void takenWishIsRefusedWithTheNameOfItsHolder() {
        assertThat(node.add(conf, "c1", "IP=10.1.0.50/16"))
                .containsExactly("10.1.0.50", "fd00:1::2");
        assertThat(failure(104, () -> node.add(conf, "c2", "IP=10.1.0.50")).text())
                .contains("CNI_ARGS IP 10.1.0.50", "eth0 of container c1");
        assertThat(node.leases()).hasSize(2);
    }

    @Test
    void wishesComeFromThreePlaces() {
        String more =
                ",'args':{'cni':{'ips':['10.1.0.60']}},'runtimeConfig':{'ips':['fd00:1::60/64']}";
        String asking = node.conf("net", "1.1.0", DUAL, more);
        assertThat(node.add(asking, "c1", "IP=10.1.0.50"))
                .containsExactly("10.1.0.60", "fd00:1::60");
    }

    @Test
    void oldLeasesWithTheContainerAloneAreHonoured() {
        node.writeLease("10.1.0.9", "c1\n");
        failure(102, () -> node.add(conf, "c1"));
        node.del(conf, "c1");
        assertThat(node.leases()).isEmpty();
    }

    @Test
    void emptyAndTornFilesAreFreeAddresses() {
        node.writeLease("10.1.0.2", "");
        node.writeLease("10.1.0.3", "\0\0\0\0");
        assertThat(node.add(conf, "c1")).startsWith("10.1.0.2");
        assertThat(node.log()).contains("10.1.0.2").contains("10.1.0.3");
        assertThat(node.add(conf, "c2")).startsWith("10.1.0.3");
    }

    @Test
    void fileThatBecomesEmptyBehindTheIndexIsFree() {
        String small = node.conf("'subnet':'10.1.0.0/29'");
        for (int i = 2; i <= 6; i++) {
            node.add(small, "c" + i);
        }
        node.writeLease("10.1.0.4", "");
        node.status(small);
        assertThat(node.add(small, "again")).containsExactly("10.1.0.4");
        node.writeLease("10.1.0.5", "\0\0");
        node.status(small);
        assertThat(node.add(small, "twice")).containsExactly("10.1.0.5");
    }

    @Test
    void foreignFilesAreLeftAlone() {
        node.writeLease("README", "c1\r\neth0");
        node.writeLease("FD00:1::2", "c1\r\neth0");
        node.writeLease("10.1.0.2", "kept for the printer");
        assertThat(node.add(conf, "c1")).containsExactly("10.1.0.3", "fd00:1::2");
        node.del(conf, "c1");
        String gc = node.conf("net", "1.1.0", DUAL, ",'cni.dev/valid-attachments':[]");
        node.gc(gc);
        assertThat(node.leases()).containsOnlyKeys("README", "FD00:1::2", "10.1.0.2");
    }

    @Test
    void checkNamesTheAddressAndItsHolder() {
        node.add(conf, "c1");
        String previous =
                ",'prevResult':{'cniVersion':'1.1.0','ips':[{'address':'10.1.0.2/24'},"
                        + "{'address':'fd00:1::2/64'},{'address':'192.168.0.1/24'}]}";
        String checked = node.conf("net", "1.1.0", DUAL, previous);
        node.check(checked, "c1");
        assertThat(failure(103, () -> node.check(checked, "c2")).text())
                .contains("10.1.0.2 is leased to eth0 of container c1");
        node.deleteLease("fd00:1::2");
        assertThat(failure(103, () -> node.check(checked, "c1")).text())
                .contains("fd00:1::2 is leased to nobody");
        failure(7, () -> node.check(conf, "c1"));
    }

    @Test
    void checkAcceptsALeaseOfRangesThatAreNoMore() {
        node.add(conf, "c1");
        String previous = ",'prevResult':{'cniVersion':'1.1.0','ips':[{'address':'10.1.0.2/24'}]}";
        String moved = node.conf("net", "1.1.0", "'subnet':'10.2.0.0/24'", previous);
        node.check(moved, "c1");
        failure(103, () -> node.check(moved, "c2"));
    }

    @Test
    void gcKeepsWhatIsListedAndTheOtherNetworks() {
        node.add(conf, "c1");
        node.addResult(conf, "c1", "net1", "");
        node.add(conf, "c2");
        node.writeLease("10.1.0.99", "c3");
        node.writeLease("10.1.0.98", "c4");
        String other = node.conf("other", "1.1.0", DUAL, "");
        node.add(other, "c9");
        String list = "[{'containerID':'c1','ifname':'eth0'},{'containerID':'c3','ifname':'eth0'}]";
        node.gc(node.conf("net", "1.1.0", "", ",'cni.dev/valid-attachments':" + list));
        assertThat(node.leases().values())
                .containsExactlyInAnyOrder("c1\r\neth0", "c1\r\neth0", "c3");
        assertThat(node.files("net")).contains("lock", "last_reserved_ip.0", "last_reserved_ip.1");
        assertThat(node.files("other")).contains("10.1.0.5");
    }

    @Test
    void gcWithoutAListRemovesNothingAndWithNullEverything() {
        node.add(conf, "c1");
        node.gc(conf);
        assertThat(node.leases()).hasSize(2);
        assertThat(node.log()).contains("nothing removed");
        failure(
                6,
                () -> node.gc(node.conf("net", "1.1.0", DUAL, ",'cni.dev/valid-attachments':7")));
        assertThat(node.leases()).hasSize(2);
        node.gc(node.conf("net", "1.1.0", DUAL, ",'cni.dev/valid-attachments':null"));
        assertThat(node.leases()).isEmpty();
        node.gc(node.conf("nowhere", "1.1.0", DUAL, ",'cni.dev/valid-attachments':null"));
        assertThat(node.folder("nowhere")).doesNotExist();
    }

    @Test
    void statusTellsAFullRangeAndChangesNothing() {
        String small = node.conf("'subnet':'10.1.0.0/30'");
        node.status(small);
        assertThat(node.dataDir()).doesNotExist();
        node.add(small, "c1");
        assertThat(failure(50, () -> node.status(small)).details()).contains("container c1");
        node.del(small, "c1");
        node.status(small);
        failure(50, () -> node.status(node.conf("'subnet':'10.1.0.0/31'")));
        failure(50, () -> node.status(node.conf("'subnet':7")));
    }

    @Test
    void otherNetworksAddressesAreTakenLast() {
        String small = "'subnet':'10.1.0.0/29'";
        String first = node.conf("net", "1.1.0", small, "");
        String second = node.conf("other", "1.1.0", small, "");
        assertThat(node.add(first, "a")).containsExactly("10.1.0.2");
        assertThat(node.add(second, "b")).containsExactly("10.1.0.3");
        assertThat(node.add(first, "c")).containsExactly("10.1.0.4");
        assertThat(node.add(second, "d", "IP=10.1.0.2")).containsExactly("10.1.0.2");
        assertThat(node.add(first, "e")).containsExactly("10.1.0.5");
        assertThat(node.add(first, "f")).containsExactly("10.1.0.6");
        assertThat(node.add(first, "g")).containsExactly("10.1.0.3");
        assertThat(node.log()).contains("another network");
        failure(104, () -> node.add(first, "h"));
    }

    @Test
    void dnsComesFromResolvConf() throws Exception {
        Path file = root.resolve("resolv.conf");
        Files.writeString(
                file,
                "# c\nnameserver 10.0.0.1\nnameserver ::1\nsearch a b\ndomain x\ndomain y\noptions ndots:2\n");
        var result =
                node.addResult(
                        node.conf(
                                "'subnet':'10.1.0.0/24','resolvConf':'"
                                        + file
                                        + "','routes':[{'dst':'0.0.0.0/0'}]"),
                        "c1",
                        "eth0",
                        "");
        assertThat(result.dns().nameservers()).containsExactly("10.0.0.1", "::1");
        assertThat(result.dns().search()).containsExactly("a", "b");
        assertThat(result.dns().domain()).isEqualTo("y");
        assertThat(result.dns().options()).isEqualTo(List.of("ndots:2"));
        assertThat(result.routes()).hasSize(1);
        failure(5, () -> node.add(node.conf("'subnet':'10.1.0.0/24','resolvConf':'/none'"), "c2"));
    }

    @Test
    void denseRangeWithItsLastAddressLostGivesTheOnlyHole() {
        String range =
                node.conf("'ranges':[[{'subnet':'10.1.0.0/22'}],[{'subnet':'fd00:1::/64'}]]");
        for (int i = 2; i < 1023; i++) {
            node.writeLease("10.1." + i / 256 + "." + i % 256, "go" + i + "\r\neth0");
            node.writeLease("fd00:1::" + Integer.toHexString(i), "go" + i + "\r\neth0");
        }
        node.deleteLease("10.1.3.9");
        node.status(range);
        assertThat(node.add(range, "c1")).containsExactly("10.1.3.9", "fd00:1::3ff");
        assertThat(failure(104, () -> node.add(range, "c2")).text())
                .contains("1022 addresses 1021 are leased");
    }

    @Test
    void lastAddressIsOverwrittenByAShorterOne() {
        String range =
                node.conf("'subnet':'10.1.0.0/24','rangeStart':'10.1.0.9','rangeEnd':'10.1.0.10'");
        node.add(range, "c1");
        node.add(range, "c2");
        node.del(range, "c1");
        assertThat(node.add(range, "c3")).containsExactly("10.1.0.9");
        assertThat(Node.read(node.lease("last_reserved_ip.0"))).isEqualTo("10.1.0.9");
    }

    @Test
    void folderNamedAsAnAddressIsNotTouched() throws Exception {
        Files.createDirectories(node.lease("10.1.0.2"));
        assertThat(node.add(conf, "c1")).containsExactly("10.1.0.3", "fd00:1::2");
        failure(11, () -> node.add(conf, "c2", "IP=10.1.0.2"));
        node.del(conf, "c1");
        assertThat(node.lease("10.1.0.2")).isDirectory();
    }

    @Test
    void threadsGetDifferentAddresses() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<List<String>>> adds = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                String id = "c" + i;
                adds.add(threads.submit(() -> node.add(conf, id)));
            }
            Set<String> given = new HashSet<>();
            for (Future<List<String>> each : adds) {
                given.addAll(each.get());
            }
            assertThat(given).hasSize(200).isEqualTo(node.leases().keySet());
        }
    }

    @Test
    void addThatIsToldToStopGivesUpTheWaitForTheLock() {
        node.add(conf, "c1");
        StopSignal stop = new StopSignal();
        stop.request("SIGTERM");
        node.stopWith(stop);
        try (FileLock held = FileLock.exclusive(node.lease("lock"), 0750, Duration.ofSeconds(1))) {
            assertThat(held).isNotNull();
            failure(101, () -> node.add(conf, "c2"));
        }
        assertThat(node.leases().values()).containsOnly("c1\r\neth0");
        node.del(conf, "c1");
        assertThat(node.leases()).isEmpty();
    }

    @Test
    void lostFolderOfOursIsNoLoss() throws Exception {
        node.add(conf, "c1");
        Path own = node.dataDir().resolve(".pontoon");
        Files.delete(own.resolve("net/index"));
        Files.delete(own.resolve("net"));
        Files.delete(own);
        Files.writeString(own, "in the way");
        node.add(conf, "c2");
        failure(102, () -> node.add(conf, "c1"));
        node.del(conf, "c1");
        assertThat(node.leases().values()).containsOnly("c2\r\neth0");
        assertThat(node.log()).contains("could not be written");
    }
}
