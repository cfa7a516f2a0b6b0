package dev.pontoon.tuning;

import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The file in which the reference plugin keeps the attributes that an interface had: written so
 * that the reference can detach what Pontoon attached, and read the other way round.
 */
final class BackupFile {
    private static final FileAttribute<?> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<?> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path file;

    BackupFile(Path dataDir, Attachment attachment) {
        this.file = dataDir.resolve(attachment.containerId() + "_" + attachment.ifname() + ".json");
    }

    /** Writes the attributes among these; nothing if there is none. Throws code 5. */
    void write(Map<String, String> before) {
        List<String> lines = new ArrayList<>();
        for (LinkAttribute each : LinkAttribute.values()) {
            String value = before.get(each.key());
            if (value != null) {
                lines.add(" \"" + each.key() + "\": " + json(each, value));
            }
        }
        if (lines.isEmpty()) {
            return;
        }
        Path aside = file.resolveSibling("." + file.getFileName() + ".new");
        try {
            Files.createDirectories(file.getParent(), PRIVATE_FOLDER);
            Files.deleteIfExists(aside);
            Files.createFile(aside, PRIVATE_FILE);
            Files.writeString(aside, "{\n" + String.join(",\n", lines) + "\n}");
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failure("write", e);
        }
    }

    private static String json(LinkAttribute attribute, String value) {
        return attribute == LinkAttribute.MAC ? "\"" + value + "\"" : value;
    }

    /** What was there before; empty if there is no file, or none that can be understood. */
    Map<LinkAttribute, String> read() {
        Map<LinkAttribute, String> before = new LinkedHashMap<>();
        try {
            ConfigObject keys = ConfigObject.read(Files.readAllBytes(file), file.toString());
            for (LinkAttribute each : LinkAttribute.values()) {
                if (keys.has(each.key())) {
                    before.put(each, text(keys, each));
                }
            }
            return before;
        } catch (NoSuchFileException | CniException e) {
            return Map.of();
        } catch (IOException e) {
            throw failure("read", e);
        }
    }

    private static String text(ConfigObject keys, LinkAttribute attribute) {
        return switch (attribute) {
            case MAC -> keys.text(attribute.key(), "");
            case PROMISCUOUS, ALL_MULTICAST -> Boolean.toString(keys.flag(attribute.key()));
            case MTU, TX_QUEUE_LENGTH -> Integer.toString(keys.integer(attribute.key(), 0));
        };
    }

    /** Removes the file; that there is none is no error. */
    void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw failure("remove", e);
        }
    }

    private CniException failure(String verb, IOException e) {
        String reason =
                e instanceof FileSystemException refused && refused.getReason() != null
                        ? refused.getReason()
                        : e.getClass().getSimpleName();
        return new CniException(
                        ErrorCode.IO_FAILURE,
                        verb + " " + file + ": " + reason,
                        "dataDir must be a folder that the plugin can write to")
                .because(e);
    }
}
