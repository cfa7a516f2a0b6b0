package dev.pontoon.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.linux.FileLock;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class LedgerTest {
    private static final Attachment ONE = new Attachment("net", "c1", "eth0");

    @TempDir private Path temp;
    private Path root;
    private Ledger ledger;

    @BeforeEach
    void open() {
        root = temp.resolve("run/pontoon");
        ledger = new Ledger(root);
    }

    private Path file(Attachment attachment, String plugin) {
        return root.resolve("ledger")
                .resolve(attachment.network())
                .resolve(attachment.containerId() + ":" + attachment.ifname() + ":" + plugin);
    }

    private List<Path> everything() throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("ledger"))) {
            return files.filter(each -> !each.equals(root.resolve("ledger"))).toList();
        }
    }

    @Test
    void emptyLedgerIsReadWithoutMakingIt() {
        assertThat(ledger.find(ONE, "bridge")).isEmpty();
        assertThat(ledger.entries("net", "bridge")).isEmpty();
        assertThat(ledger.networks()).isEmpty();
        assertThat(ledger.mentions("net", "c1")).isFalse();
        ledger.remove(ONE, "bridge");
        assertThat(root).doesNotExist();
    }

    @Test
    void entryIsReadBack() throws IOException {
        LedgerEntry entry =
                LedgerEntry.begun(ONE, "bridge")
                        .with("hostVeth", "veth12")
                        .with("odd \"name\"\n", "é\\ \u0001")
                        .with("empty", "");
        ledger.write(entry);

        assertThat(ledger.find(ONE, "bridge")).contains(entry);
        assertThat(entry.finished()).isFalse();
        ledger.write(entry.finish());
        assertThat(ledger.find(ONE, "bridge").orElseThrow().finished()).isTrue();
        assertThat(Files.readString(file(ONE, "bridge"))).contains("\"veth12\"", "\"c1\"");
        assertThat(everything()).hasSize(2);
    }

    @Test
    void anyEntryOfOnePluginIsFound() {
        ledger.write(LedgerEntry.begun(ONE, "bridge").with("a", "1"));
        ledger.write(LedgerEntry.begun(ONE, "firewall").with("a", "2"));
        String network = ONE.network();
        assertThat(ledger.any(network, "firewall", e -> e.fact("a").orElse("").equals("2")))
                .isTrue();
        assertThat(ledger.any(network, "firewall", e -> e.fact("a").orElse("").equals("1")))
                .isFalse();
        assertThat(ledger.any("none", "firewall", _ -> true)).isFalse();
    }

    @Test
    void filesAreForTheOwnerOnly() throws IOException {
        ledger.write(LedgerEntry.begun(ONE, "bridge"));

        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(file(ONE, "bridge"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
                .isEqualTo("rwx------");
    }

    @Test
    void keysThatLookAlikeAreApart() {
        List<Attachment> attachments =
                List.of(
                        new Attachment("net", "a-b", "c"),
                        new Attachment("net", "a", "b-c"),
                        new Attachment("net", "a", "b"),
                        new Attachment("net-a", "b", "c"),
                        new Attachment("net", "a", "..."),
                        new Attachment("net", "a..", "b"),
                        new Attachment("net", "a", "%s*?\\~$x"));
        for (Attachment each : attachments) {
            ledger.write(LedgerEntry.begun(each, "bridge").with("key", each.toString()));
        }
        for (Attachment each : attachments) {
            assertThat(ledger.find(each, "bridge").orElseThrow().fact("key"))
                    .contains(each.toString());
        }
        assertThat(ledger.entries("net", "bridge")).hasSize(attachments.size() - 1);
        assertThat(ledger.entries("net", "brid")).isEmpty();
        assertThat(ledger.networks()).containsExactlyInAnyOrder("net", "net-a");
    }

    @Test
    void containerIsMentionedByItsWholeId() {
        ledger.write(LedgerEntry.begun(new Attachment("net", "c12", "eth0"), "bridge"));

        assertThat(ledger.mentions("net", "c12")).isTrue();
        assertThat(ledger.mentions("net", "c1")).isFalse();
        assertThat(ledger.mentions("other", "c12")).isFalse();
    }

    @Test
    void entriesOfAContainerAreFoundInEveryNetwork() {
        Attachment one = new Attachment("net", "c1", "eth0");
        Attachment other = new Attachment("other", "c1", "eth1");
        ledger.write(LedgerEntry.begun(one, "tuning"));
        ledger.write(LedgerEntry.begun(other, "tuning"));
        ledger.write(LedgerEntry.begun(one, "bridge"));
        ledger.write(LedgerEntry.begun(new Attachment("net", "c12", "eth0"), "tuning"));

        assertThat(ledger.entriesOf("c1", "tuning"))
                .extracting(LedgerEntry::attachment)
                .containsExactlyInAnyOrder(one, other);
    }

    @Test
    void entriesOfANetworkAreThoseOfEveryPlugin() {
        Attachment other = new Attachment("net", "c2", "eth0");
        ledger.write(LedgerEntry.begun(ONE, "bridge"));
        ledger.write(LedgerEntry.begun(other, "ptp"));
        ledger.write(LedgerEntry.begun(new Attachment("net2", "c2", "eth0"), "ptp"));

        assertThat(ledger.entries("net"))
                .extracting(entry -> entry.plugin() + " " + entry.attachment().containerId())
                .containsExactlyInAnyOrder("bridge c1", "ptp c2");
        assertThat(ledger.entries("elsewhere")).isEmpty();
    }

    @Test
    void longIdIsKept() {
        Attachment attachment = new Attachment("net", "a".repeat(200), "abcdefghijklmno");
        ledger.write(LedgerEntry.begun(attachment, "host-device"));

        assertThat(ledger.entries("net", "host-device")).hasSize(1);
        ledger.lock(attachment, new StopSignal()).close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "garbage",
                "[]",
                "{}",
                "{\"facts\":{\"a\":1}}",
                "{\"finished\":\"yes\"}"
            })
    void fileThatCannotBeUnderstoodIsAnUnfinishedEntryOfItsName(String text) throws IOException {
        ledger.write(LedgerEntry.begun(ONE, "bridge"));
        Files.writeString(file(ONE, "bridge"), text);

        assertThat(ledger.find(ONE, "bridge")).contains(LedgerEntry.begun(ONE, "bridge"));
        assertThat(ledger.entries("net", "bridge"))
                .containsExactly(LedgerEntry.begun(ONE, "bridge"));
    }

    @Test
    void keyIsTheFilesNameWhateverStandsInside() throws IOException {
        ledger.write(LedgerEntry.begun(ONE, "bridge").with("hostVeth", "veth1"));
        Attachment other = new Attachment("net", "c2", "eth0");
        Files.copy(file(ONE, "bridge"), file(other, "bridge"));

        assertThat(ledger.find(other, "bridge").orElseThrow().attachment()).isEqualTo(other);
    }

    @Test
    void strangersInTheFolderAreNotEntries() throws IOException {
        ledger.write(LedgerEntry.begun(ONE, "bridge"));
        Path folder = file(ONE, "bridge").getParent();
        Files.writeString(folder.resolve("README"), "x");
        Files.writeString(folder.resolve("a:b"), "x");
        Files.writeString(folder.resolve("a:b:c:bridge"), "x");
        Files.writeString(folder.resolve(".c9:eth0:bridge.new"), "x");

        assertThat(ledger.entries("net", "bridge")).hasSize(1);
        assertThat(ledger.mentions("net", "c9")).isFalse();
    }

    @Test
    void removalLeavesNoTrace() throws IOException {
        ledger.write(LedgerEntry.begun(ONE, "bridge"));
        ledger.write(LedgerEntry.begun(ONE, "portmap"));
        ledger.remove(ONE, "bridge");
        assertThat(ledger.find(ONE, "portmap")).isPresent();
        ledger.remove(ONE, "portmap");
        ledger.remove(ONE, "portmap");

        assertThat(everything()).isEmpty();
        assertThat(ledger.networks()).isEmpty();
    }

    @Test
    void whatAKilledWriterLeftIsReplacedAndRemoved() throws IOException {
        Path aside = file(ONE, "bridge").resolveSibling(".c1:eth0:bridge.new");
        Files.createDirectories(aside.getParent());
        Files.writeString(aside, "{\"fin");
        assertThat(ledger.find(ONE, "bridge")).isEmpty();

        ledger.write(LedgerEntry.begun(ONE, "bridge"));
        assertThat(aside).doesNotExist();

        Files.writeString(aside, "{\"fin");
        ledger.remove(ONE, "bridge");
        assertThat(everything()).isEmpty();
    }

    @Test
    void failureNamesTheFileAndTheReason() throws IOException {
        Files.createDirectories(root.getParent());
        Files.writeString(root, "a file in the way");

        assertThatThrownBy(() -> ledger.write(LedgerEntry.begun(ONE, "bridge")))
                .isInstanceOfSatisfying(CniException.class, e -> assertThat(e.code()).isEqualTo(5))
                .hasMessageContaining("write " + file(ONE, "bridge"));
        assertThatThrownBy(() -> ledger.find(ONE, "bridge"))
                .isInstanceOfSatisfying(CniException.class, e -> assertThat(e.code()).isEqualTo(5))
                .hasMessageContaining("Not a directory");
    }

    @Test
    void readersSeeWholeEntriesOnly() throws Exception {
        LedgerEntry small = LedgerEntry.begun(ONE, "bridge").with("size", "1");
        LedgerEntry large = small.with("size", "2").with("text", "x".repeat(300_000));
        ledger.write(small);
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Callable<Integer> reader =
                    () -> {
                        int rounds = 0;
                        while (!done.get()) {
                            String seen = Files.readString(file(ONE, "bridge"));
                            assertThat(seen.length())
                                    .isIn(small.toJson().length(), large.toJson().length());
                            rounds++;
                        }
                        return rounds;
                    };
            List<Future<Integer>> readers = List.of(threads.submit(reader), threads.submit(reader));
            try {
                for (int i = 0; i < 60; i++) {
                    ledger.write(i % 2 == 0 ? large : small);
                }
            } finally {
                done.set(true);
            }
            for (Future<Integer> each : readers) {
                assertThat(each.get()).isPositive();
            }
        }
    }

    /** On a file system in memory, as /run is: on disk the threads hardly ever meet. */
    @Test
    void folderOfANetworkMayComeAndGoUnderManyThreads(
            @TempDir(factory = InMemory.class) Path memory) throws Exception {
        Ledger shared = new Ledger(memory);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<?>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 8; i++) {
                Attachment own = new Attachment("net", "c" + i, "eth0");
                all.add(
                        threads.submit(() -> {
                            start.await();
                            comeAndGo(shared, own);
                            return null;
                        }));
            }
            start.countDown();
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertThat(memory.resolve("ledger")).isEmptyDirectory();
    }

    private static void comeAndGo(Ledger shared, Attachment own) {
        for (int round = 0; round < 2000; round++) {
            LedgerEntry entry = LedgerEntry.begun(own, "bridge").with("round", "" + round);
            shared.write(entry);
            assertThat(shared.find(own, "bridge")).contains(entry);
            shared.entries("net", "bridge");
            shared.remove(own, "bridge");
        }
    }

    static final class InMemory implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
                throws IOException {
            return Files.createTempDirectory(Path.of("/dev/shm"), "ledger");
        }
    }

    private Path lockFile() {
        return root.resolve("locks/net:c1:eth0");
    }

    private static int exitOf(String... command) throws Exception {
        return new ProcessBuilder(command).start().waitFor();
    }

    @Test
    void lockExcludesOtherProcessesAndVanishes() throws Exception {
        try (FileLock held = ledger.lock(ONE, new StopSignal())) {
            assertThat(exitOf("flock", "-n", lockFile().toString(), "true")).isEqualTo(1);
            assertThat(ledger.isBusy(ONE)).isTrue();
            assertThat(ledger.isBusy(new Attachment("net", "c1", "eth1"))).isFalse();
        }
        assertThat(lockFile()).doesNotExist();
        assertThat(ledger.isBusy(ONE)).isFalse();
        assertThat(lockFile()).doesNotExist();
    }

    @Test
    void lockOfAnotherProcessIsAwaited() throws Exception {
        Files.createDirectories(lockFile().getParent());
        Process holder =
                new ProcessBuilder("flock", lockFile().toString(), "sh", "-c", "echo held; read x")
                        .start();
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            assertThat(holder.inputReader().readLine()).isEqualTo("held");
            assertThat(ledger.isBusy(ONE)).isTrue();
            CountDownLatch taken = new CountDownLatch(1);
            Future<?> waiting =
                    thread.submit(() -> {
                        try (FileLock lock = ledger.lock(ONE, new StopSignal())) {
                            taken.countDown();
                        }
                    });
            Await.until("an open lock file", () -> openLocks() == 1);
            assertThat(taken.getCount()).isEqualTo(1);
            holder.outputWriter().append("\n").close();
            waiting.get();
            assertThat(taken.getCount()).isZero();
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }

    @Test
    void waitForALockEndsWithAStop() throws Exception {
        StopSignal stop = new StopSignal();
        try (FileLock held = ledger.lock(ONE, new StopSignal());
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            AtomicReference<Thread> waiter = new AtomicReference<>();
            Future<FileLock> waiting =
                    thread.submit(() -> {
                        waiter.set(Thread.currentThread());
                        return ledger.lock(ONE, stop);
                    });
            Await.until(
                    "the second call to wait",
                    () ->
                            waiter.get() != null
                                    && waiter.get().getState() == Thread.State.TIMED_WAITING);
            stop.request("SIGTERM");

            assertThatThrownBy(waiting::get)
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            CniException.class, e -> assertThat(e.code()).isEqualTo(101));
        }
    }

    /** How many descriptors of this process lead to the lock file. */
    private long openLocks() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(this::isLock).count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private boolean isLock(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).equals(lockFile().toAbsolutePath());
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void sharedLockIsAnotherThanThatOfAnAttachment() {
        try (FileLock shared = ledger.lockShared("bridge=cni0", new StopSignal());
                FileLock own = ledger.lock(ONE, new StopSignal())) {
            assertThat(ledger.isBusy(ONE)).isTrue();
        }
    }

    @Test
    void folderComesFromTheConfiguration() {
        Ledger.of(Calls.config(",\"runDir\":\"" + root + "\"")).write(LedgerEntry.begun(ONE, "p"));

        assertThat(file(ONE, "p")).exists();
        for (String bad : List.of("relative", "./x", "/a\\u0000b")) {
            assertThatThrownBy(() -> Ledger.of(Calls.config(",\"runDir\":\"" + bad + "\"")))
                    .isInstanceOfSatisfying(
                            CniException.class, e -> assertThat(e.code()).isEqualTo(7));
        }
    }

    @Test
    void ownerTagsAreShortAndUnambiguous() {
        assertThat(OwnerTag.of(ONE)).isEqualTo("net/c1/eth0");
        assertThat(OwnerTag.isOf("net/c1/eth0", "net")).isTrue();
        assertThat(OwnerTag.isOf("net2/c1/eth0", "net")).isFalse();
        String id = "a".repeat(200);
        String first = OwnerTag.of(new Attachment("net", id, "eth0"));
        String second = OwnerTag.of(new Attachment("net", id, "eth1"));
        assertThat(first.getBytes(UTF_8)).hasSizeLessThanOrEqualTo(128);
        assertThat(first).isNotEqualTo(second).startsWith("net/aaa");
        assertThat(
                        OwnerTag.of(new Attachment("n", "a".repeat(100), "é".repeat(60)))
                                .getBytes(UTF_8))
                .hasSizeLessThanOrEqualTo(128);
    }
}
