package dev.pontoon.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.linux.FileLock;
import dev.pontoon.protocol.Attachment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What calls leave that are killed before they have written an entry. */
final class LedgerAbandonedTest {

    private static final Attachment KILLED = new Attachment("n", "killed", "eth0");

    @TempDir private Path root;
    private Ledger ledger;
    private Path lock;
    private Path aside;

    @BeforeEach
    void leave() throws IOException {
        ledger = new Ledger(root);
        lock = file("locks/n:killed:eth0");
        aside = file("ledger/n/.killed:eth0:bridge.new");
    }

    private Path file(String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }

    @Test
    void locksOfNobodyAndHalfWrittenEntriesGo() {
        ledger.removeAbandoned("n");

        assertThat(lock).doesNotExist();
        assertThat(aside.getParent()).doesNotExist();
    }

    @Test
    void callAtWorkKeepsBoth() {
        try (FileLock held = ledger.lock(KILLED, new StopSignal())) {
            ledger.removeAbandoned("n");

            assertThat(lock).exists();
            assertThat(aside).exists();
        }
    }

    @Test
    void otherNetworksAndEntriesStay() throws IOException {
        Path other = file("locks/n2:killed:eth0");
        ledger.write(LedgerEntry.begun(new Attachment("n", "c", "eth0"), "bridge"));

        ledger.removeAbandoned("n");

        assertThat(other).exists();
        assertThat(ledger.entries("n", "bridge")).hasSize(1);
    }

    @Test
    void ledgerThatWasNeverWrittenToIsNoFailure() {
        new Ledger(root.resolve("none")).removeAbandoned("n");

        assertThat(root.resolve("none")).doesNotExist();
    }
}
