package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;

/**
 * Folders that a runtime writes to and no option moves elsewhere: its sockets, its containers' state, what
 * libcni remembers of a container for DEL. That is the runtime's doing and not the plugin's, so a
 * file system of their own keeps it out of a host's snapshots.
 */
final class CoveredFolders implements AutoCloseable {

    private static final List<String> FOLDERS =
            List.of("/run/containerd", "/run/runc", "/var/lib/cni/results");

    private static final String COVER =
            """
            for folder; do
                mkdir -p "$folder"
                mountpoint -q "$folder" || mount -t tmpfs -o mode=0755 cni-conformance "$folder"
            done
            """;

    private static final String UNCOVER =
            """
            for folder; do
                if mountpoint -q "$folder"; then umount -l "$folder"; fi
                rmdir --ignore-fail-on-non-empty "$folder"
            done
            """;

    private final Host host;

    private CoveredFolders(Host host) {
        this.host = host;
    }

    static CoveredFolders in(Host host) {
        host.script(COVER, FOLDERS.toArray(String[]::new));
        return new CoveredFolders(host);
    }

    @Override
    public void close() {
        host.script(UNCOVER, FOLDERS.toArray(String[]::new));
    }
}
