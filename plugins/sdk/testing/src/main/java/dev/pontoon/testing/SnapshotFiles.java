package dev.pontoon.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The state folders of a host: every file, folder and link with its mode and content. */
final class SnapshotFiles {

    private static final List<String> FOLDERS =
            List.of("/run/pontoon", "/run/cni", "/var/lib/cni", "/etc/cni");

    /** Longer contents, and binary ones, are shown as a hash. */
    private static final int LONGEST_SHOWN = 200;

    private SnapshotFiles() {}

    static Snapshot read(HostFiles files) {
        var found = new Snapshot.Builder();
        for (String folder : FOLDERS) {
            Path outside = files.entry(folder);
            if (Files.exists(outside, LinkOption.NOFOLLOW_LINKS)) {
                readTree(folder, outside, found);
            }
        }
        return found.build();
    }

    private static void readTree(String name, Path folder, Snapshot.Builder found) {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.toList()) {
                String inside =
                        Path.of(name).resolve(folder.relativize(path).toString()).toString();
                found.thing("file " + inside, properties(path));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("read files below " + name, e);
        }
    }

    private static Map<String, String> properties(Path path) throws IOException {
        var properties = new TreeMap<String, String>();
        try {
            var attributes =
                    Files.readAttributes(path, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
            properties.put("mode", octal(attributes.get("mode")));
            properties.put("owner", attributes.get("uid") + ":" + attributes.get("gid"));
            if (Files.isSymbolicLink(path)) {
                properties.put("target", Files.readSymbolicLink(path).toString());
            } else if (Files.isRegularFile(path)) {
                properties.put("content", content(Files.readAllBytes(path)));
            }
        } catch (NoSuchFileException _) {
            // Somebody still works in the folder: seen, and gone a moment later.
            properties.put("mode", "vanished");
        }
        return properties;
    }

    private static String octal(@Nullable Object mode) {
        return mode instanceof Integer bits ? Integer.toOctalString(bits) : "unknown";
    }

    private static String content(byte[] bytes) {
        if (bytes.length <= LONGEST_SHOWN) {
            try {
                var decoder = StandardCharsets.UTF_8.newDecoder();
                String text = decoder.decode(ByteBuffer.wrap(bytes)).toString();
                return text.replace("\r", "\\r").replace("\n", "\\n");
            } catch (CharacterCodingException _) {
                // Not text: the hash below.
            }
        }
        return bytes.length + " bytes, sha256 " + hash(bytes);
    }

    private static String hash(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
