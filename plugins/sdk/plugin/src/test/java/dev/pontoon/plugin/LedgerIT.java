package dev.pontoon.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The ledger on a file system that is full. */
@ExtendWith(HostExtension.class)
class LedgerIT {
    private static final Attachment ONE = new Attachment("net", "c1", "eth0");
    private static final String FULL = "/run/tiny/ledger/net";

    @Test
    void fullFileSystemKeepsTheOldEntryAndLetsRemove(Host host) {
        host.sh("mkdir /run/tiny; mount -t tmpfs -o size=16k tiny /run/tiny");
        Ledger ledger = new Ledger(host.outside("/run/tiny"));
        LedgerEntry old = LedgerEntry.begun(ONE, "bridge").with("hostVeth", "veth1");
        ledger.write(old);
        host.sh("dd if=/dev/zero of=/run/tiny/fill bs=4k 2> /dev/null || true");

        assertThatThrownBy(() -> ledger.write(old.with("text", "x".repeat(10_000))))
                .isInstanceOfSatisfying(CniException.class, e -> assertThat(e.code()).isEqualTo(5))
                .hasMessageContaining("No space left on device")
                .hasMessageContaining("c1:eth0:bridge");
        assertThat(host.sh("ls -A " + FULL)).isEqualTo("c1:eth0:bridge\n");
        assertThat(ledger.find(ONE, "bridge")).contains(old);
        ledger.remove(ONE, "bridge");
        assertThat(host.exists(FULL)).isFalse();
    }

    @Test
    void readOnlyFileSystemIsToldAsTheReason(Host host) {
        host.sh("mkdir /run/tiny; mount -t tmpfs -o ro tiny /run/tiny");
        Ledger ledger = new Ledger(host.outside("/run/tiny"));

        assertThatThrownBy(() -> ledger.write(LedgerEntry.begun(ONE, "bridge")))
                .isInstanceOfSatisfying(CniException.class, e -> assertThat(e.code()).isEqualTo(5))
                .hasMessageContaining("Read-only file system");
        assertThatThrownBy(() -> ledger.lock(ONE, new StopSignal()))
                .hasMessageContaining("Read-only file system");
    }
}
