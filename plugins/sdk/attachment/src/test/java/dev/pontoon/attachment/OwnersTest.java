package dev.pontoon.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.linux.FileLock;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.plugin.StopSignal;
import dev.pontoon.protocol.Attachment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who stands up for the owner of something in nftables. */
class OwnersTest {
    private static final Attachment ONE = new Attachment("n", "c1", "eth0");
    private static final Attachment OTHER = new Attachment("n", "c2", "eth0");
    private static final String TAG = OwnerTag.of(ONE);

    @TempDir private Path folder;
    private Ledger ledger;

    @BeforeEach
    void makeLedger() {
        ledger = new Ledger(folder);
    }

    private boolean isStale(String owner, Attachment... valid) {
        return new StaleOwners("n", List.of(valid), ledger).test(owner);
    }

    private boolean isLive(boolean alive) {
        return new LiveOwners(ledger, _ -> alive).test(TAG);
    }

    @Test
    void ownerWhomNobodyKnowsIsStale() {
        assertThat(isStale(TAG)).isTrue();
        assertThat(isStale(TAG, OTHER)).isTrue();
        assertThat(isStale(TAG, ONE)).isFalse();
        assertThat(isStale("m/c1/eth0")).as("of another network").isFalse();
    }

    @Test
    void entryOfAnyPluginKeepsAnOwner() {
        ledger.write(LedgerEntry.begun(ONE, "ptp"));
        assertThat(isStale(TAG)).isFalse();
        assertThat(isStale(OwnerTag.of(OTHER))).isTrue();
    }

    @Test
    void ownerLivesWhileItsLinkIsThere() {
        assertThat(isLive(true)).as("without an entry").isFalse();
        ledger.write(LedgerEntry.begun(ONE, "bridge"));
        assertThat(isLive(true)).isTrue();
        assertThat(isLive(false)).isFalse();
        assertThat(new LiveOwners(ledger, _ -> true).test("nonsense")).isFalse();
    }

    @Test
    void ownerWhoIsBeingAttachedLives() {
        ledger.write(LedgerEntry.begun(ONE, "bridge"));
        try (FileLock lock = ledger.lock(ONE, new StopSignal())) {
            assertThat(isLive(false)).isTrue();
        }
    }
}
