package dev.pontoon.doctor;

import dev.pontoon.protocol.CniException;
import dev.pontoon.runtime.NetworkFolder;
import dev.pontoon.runtime.NetworkList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of the folder in which runtimes look for networks.
 *
 * @param path the file
 * @param network what it configures; null if it cannot be used
 * @param problem why it cannot be used; empty if it can
 */
record ConfigurationFile(Path path, @Nullable Network network, String problem) {
    /** In the order in which runtimes take them; none if there is no such folder. */
    static List<ConfigurationFile> in(Path folder) throws IOException {
        List<ConfigurationFile> files = new ArrayList<>();
        for (NetworkFolder.Found found : new NetworkFolder(folder).all()) {
            CniException failure = found.failure();
            NetworkList list = found.list();
            if (list == null) {
                files.add(
                        new ConfigurationFile(
                                found.file(), null, failure == null ? "" : text(failure)));
            } else {
                files.add(read(found.file(), list));
            }
        }
        return files;
    }

    private static ConfigurationFile read(Path path, NetworkList list) throws IOException {
        try {
            Network network = Network.of(list, path, Files.readString(path));
            return new ConfigurationFile(path, network, "");
        } catch (CniException e) {
            return new ConfigurationFile(path, null, text(e));
        }
    }

    private static String text(CniException failure) {
        return failure.details().isEmpty()
                ? failure.text()
                : failure.text() + " (" + failure.details() + ")";
    }
}
