package dev.pontoon.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether this process stands where a launcher stands, so that a call has the same effect from
 * here. The launcher that started this process told it, in its own words, where that is.
 */
final class Surroundings {
    private static final String OTHER_FILES = "the caller sees other files";

    private Surroundings() {}

    /**
     * Why the call must be served by the launcher itself; empty if it can be served here.
     *
     * @param pid the launcher's process
     */
    static Optional<String> obstacle(HandedCall handed, String build, int pid) {
        if (!handed.build().equals(build)) {
            return Optional.of("the caller belongs to another build");
        }
        if (!handed.namespaces().equals(System.getProperty("pontoon.namespaces"))) {
            return Optional.of("the caller is in another namespace of network, processes or users");
        }
        boolean sameMounts = handed.mounts().equals(System.getProperty("pontoon.mounts"));
        return sameMounts || seesSameFiles(handed, pid)
                ? Optional.empty()
                : Optional.of(OTHER_FILES);
    }

    /** Another mount namespace does no harm as long as it shows the folders that a call uses. */
    private static boolean seesSameFiles(HandedCall handed, int pid) {
        Path root = Path.of("/proc/" + pid + "/root");
        List<String> used = new ArrayList<>(List.of("/", "/run", "/etc", "/var/lib"));
        used.add("/var/lib/cni");
        used.add("/var/lib/cni/networks");
        for (String folder : handed.variables().getOrDefault("CNI_PATH", "").split(":")) {
            used.add(folder);
        }
        for (String folder : used) {
            Path here = Path.of("/").resolve(folder);
            if (!isSame(here, root.resolve(folder.substring(folder.startsWith("/") ? 1 : 0)))) {
                return false;
            }
        }
        return !handed.netns().isEmpty()
                || handed.variables().getOrDefault("CNI_NETNS", "").isEmpty();
    }

    /** Whether both are one folder, or neither is there. */
    private static boolean isSame(Path here, Path there) {
        try {
            return Files.isSameFile(here, there);
        } catch (IOException e) {
            return !Files.exists(here) && !Files.exists(there);
        }
    }
}
