package dev.pontoon.plugin;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.Inode;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.LockTimeoutException;
import dev.pontoon.linux.OpenFile;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What Pontoon made for whom: one small file for each attachment and plugin, below {@code
 * /run/pontoon}, a file system that vanishes at reboot together with the kernel objects it tells
 * of.
 *
 * <pre>
 *   ledger/NETWORK/CONTAINERID:IFNAME:PLUGIN     ':' can stand in none of the three, so names never collide
 *   locks/NETWORK:CONTAINERID:IFNAME             held by flock(2) while a call works on the attachment
 * </pre>
 *
 * <p>A file appears complete or not at all: it is written aside and renamed. It is not forced to
 * disk, wherever it is: what a power failure tears tells of links that are gone. Intent is written
 * before the change and fact after it, so that a call killed at any instant leaves something to go
 * by.
 */
public final class Ledger {
    /** Where the ledger is unless a configuration puts it elsewhere. */
    public static final Path STANDARD_FOLDER = Path.of("/run/pontoon");

    private static final int PRIVATE_MODE = 0600;
    private static final int MOST_BYTES = 1 << 24;
    // Of the 255 that a file's name may have.
    private static final int NAME_BYTES = 200;
    private static final int CREATE_ATTEMPTS = 1000;
    private static final Duration LOCK_LIMIT = Duration.ofSeconds(60);
    private static final FileAttribute<?> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path root;

    /** A ledger below that folder; the folder is made when it is first written to. */
    public Ledger(Path root) {
        this.root = root;
    }

    /** The ledger of a configuration: below its {@code runDir}, else below {@code /run/pontoon}. */
    public static Ledger of(NetworkConfig config) {
        String folder = config.object().text("runDir", "");
        if (folder.isEmpty()) {
            return new Ledger(STANDARD_FOLDER);
        }
        if (!folder.startsWith("/") || folder.indexOf('\0') >= 0) {
            throw config.object().invalid("runDir", "must be an absolute path");
        }
        return new Ledger(Path.of(folder));
    }

    /**
     * The entry of one plugin for one attachment. A file that cannot be understood counts as an
     * empty entry.
     */
    public Optional<LedgerEntry> find(Attachment attachment, String plugin) {
        return read(file(attachment, plugin), attachment, plugin);
    }

    /** All entries that one plugin has in a network. */
    public List<LedgerEntry> entries(String network, String plugin) {
        return entries(network, (_, ofPlugin) -> ofPlugin.equals(plugin));
    }

    /** Whether one plugin has such an entry in a network; reads no further than to the first. */
    public boolean any(String network, String plugin, Predicate<LedgerEntry> wanted) {
        for (Path file : files(folder(network))) {
            String[] parts = file.getFileName().toString().split(":", -1);
            if (parts.length == 3 && parts[2].equals(plugin)) {
                Attachment attachment = new Attachment(network, parts[0], parts[1]);
                Optional<LedgerEntry> entry = read(file, attachment, plugin);
                if (entry.isPresent() && wanted.test(entry.get())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** All entries of a network, whichever plugin made them. */
    public List<LedgerEntry> entries(String network) {
        return entries(network, (_, _) -> true);
    }

    /** All entries that one plugin has for a container, in whatever network. */
    public List<LedgerEntry> entriesOf(String containerId, String plugin) {
        List<LedgerEntry> entries = new ArrayList<>();
        for (String network : networks()) {
            entries.addAll(
                    entries(
                            network,
                            (container, ofPlugin) ->
                                    container.equals(containerId) && ofPlugin.equals(plugin)));
        }
        return entries;
    }

    /** Those whose container and plugin are wanted; no other file is read. */
    private List<LedgerEntry> entries(String network, BiPredicate<String, String> wanted) {
        List<LedgerEntry> entries = new ArrayList<>();
        for (Path file : files(folder(network))) {
            String[] parts = file.getFileName().toString().split(":", -1);
            if (parts.length == 3 && wanted.test(parts[0], parts[2])) {
                Attachment attachment = new Attachment(network, parts[0], parts[1]);
                read(file, attachment, parts[2]).ifPresent(entries::add);
            }
        }
        return entries;
    }

    /** The names of all networks that have entries. */
    public List<String> networks() {
        List<String> networks = new ArrayList<>();
        for (Path folder : files(root.resolve("ledger"))) {
            networks.add(folder.getFileName().toString());
        }
        return networks;
    }

    /** When an entry was written last, which is the end of its ADD; empty if there is none. */
    public Optional<Instant> writtenAt(LedgerEntry entry) {
        Path file = file(entry.attachment(), entry.plugin());
        try {
            return Optional.of(Files.getLastModifiedTime(file).toInstant());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failure("read the time of " + file, e);
        }
    }

    /** Whether any plugin has an entry for that container in that network. */
    public boolean mentions(String network, String containerId) {
        for (Path file : files(folder(network))) {
            if (file.getFileName().toString().startsWith(containerId + ":")) {
                return true;
            }
        }
        return false;
    }

    /** Writes an entry in place of the one before. Throws {@link CniException} (code 5). */
    public void write(LedgerEntry entry) {
        Path file = file(entry.attachment(), entry.plugin());
        Path aside = aside(file);
        try {
            writeNew(aside, entry.toJson());
            Inode.rename(aside, file);
        } catch (KernelException | IOException e) {
            removeQuietly(aside);
            throw failure("write " + file, e);
        }
    }

    private static void writeNew(Path aside, String text) throws IOException {
        try (OpenFile file = create(aside)) {
            file.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * A file that was not there before. Another call may remove the empty folder at any instant
     * until there is a file in it, and a killed call may have left one.
     */
    private static OpenFile create(Path aside) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return OpenFile.makeNew(aside, PRIVATE_MODE);
            } catch (KernelException e) {
                if (attempt == CREATE_ATTEMPTS || !(e.is(Errno.ENOENT) || e.is(Errno.EEXIST))) {
                    throw e;
                }
                if (e.is(Errno.ENOENT)) {
                    makeFolderOf(aside);
                } else {
                    Inode.remove(aside);
                }
            }
        }
    }

    /** One that is removed at this moment is not there afterwards; who makes a file in it sees. */
    private static void makeFolderOf(Path file) throws IOException {
        try {
            Files.createDirectories(Objects.requireNonNull(file.getParent()), PRIVATE_FOLDER);
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            if (Files.exists(file.getParent()) && !Files.isDirectory(file.getParent())) {
                throw e;
            }
        }
    }

    private static void removeQuietly(Path aside) {
        try {
            Inode.remove(aside);
        } catch (KernelException e) {
            // What keeps it from being written may keep it from being removed; the first is told.
        }
    }

    /** Removes an entry, and what a killed call left of one; that there is none is no error. */
    public void remove(Attachment attachment, String plugin) {
        Path file = file(attachment, plugin);
        try {
            Inode.remove(file);
            Inode.remove(aside(file));
            removeEmptyFolderOf(file);
        } catch (KernelException e) {
            throw failure("remove " + file, e);
        }
    }

    /**
     * Takes away what an entry tells of, and then the entry itself. Where a step fails the others
     * are done, the entry stays for a later call to go by, and the failure is thrown.
     */
    public void takeBack(LedgerEntry entry, Consumer<Cleanup> steps) {
        Cleanup cleanup = new Cleanup();
        steps.accept(cleanup);
        if (cleanup.isComplete()) {
            remove(entry.attachment(), entry.plugin());
        }
        cleanup.finish();
    }

    /** For STATUS: throws code 50 if no entry could be written now. Changes nothing. */
    public void requireWritable() {
        Path there = root.resolve("ledger");
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            throw new CniException(
                    ErrorCode.NOT_AVAILABLE,
                    "write to " + root + ": " + there + " is no writable folder",
                    "runDir puts it elsewhere");
        }
    }

    /**
     * Keeps every other call away from the attachment until closed. Throws code 11 if another call
     * holds it for longer than a minute.
     */
    public FileLock lock(Attachment attachment, StopSignal stop) {
        return lock(attachmentLock(attachment), stop);
    }

    /** Whether another call is working on the attachment at this moment. */
    public boolean isBusy(Attachment attachment) {
        Path file = attachmentLock(attachment);
        return Files.exists(file) && isHeld(file);
    }

    private static boolean isHeld(Path file) {
        try (FileLock lock =
                FileLock.exclusiveTransient(file, PRIVATE_MODE, Duration.ZERO, () -> true)) {
            return false;
        } catch (LockTimeoutException e) {
            return true;
        }
    }

    /**
     * Removes what calls that were killed left in a network before there was an entry to find them
     * by: locks that nobody holds, and entries half written.
     */
    public void removeAbandoned(String network) {
        for (Path lock : list(root.resolve("locks"))) {
            if (lock.getFileName().toString().startsWith(network + ":")) {
                // To look at it is enough: a lock that could be taken goes when it is let go.
                isHeld(lock);
            }
        }
        for (Path aside : list(folder(network))) {
            String[] parts = aside.getFileName().toString().split(":", -1);
            if (parts.length == 3 && parts[0].startsWith(".")) {
                removeHalfWritten(aside, new Attachment(network, parts[0].substring(1), parts[1]));
            }
        }
    }

    /** The call that writes it holds the lock of the attachment. */
    private void removeHalfWritten(Path aside, Attachment attachment) {
        try (FileLock lock =
                FileLock.exclusiveTransient(
                        attachmentLock(attachment), PRIVATE_MODE, Duration.ZERO, () -> true)) {
            Inode.remove(aside);
            removeEmptyFolderOf(aside);
        } catch (LockTimeoutException e) {
            // A call is at work on the attachment.
        } catch (KernelException e) {
            throw failure("remove " + aside, e);
        }
    }

    private static void removeEmptyFolderOf(Path file) {
        try {
            Inode.removeFolder(Objects.requireNonNull(file.getParent()));
        } catch (KernelException e) {
            if (!e.is(Errno.ENOTEMPTY)) {
                throw e;
            }
        }
    }

    /** Keeps every other call away from something that the whole host shares, such as a bridge. */
    public FileLock lockShared(String name, StopSignal stop) {
        return lock(root.resolve("locks").resolve(name), stop);
    }

    private Path attachmentLock(Attachment attachment) {
        String name =
                attachment.network() + ":" + attachment.containerId() + ":" + attachment.ifname();
        return root.resolve("locks").resolve(OwnerTag.fit(name, NAME_BYTES));
    }

    private FileLock lock(Path file, StopSignal stop) {
        try {
            return exclusive(file, stop);
        } catch (LockTimeoutException e) {
            stop.check();
            throw new CniException(
                            ErrorCode.TRY_AGAIN_LATER,
                            "another call has held "
                                    + file
                                    + " for "
                                    + LOCK_LIMIT.toSeconds()
                                    + " s",
                            "repeat the call; if nothing else is running, look for a stopped process")
                    .because(e);
        } catch (IOException e) {
            throw failure("lock " + file, e);
        }
    }

    private static FileLock exclusive(Path file, StopSignal stop) throws IOException {
        try {
            return FileLock.exclusiveTransient(file, PRIVATE_MODE, LOCK_LIMIT, stop::isRequested);
        } catch (KernelException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
            makeFolderOf(file);
            return FileLock.exclusiveTransient(file, PRIVATE_MODE, LOCK_LIMIT, stop::isRequested);
        }
    }

    private static Optional<LedgerEntry> read(Path file, Attachment attachment, String plugin) {
        try (OpenFile open = OpenFile.toRead(file)) {
            return open == null
                    ? Optional.empty()
                    : Optional.of(LedgerEntry.read(open.readAll(MOST_BYTES), attachment, plugin));
        } catch (KernelException e) {
            throw failure("read " + file, e);
        } catch (CniException e) {
            return Optional.of(LedgerEntry.begun(attachment, plugin));
        }
    }

    private static List<Path> files(Path folder) {
        List<Path> files = new ArrayList<>();
        for (Path file : list(folder)) {
            if (!file.getFileName().toString().startsWith(".")) {
                files.add(file);
            }
        }
        return files;
    }

    private static List<Path> list(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            for (Path file : stream) {
                files.add(file);
            }
        } catch (NoSuchFileException e) {
            return files;
        } catch (DirectoryIteratorException e) {
            throw failure("list " + folder, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw failure("list " + folder, e);
        }
        return files;
    }

    private Path folder(String network) {
        return root.resolve("ledger").resolve(network);
    }

    private Path file(Attachment attachment, String plugin) {
        return folder(attachment.network())
                .resolve(attachment.containerId() + ":" + attachment.ifname() + ":" + plugin);
    }

    /** A name that no entry can have, so that a reader of the folder never takes it for one. */
    private static Path aside(Path file) {
        return file.resolveSibling("." + file.getFileName() + ".new");
    }

    private static String reason(Exception e) {
        if (e instanceof KernelException refused) {
            return Errno.describe(refused.errno());
        }
        if (e instanceof FileSystemException refused) {
            String reason = refused.getReason();
            return reason == null ? refused.getClass().getSimpleName() : reason;
        }
        return String.valueOf(e.getMessage());
    }

    private static CniException failure(String what, Exception e) {
        return new CniException(
                        ErrorCode.IO_FAILURE,
                        what + ": " + reason(e),
                        "the folder must be writable for the plugin; see runDir in the README")
                .because(e);
    }
}
