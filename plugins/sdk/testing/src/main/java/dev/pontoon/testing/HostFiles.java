package dev.pontoon.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * Files of a host's mount namespace, reached through {@code /proc/PID/root}.
 *
 * <p>An absolute symbolic link met on the way would lead back to the machine's own tree ({@code
 * /var/run} is one), so links are followed here and not by the kernel.
 */
final class HostFiles {

    private static final int MOST_LINKS = 40;

    private final Path root;

    HostFiles(long pid) {
        this.root = Path.of("/proc/" + pid + "/root");
    }

    /**
     * The path by which this JVM reaches a host's file; the last part is followed as well.
     *
     * @throws IllegalArgumentException for paths below /proc, which would show this JVM's
     *     namespaces
     */
    Path outside(String path) {
        Path resolved = resolve(Path.of(path));
        if (resolved.startsWith("/proc") && !isOfOneProcess(resolved)) {
            throw new IllegalArgumentException(
                    path + " depends on who reads it: use a command inside the host");
        }
        return root.resolve(resolved.toString().substring(1));
    }

    /** As {@link #outside}, but a link at the end of the path is not followed. */
    Path entry(String path) {
        Path wanted = Path.of(path);
        Path folder = wanted.getParent();
        Path name = wanted.getFileName();
        return folder == null || name == null
                ? outside(path)
                : outside(folder.toString()).resolve(name.toString());
    }

    /** A namespace's file, or what a process sees as its root. */
    private static boolean isOfOneProcess(Path path) {
        return path.getNameCount() >= 3
                && path.subpath(1, 3).toString().matches("\\w+/ns|\\d+/root");
    }

    private Path resolve(Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute path: " + path);
        }
        Path current = path.normalize();
        for (int links = 0; links < MOST_LINKS; links++) {
            Path next = followFirstLink(current);
            if (next.equals(current)) {
                return current;
            }
            current = next;
        }
        throw new IllegalArgumentException("too many symbolic links: " + path);
    }

    private Path followFirstLink(Path path) {
        if (path.startsWith("/proc")) {
            return path;
        }
        Path done = Path.of("/");
        for (Path name : path) {
            Path here = root.resolve(done.resolve(name).toString().substring(1));
            if (Files.isSymbolicLink(here)) {
                Path rest = done.resolve(name).relativize(path);
                return done.resolve(target(here)).resolve(rest).normalize();
            }
            done = done.resolve(name);
        }
        return path;
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException e) {
            throw new UncheckedIOException("read link " + link, e);
        }
    }

    boolean exists(String path) {
        return Files.exists(entry(path), LinkOption.NOFOLLOW_LINKS);
    }

    String read(String path) {
        try {
            return Files.readString(outside(path));
        } catch (IOException e) {
            throw new UncheckedIOException("read " + path, e);
        }
    }

    List<String> list(String path) {
        Path folder = outside(path);
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("list " + path, e);
        }
    }

    void write(String path, String text, String permissions) {
        Path file = outside(path);
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        } catch (IOException e) {
            throw new UncheckedIOException("write " + path, e);
        }
    }
}
