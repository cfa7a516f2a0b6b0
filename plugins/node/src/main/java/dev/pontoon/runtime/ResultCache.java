package dev.pontoon.runtime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The results that runtimes keep, in libcni's folder and format, one file for each attachment:
 * {@code NETWORK-CONTAINER-IFNAME}.
 */
public final class ResultCache {
    /** Where libcni keeps them. */
    public static final Path STANDARD = Path.of("/var/lib/cni/results");

    private final Path folder;

    public ResultCache(Path folder) {
        this.folder = folder;
    }

    /** Whether there is anything for that attachment, be it unreadable. */
    boolean has(Attachment attachment) {
        return Files.exists(file(attachment));
    }

    /**
     * What is kept for that attachment; empty if nothing is. Throws code 5 or 6 if it cannot be
     * read.
     */
    public Optional<CachedResult> find(Attachment attachment) {
        Path file = file(attachment);
        try {
            byte[] json = Files.readAllBytes(file);
            Instant keptAt = Files.getLastModifiedTime(file).toInstant();
            Optional<CachedResult> kept = CachedResult.read(json, file, keptAt);
            return kept.isPresent() ? kept : Optional.of(bare(json, attachment, file, keptAt));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failure("read " + file, e);
        }
    }

    /** Versions of libcni before 0.8 kept nothing but the result. */
    private static CachedResult bare(
            byte[] json, Attachment attachment, Path file, Instant keptAt) {
        ObjectNode result = Documents.readObject(json, file.toString());
        return new CachedResult(
                attachment.network(), new Target(attachment, ""), "", result, file, keptAt);
    }

    /** Everything that can be read, in the order of the files' names; what cannot is left out. */
    public List<CachedResult> list() {
        List<CachedResult> all = new ArrayList<>();
        for (Path file : files()) {
            try {
                Instant keptAt = Files.getLastModifiedTime(file).toInstant();
                CachedResult.read(Files.readAllBytes(file), file, keptAt)
                        .filter(ResultCache::isComplete)
                        .ifPresent(all::add);
            } catch (IOException | CniException e) {
                // libcni leaves it out as well: a runtime may be writing it at this moment.
            }
        }
        return all;
    }

    private static boolean isComplete(CachedResult kept) {
        return !kept.network().isEmpty() && !kept.target().ifname().isEmpty();
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException e) {
            throw failure("list " + folder, e);
        }
    }

    /** Keeps a result. It appears complete or not at all. Throws code 5. */
    void write(NetworkList list, Target target, ObjectNode result) {
        Attachment attachment = target.attachmentTo(list.name());
        Path file = file(attachment);
        Path aside = file.resolveSibling("." + file.getFileName() + ".new");
        CachedResult kept =
                new CachedResult(list.name(), target, list.document(), result, file, Instant.now());
        try {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            Files.deleteIfExists(aside);
            Files.createFile(
                    aside,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.write(aside, kept.toJson());
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failure("keep the result in " + file, e);
        }
    }

    /** Forgets a result; that there is none is no error. */
    void remove(Attachment attachment) {
        try {
            Files.deleteIfExists(file(attachment));
        } catch (IOException e) {
            throw failure("remove " + file(attachment), e);
        }
    }

    private Path file(Attachment attachment) {
        return folder.resolve(
                attachment.network() + "-" + attachment.containerId() + "-" + attachment.ifname());
    }

    private static CniException failure(String what, IOException e) {
        return new CniException(ErrorCode.IO_FAILURE, what + ": " + e).because(e);
    }
}
