package dev.pontoon.runtime;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which a node keeps its networks: {@code *.conflist}, and {@code *.conf} and {@code
 * *.json} in the format of before CNI 1.0.0. What comes first by its file's name wins, lists before
 * single plugins.
 */
public final class NetworkFolder {
    /** Where runtimes look by default. */
    public static final String STANDARD = "/etc/cni/net.d";

    private final Path folder;

    public NetworkFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * A file of the folder: a list, or why it is none.
     *
     * @param file the file
     * @param list the list that it holds; null if it could not be read
     * @param failure why it could not be read; null if it could
     */
    public record Found(Path file, @Nullable NetworkList list, @Nullable CniException failure) {}

    /** All files in the order of precedence, each read; no folder is an empty one. */
    public List<Found> all() {
        List<Found> all = new ArrayList<>();
        for (Path file : files()) {
            try {
                all.add(new Found(file, read(file), null));
            } catch (CniException e) {
                all.add(new Found(file, null, e));
            }
        }
        return all;
    }

    /**
     * The network of that name. Throws code 7 if there is none, or if a file before it cannot be
     * read: what that one is about nobody knows.
     */
    public NetworkList require(String name) {
        List<String> names = new ArrayList<>();
        for (Path file : files()) {
            NetworkList list = read(file);
            if (list.name().equals(name)) {
                return list;
            }
            names.add(list.name());
        }
        throw new CniException(
                ErrorCode.INVALID_CONFIG,
                "no network \"" + name + "\" in " + folder,
                names.isEmpty()
                        ? "the folder has no network; --conf-dir or NETCONFPATH names another one"
                        : "it has "
                                + String.join(", ", names)
                                + "; --conf-dir or NETCONFPATH names another folder");
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>(files(folder, ".conflist"));
        List<Path> singles = new ArrayList<>(files(folder, ".conf"));
        singles.addAll(files(folder, ".json"));
        singles.sort(null);
        files.addAll(singles);
        return files;
    }

    private NetworkList read(Path file) {
        byte[] json = bytes(file);
        return file.toString().endsWith(".conflist")
                ? NetworkList.read(json, file.toString(), this::beside)
                : NetworkList.ofSingle(json, file.toString());
    }

    private List<NetworkList.Plugin> beside(String name) {
        List<NetworkList.Plugin> plugins = new ArrayList<>();
        if (!NetworkNames.isValid(name)) {
            return plugins;
        }
        for (Path file : files(folder.resolve(name), ".conf")) {
            plugins.add(
                    NetworkList.Plugin.of(
                            Documents.readObject(bytes(file), file.toString()), file.toString()));
        }
        return plugins;
    }

    private static List<Path> files(Path folder, String ending) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException e) {
            throw failure("list " + folder, e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw failure("read " + file, e);
        }
    }

    private static CniException failure(String what, IOException e) {
        return new CniException(ErrorCode.IO_FAILURE, what + ": " + e).because(e);
    }
}
