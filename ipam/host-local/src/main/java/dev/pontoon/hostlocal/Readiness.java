package dev.pontoon.hostlocal;

import dev.pontoon.plugin.Ledger;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.NetworkConfig;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What STATUS asks: whether an ADD would get its addresses now. Changes nothing, and takes no lock.
 */
final class Readiness {
    private final NetworkConfig config;
    private final Path folder;
    private final Boot boot;

    /** {@code folder} is where relative paths begin. */
    Readiness(NetworkConfig config, Path folder, Boot boot) {
        this.config = config;
        this.folder = folder;
        this.boot = boot;
    }

    /** Throws code 50 if not. */
    void require() {
        HostLocalConfig read;
        Ledger ledger;
        try {
            read = HostLocalConfig.read(config, folder);
            ledger = Ledger.of(config);
        } catch (CniException e) {
            throw notAvailable(e.text(), e.details()).because(e);
        }
        requireWritable(read.dataDir().resolve(config.name()));
        for (RangeSet set : read.sets()) {
            requireFree(set, read.dataDir(), ledger);
        }
    }

    private static void requireWritable(Path folder) {
        Path there = folder;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        String details = "ipam.dataDir puts the leases elsewhere";
        if (!Files.isDirectory(there)) {
            throw notAvailable(
                    "write leases to " + folder + ": " + there + " is no folder", details);
        }
        if (!Files.isWritable(there)) {
            throw notAvailable(
                    "write leases to " + folder + ": " + there + " is not writable", details);
        }
        File space = there.toFile();
        if (space.getTotalSpace() > 0 && space.getFreeSpace() == 0) {
            throw notAvailable("write leases to " + folder + ": the file system is full", details);
        }
    }

    private void requireFree(RangeSet set, Path dataDir, Ledger ledger) {
        LeaseFolder folder = Store.folder(dataDir, config.name());
        Occupied taken = new Occupied(folder);
        Candidates candidates = new Candidates(set, folder.last(set.index()));
        for (Ip ip = candidates.next(); ip != null; ip = candidates.next()) {
            if (!taken.has(ip)) {
                return;
            }
        }
        try (Index index = Store.indexToRead(dataDir, config.name())) {
            requireReclaimable(set, folder, index, ledger);
        }
    }

    /** ADD would read all leases now; so does this, but only to the first that it could have. */
    private void requireReclaimable(RangeSet set, LeaseFolder folder, Index index, Ledger ledger) {
        List<Lease> leases = new ArrayList<>();
        for (Ip address : folder.addresses()) {
            if (!set.contains(address)) {
                continue;
            }
            Lease lease = folder.lease(address);
            if (lease == null
                    || (Store.isOld(lease, folder, index, boot)
                            && !ledger.mentions(config.name(), lease.holder().containerId()))) {
                return;
            }
            leases.add(lease);
        }
        CniException full = new FullRange(set, leases, folder).failure();
        throw notAvailable(full.text(), full.details());
    }

    private static CniException notAvailable(String message, String details) {
        return new CniException(ErrorCode.NOT_AVAILABLE, message, details);
    }
}
