package dev.pontoon.hostlocal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.protocol.Ip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexTest {
    private static final String CONF =
            "'ranges':[[{'subnet':'10.1.0.0/26'}],[{'subnet':'fd00::/122'}]]";

    @TempDir Path root;
    private Node node;
    private String conf;
    private Path index;

    @BeforeEach
    void makeNode() {
        node = new Node(root);
        conf = node.conf(CONF);
        index = node.dataDir().resolve(".pontoon/net/index");
    }

    private Index open() {
        return Index.open(index, false);
    }

    private boolean isComplete() {
        try (Index read = open()) {
            return read.isComplete(Stamp.read(node.folder("net")), Node.FIRST_BOOT);
        }
    }

    @Test
    void isCompleteUntilSomebodyElseAddsOrRemovesAFile() throws IOException {
        node.add(conf, "a");
        assertThat(isComplete()).isTrue();
        node.writeLease("10.1.0.50", "go\r\neth0");
        assertThat(isComplete()).isFalse();
        node.del(conf, "unknown");
        assertThat(isComplete()).isTrue();
        node.deleteLease("10.1.0.50");
        assertThat(isComplete()).isFalse();
        node.del(conf, "unknown");
        Files.move(node.lease("10.1.0.2"), node.lease("10.1.0.3"));
        assertThat(isComplete()).isFalse();
        node.del(conf, "a");
        assertThat(isComplete()).isTrue();
        assertThat(node.leases()).isEmpty();
    }

    @Test
    void changeInTheSameTickIsSeen() throws IOException {
        // A kernel with a coarse clock gives a change right after ours the time of ours.
        node.add(conf, "a");
        FileTime tick = (FileTime) Files.getAttribute(node.folder("net"), "unix:ctime");
        node.writeLease("10.1.0.50", "go\r\neth0");
        Files.getFileAttributeView(node.folder("net"), BasicFileAttributeView.class)
                .setTimes(tick, null, null);
        assertThat(isComplete()).isFalse();
    }

    @Test
    void timesThatTheKernelGaveProveNothing() throws IOException {
        Path file = root.resolve("index");
        Stamp natural = new Stamp(5, 5);
        try (Index made = Index.open(file, true)) {
            made.save(natural, Node.FIRST_BOOT);
            assertThat(made.isComplete(natural, Node.FIRST_BOOT)).isFalse();
        }
    }

    @Test
    void noTwoStampsInARowAreAlike() {
        node.add(conf, "a");
        Stamp first = Stamp.read(node.folder("net"));
        node.add(conf, "b");
        Stamp second = Stamp.read(node.folder("net"));
        assertThat(first.isOurs()).isTrue();
        assertThat(second.modified() % 1_000_000_000)
                .isEqualTo(first.modified() % 1_000_000_000 + 1);
    }

    @Test
    void doesNotCountInAnotherBoot() {
        node.add(conf, "a");
        Stamp stamp = Stamp.read(node.folder("net"));
        try (Index read = open()) {
            assertThat(read.isComplete(stamp, new Boot("other", 5))).isFalse();
            assertThat(read.isComplete(stamp, new Boot("", 5))).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "Pontoon1 and then much too little of it"})
    void lostOrBrokenIndexIsMadeAnew(String content) throws IOException {
        node.add(conf, "a");
        Files.writeString(index, content);
        HostLocalPluginTest.failure(102, () -> node.add(conf, "a"));
        Files.delete(index);
        node.del(conf, "a");
        assertThat(node.leases()).isEmpty();
        assertThat(isComplete()).isTrue();
    }

    @Test
    void truncatedIndexWithARightHeaderFailsNoAdd() throws IOException {
        node.add(conf, "a");
        node.add(conf, "b");
        byte[] all = Files.readAllBytes(index);
        Files.write(index, java.util.Arrays.copyOf(all, 100));
        node.add(conf, "c");
        node.del(conf, "a");
        assertThat(node.leases().values()).containsOnly("b\r\neth0", "c\r\neth0");
    }

    @Test
    void growsAndForgets() throws IOException {
        Path file = root.resolve("index");
        Index made = Index.open(file, true);
        List<Lease> leases = new ArrayList<>();
        Ip address = Ip.parse("10.1.0.0").orElseThrow();
        for (int i = 0; i < 3000; i++) {
            leases.add(new Lease(address, new Holder("c" + i / 2, "eth0")));
            address = address.next();
            made.add(leases.getLast(), i % 7 == 0);
        }
        made.save(new Stamp(1, 2), Node.FIRST_BOOT);
        made.close();
        Index read = Index.open(file, true);
        for (int i = 0; i < 3000; i += 2) {
            read.remove(leases.get(i));
        }
        assertThat(read.find(new Holder("c700", "eth0")))
                .containsExactly(leases.get(1401).address());
        assertThat(read.isOld(leases.get(1407))).isTrue();
        assertThat(read.isOld(leases.get(1401))).isFalse();
        assertThat(read.isOld(leases.get(1400))).isFalse();
        for (int i = 0; i < 20_000; i++) {
            Lease passing = new Lease(address, new Holder("p" + i, "eth0"));
            read.add(passing, false);
            read.remove(passing);
        }
        read.save(new Stamp(3, 4), Node.FIRST_BOOT);
        read.close();
        assertThat(Files.size(file)).isLessThan(24 * 16_384L);
        try (Index again = Index.open(file, false)) {
            for (int i = 1; i < 3000; i += 2) {
                assertThat(again.find(leases.get(i).holder())).contains(leases.get(i).address());
            }
        }
    }

    /**
     * Our calls and the reference's in any order: no address is ever held by two, and after the
     * last DEL of everyone nothing is left. The reference is played by hand: it adds and removes
     * files and knows of no index.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void mixedWithTheReferenceNothingIsLostOrGivenTwice(long seed) {
        Random random = new Random(seed);
        Map<String, List<String>> held = new HashMap<>();
        for (int step = 0; step < 400; step++) {
            String id = "c" + random.nextInt(40);
            switch (random.nextInt(5)) {
                case 0 -> foreignAdd(id, random, held);
                case 1 -> foreignDel(id, held);
                case 2 -> {
                    node.del(conf, id);
                    held.remove(id);
                }
                default -> ownAdd(id, held);
            }
            assertThat(filesByHolder()).isEqualTo(held);
        }
        for (String id : List.copyOf(held.keySet())) {
            node.del(conf, id);
        }
        assertThat(node.leases()).isEmpty();
    }

    private void ownAdd(String id, Map<String, List<String>> held) {
        if (held.containsKey(id)) {
            HostLocalPluginTest.failure(102, () -> node.add(conf, id));
        } else {
            held.put(id, node.add(conf, id));
        }
    }

    private void foreignAdd(String id, Random random, Map<String, List<String>> held) {
        String address = "10.1.0." + (2 + random.nextInt(60));
        if (!held.containsKey(id) && !Files.exists(node.lease(address))) {
            node.writeLease(address, id + "\r\neth0");
            held.put(id, List.of(address));
        }
    }

    private void foreignDel(String id, Map<String, List<String>> held) {
        List<String> addresses = held.remove(id);
        if (addresses != null) {
            addresses.forEach(node::deleteLease);
        }
    }

    private Map<String, List<String>> filesByHolder() {
        Map<String, List<String>> holders = new HashMap<>();
        node.leases()
                .forEach((address, text) ->
                        holders.computeIfAbsent(
                                        text.substring(0, text.indexOf('\r')),
                                        _ -> new ArrayList<>())
                                .add(address));
        return holders;
    }
}
