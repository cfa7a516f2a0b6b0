package dev.pontoon.conformance.host;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * The files of a host that are not this machine's: what was changed in the layer over its file
 * system, and {@code /run}.
 */
final class ChangedFiles {

    /** Longer ones are told by their length only. */
    private static final long LONGEST_READ = 63 * 1024;

    /** The harness's own folder, and mounted namespaces, which have a snapshot of their own. */
    private static final Set<String> LEFT_OUT = Set.of(Host.OWN, "/run/netns");

    private static final int FILE_TYPE = 0170000;

    private static final Map<Integer, String> TYPES =
            Map.of(
                    0040000, "d", 0100000, "f", 0120000, "l", 0020000, "c", 0060000, "b", 0010000,
                    "p", 0140000, "s");

    private final Map<String, String> things = new HashMap<>();

    private ChangedFiles() {}

    /** Two things for each file that is not too long, {@code file} and {@code content}. */
    static Map<String, String> of(Host host) {
        var changed = new ChangedFiles();
        try {
            changed.read(host.file(Host.OWN + "/changes"), "");
            changed.read(host.file("/run"), "/run");
        } catch (IOException e) {
            throw new HarnessFault("read a host's files: " + e, e);
        }
        return changed.things;
    }

    /**
     * Reads what is below a folder of one file system.
     *
     * @param seenAs the folder's path in the host
     */
    private void read(Path top, String seenAs) throws IOException {
        if (!Files.isDirectory(top)) {
            return;
        }
        Object device = Files.getAttribute(top, "unix:dev");
        FileVisitor<Path> reader =
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes basic)
                            throws IOException {
                        if (folder.equals(top)) {
                            return FileVisitResult.CONTINUE;
                        }
                        String path = seenAs + "/" + top.relativize(folder);
                        if (LEFT_OUT.contains(path)) {
                            return FileVisitResult.SKIP_SUBTREE;
                        }
                        Map<String, Object> attributes = attributes(folder);
                        file(folder, path, attributes);
                        return device.equals(attributes.get("dev"))
                                ? FileVisitResult.CONTINUE
                                : FileVisitResult.SKIP_SUBTREE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes basic)
                            throws IOException {
                        try {
                            file(file, seenAs + "/" + top.relativize(file), attributes(file));
                        } catch (NoSuchFileException _) {
                            // It went while this was looking.
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e)
                            throws IOException {
                        if (e instanceof NoSuchFileException) {
                            return FileVisitResult.CONTINUE;
                        }
                        throw e;
                    }
                };
        Files.walkFileTree(top, reader);
    }

    private static Map<String, Object> attributes(Path file) throws IOException {
        return Files.readAttributes(file, "unix:mode,size,dev", LinkOption.NOFOLLOW_LINKS);
    }

    private void file(Path file, String path, Map<String, Object> attributes) throws IOException {
        int mode = (int) attributes.getOrDefault("mode", 0);
        long size = (long) attributes.getOrDefault("size", 0L);
        String type = TYPES.getOrDefault(mode & FILE_TYPE, "?");
        boolean folder = type.equals("d");
        String link = type.equals("l") ? " -> " + Files.readSymbolicLink(file) : "";
        things.put(
                (folder ? "folder " : "file ") + path,
                "type "
                        + type
                        + " mode "
                        + Integer.toOctalString(mode & 07777)
                        + (folder ? "" : " size " + size)
                        + link);
        if (type.equals("f") && size <= LONGEST_READ) {
            things.put("content " + path, sum(Files.readAllBytes(file)));
        }
    }

    private static String sum(byte[] bytes) {
        var sum = new CRC32();
        sum.update(bytes);
        return Long.toString(sum.getValue());
    }
}
