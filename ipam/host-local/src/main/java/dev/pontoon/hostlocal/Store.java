package dev.pontoon.hostlocal;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.Inode;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.LockTimeoutException;
import dev.pontoon.plugin.Call;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The leases of one network while this call holds their lock.
 *
 * <pre>
 *   DATADIR/NETWORK/10.1.0.5             the lease of that address: containerID CR LF ifname
 *   DATADIR/NETWORK/last_reserved_ip.0   the address that range set 0 handed out last
 *   DATADIR/NETWORK/lock                 held by flock(2)
 *   DATADIR/.pontoon/NETWORK/index       see {@link Index}
 *   DATADIR/.pontoon/NETWORK/new         a lease before it has its name
 * </pre>
 *
 * <p>The first three are the reference plugin's, byte for byte. Ours are elsewhere because the
 * reference reads every file in the network's folder on every call; no network's name starts with a
 * dot.
 *
 * <p>A store belongs to one machine: the boot that a lease is marked with means nothing to another
 * one.
 *
 * <p>What changes the folder happens in this order: the folder, the index, the folder's stamp, the
 * index's header. A call that is killed in between leaves a header that does not fit the folder,
 * and the next call reads all leases once.
 */
final class Store implements AutoCloseable {
    private static final String OWN_FOLDER = ".pontoon";
    private static final int LOCK_MODE = 0750;
    private static final Duration LOCK_LIMIT = Duration.ofSeconds(60);
    private static final FileAttribute<?> FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));
    private static final FileAttribute<?> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final LeaseFolder folder;
    private final Path own;
    private final Boot boot;
    private final Call call;
    private final FileLock lock;
    private Index index;
    // False while the index may lack a lease: then it is not written down as complete.
    private boolean indexUsable;
    private boolean changed;

    private Store(LeaseFolder folder, Path own, Boot boot, Call call, FileLock lock) {
        this.folder = folder;
        this.own = own;
        this.boot = boot;
        this.call = call;
        this.lock = lock;
        this.index = Index.open(own.resolve("index"), true);
    }

    /** For ADD: makes the folders if they are not there, and gives up when a stop is asked for. */
    static Store create(Path dataDir, String network, Boot boot, Call call) {
        LeaseFolder folder = folder(dataDir, network);
        makeFolder(folder.path());
        Store store = locked(folder, own(dataDir, network), boot, call, call.stop()::isRequested);
        if (store.index.isNew()) {
            makeOwnFolder(store.own);
        }
        return store;
    }

    /** For DEL and GC: empty if there is no such folder, as then there are no leases. */
    static Optional<Store> open(Path dataDir, String network, Boot boot, Call call) {
        LeaseFolder folder = folder(dataDir, network);
        if (!folder.exists()) {
            return Optional.empty();
        }
        return Optional.of(locked(folder, own(dataDir, network), boot, call, () -> false));
    }

    /** The files of a network, for those who only look. */
    static LeaseFolder folder(Path dataDir, String network) {
        return new LeaseFolder(dataDir.resolve(network));
    }

    /** The index of a network, for those who only look. */
    static Index indexToRead(Path dataDir, String network) {
        return Index.open(own(dataDir, network).resolve("index"), false);
    }

    private static Path own(Path dataDir, String network) {
        return dataDir.resolve(OWN_FOLDER).resolve(network);
    }

    private static void makeFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            try {
                Files.createDirectories(folder, FOLDER);
            } catch (IOException e) {
                throw Failures.of("create " + folder, e);
            }
        }
    }

    /** Without it calls are slower and leases are made in their place, but they are made. */
    private static void makeOwnFolder(Path own) {
        if (!Files.isDirectory(own)) {
            try {
                Files.createDirectories(own, PRIVATE_FOLDER);
            } catch (IOException e) {
                // Whoever writes into it tells.
            }
        }
    }

    private static Store locked(
            LeaseFolder folder, Path own, Boot boot, Call call, BooleanSupplier stop) {
        Path file = folder.path().resolve("lock");
        try {
            FileLock lock = FileLock.exclusive(file, LOCK_MODE, LOCK_LIMIT, stop);
            return ready(new Store(folder, own, boot, call, lock));
        } catch (LockTimeoutException e) {
            if (stop.getAsBoolean()) {
                call.stop().check();
            }
            throw new CniException(
                            ErrorCode.TRY_AGAIN_LATER,
                            String.valueOf(e.getMessage()),
                            "another call of an IPAM plugin works on "
                                    + folder.path()
                                    + ", or hangs: fuser -v "
                                    + file)
                    .because(e);
        } catch (KernelException e) {
            throw new CniException(
                            ErrorCode.IO_FAILURE,
                            "lock " + file + ": " + e.getMessage(),
                            "the folder of leases must be on a writable file system; ipam.dataDir puts it elsewhere")
                    .because(e);
        }
    }

    private static Store ready(Store store) {
        try {
            store.completeIndex();
            return store;
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private void completeIndex() {
        if (!index.isComplete(Stamp.read(folder.path()), boot)) {
            try {
                rebuildIndex();
            } catch (KernelException e) {
                throw Failures.of("index the leases in " + folder.path(), e);
            }
        }
        indexUsable = true;
    }

    /**
     * Reads every lease. Those found at the first call of a boot, in a store that an earlier boot
     * has used, are marked as old if their time says so too; the mark is kept as long as the lease
     * stays.
     */
    private void rebuildIndex() {
        Index before = index;
        List<Ip> addresses = folder.addresses();
        Index fresh = before.emptied(addresses.size());
        boolean firstOfBoot =
                !before.boot().isEmpty()
                        && !boot.id().isEmpty()
                        && !before.boot().equals(boot.id());
        Boot since = firstOfBoot ? boot.withStart() : boot;
        boolean marks = loads(before);
        // One lease at a time: 50 000 of them at once would fill the memory of the service.
        for (Ip address : addresses) {
            Lease lease = wholeLease(address);
            if (lease == null) {
                continue;
            }
            boolean old =
                    firstOfBoot
                            ? folder.madeAt(lease.address()) / 1000 < since.start()
                            : marks && before.isOld(lease);
            fresh.add(lease, old);
        }
        before.close();
        index = fresh;
        changed = true;
    }

    private static boolean loads(Index index) {
        try {
            index.load();
            return true;
        } catch (KernelException e) {
            return false;
        }
    }

    /**
     * All leases, read one by one. Torn files are removed: no attachment holds them, and they would
     * never go.
     */
    List<Lease> leases() {
        List<Lease> leases = new ArrayList<>();
        for (Ip address : folder.addresses()) {
            Lease lease = wholeLease(address);
            if (lease != null) {
                leases.add(lease);
            }
        }
        return leases;
    }

    private @Nullable Lease wholeLease(Ip address) {
        Lease lease = folder.lease(address);
        if (lease == null) {
            removeIfTorn(address);
        }
        return lease;
    }

    /** Removes a file that names nobody. */
    void removeIfTorn(Ip address) {
        if (folder.isTorn(address)) {
            changed = true;
            folder.delete(address);
            call.log()
                    .line(
                            "removed "
                                    + folder.file(address)
                                    + ": it named no container, as after a crash or on a full disk");
        }
    }

    /** Whether Pontoon's own folder for the network is there; false if that is not certain. */
    boolean hasOwnFolder() {
        return !index.isNew();
    }

    /** The files, to look at. */
    LeaseFolder folder() {
        return folder;
    }

    /** The leases of that very holder. */
    List<Lease> find(Holder holder) {
        List<Lease> found = new ArrayList<>();
        for (Ip address : candidates(holder)) {
            Lease lease = folder.lease(address);
            if (lease != null && lease.holder().equals(holder)) {
                found.add(lease);
            }
        }
        return found;
    }

    private List<Ip> candidates(Holder holder) {
        try {
            return index.find(holder);
        } catch (KernelException e) {
            throw Failures.of("read the index of the leases in " + folder.path(), e);
        }
    }

    /**
     * The leases of an attachment; those that name the container alone only if there are no others.
     */
    List<Lease> ofAttachment(Holder holder) {
        List<Lease> exact = find(holder);
        return exact.isEmpty() ? find(holder.withoutIfname()) : exact;
    }

    /** Whether a lease is of an earlier boot; false whenever that is not certain. */
    boolean isOld(Lease lease) {
        return isOld(lease, folder, index, boot);
    }

    static boolean isOld(Lease lease, LeaseFolder folder, Index index, Boot boot) {
        if (boot.id().isEmpty()) {
            return false;
        }
        String madeIn = folder.bootOf(lease.address());
        if (!madeIn.isEmpty()) {
            return !madeIn.equals(boot.id());
        }
        if (!index.boot().isEmpty() && !index.boot().equals(boot.id())) {
            return folder.madeAt(lease.address()) / 1000 < boot.withStart().start();
        }
        try {
            return index.isOld(lease);
        } catch (KernelException e) {
            return false;
        }
    }

    /** Removes the file that a killed call had written, but not yet given an address for a name. */
    void removeUnfinished() {
        removeQuietly(aside());
    }

    private Path aside() {
        return own.resolve("new");
    }

    /** Removes a lease. */
    void free(Lease lease) {
        changed = true;
        folder.delete(lease.address());
        try {
            index.remove(lease);
        } catch (KernelException e) {
            abandonIndex(e);
        }
    }

    /**
     * Gives the addresses to the holder, all or none. Throws code 5; and code 11 if somebody who
     * does not hold the lock has taken one meanwhile.
     */
    void take(List<Ip> addresses, Holder holder) {
        changed = true;
        List<Lease> taken = new ArrayList<>();
        boolean done = false;
        Path aside = aside();
        try {
            boolean written = writeAside(aside, holder);
            for (Ip address : addresses) {
                name(written ? aside : null, address, holder);
                taken.add(new Lease(address, holder));
            }
            done = true;
        } finally {
            if (!done) {
                giveBack(taken);
            }
            removeQuietly(aside);
        }
        addToIndex(taken);
    }

    private void giveBack(List<Lease> taken) {
        boolean usable = indexUsable;
        indexUsable = false;
        for (Lease each : taken) {
            folder.delete(each.address());
        }
        indexUsable = usable;
    }

    /** One file serves all addresses of a call: each is a name of it. */
    private boolean writeAside(Path aside, Holder holder) {
        try {
            LeaseFolder.write(aside, holder, boot);
            return true;
        } catch (KernelException e) {
            return e.is(Errno.EEXIST) && replacedAside(aside, holder);
        }
    }

    /**
     * A killed call has left one, and by now it may be a live lease's other name: it is never
     * written into.
     */
    private boolean replacedAside(Path aside, Holder holder) {
        try {
            Inode.remove(aside);
            LeaseFolder.write(aside, holder, boot);
            return true;
        } catch (KernelException e) {
            return false;
        }
    }

    /**
     * Without hard links, or across a mount point, the file is made in its place: then only a crash
     * can tear it.
     */
    private void name(@Nullable Path written, Ip address, Holder holder) {
        Path file = folder.file(address);
        try {
            if (!isNamed(written, file, holder)) {
                // An empty file holds nobody, and none is left of one that is removed.
                removeIfTorn(address);
                requireNamed(isNamed(written, file, holder), file);
            }
        } catch (KernelException e) {
            throw Failures.of("write " + file, e);
        }
    }

    /** False if there is a file of that name already. */
    private boolean isNamed(@Nullable Path written, Path file, Holder holder) {
        try {
            if (written == null || !linked(file, written)) {
                LeaseFolder.write(file, holder, boot);
            }
            return true;
        } catch (KernelException e) {
            if (e.is(Errno.EEXIST)) {
                return false;
            }
            throw e;
        }
    }

    private static void requireNamed(boolean named, Path file) {
        if (!named) {
            throw new CniException(
                    ErrorCode.TRY_AGAIN_LATER,
                    "write " + file + ": somebody who does not hold the lock has just made it",
                    "repeat the call");
        }
    }

    private static boolean linked(Path file, Path written) {
        try {
            Inode.link(written, file);
            return true;
        } catch (KernelException e) {
            if (e.is(Errno.EEXIST)) {
                throw e;
            }
            return false;
        }
    }

    private static void removeQuietly(Path file) {
        try {
            Inode.remove(file);
        } catch (KernelException e) {
            // The next call removes it before it writes its own.
        }
    }

    private void addToIndex(List<Lease> taken) {
        try {
            for (Lease each : taken) {
                index.add(each, false);
            }
        } catch (KernelException e) {
            abandonIndex(e);
        }
    }

    /**
     * Remembers the address that a set handed out last. It is a hint, so a full disk is no reason
     * to fail.
     */
    void remember(int set, Ip address) {
        changed = true;
        try {
            folder.writeLast(set, address);
        } catch (KernelException e) {
            call.log()
                    .line(
                            "the address handed out last could not be noted in "
                                    + folder.path()
                                    + ": "
                                    + Failures.reason(e));
        }
    }

    private void abandonIndex(KernelException e) {
        indexUsable = false;
        call.log()
                .line(
                        "the index of the leases in "
                                + folder.path()
                                + " could not be written, so the next call reads them all: "
                                + Failures.reason(e));
    }

    /** Writes down what changed and releases the lock. */
    @Override
    public void close() {
        try {
            if (changed && indexUsable) {
                saveIndex();
            }
        } finally {
            index.close();
            lock.close();
        }
    }

    private void saveIndex() {
        Stamp stamp = Stamp.set(folder.path(), index.nextNumber());
        if (stamp == null || boot.id().isEmpty()) {
            return;
        }
        if (index.isNew()) {
            makeOwnFolder(own);
        }
        try {
            index.save(stamp, boot);
        } catch (KernelException e) {
            abandonIndex(e);
        }
    }
}
