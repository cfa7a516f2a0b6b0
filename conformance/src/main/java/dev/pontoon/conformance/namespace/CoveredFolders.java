package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;

/**
 * Folders that a runtime writes to and no option moves elsewhere: its sockets, its containers'
 * state, what libcni remembers of a container for DEL. That is the runtime's doing and not the
 * plugin's, so a file system of their own keeps it out of a host's snapshots.
 */
final class CoveredFolders implements AutoCloseable {

    /** Of containerd's shims, of runc, of libcni, and of dockerd. */
    private static final List<String> FOLDERS =
            List.of(
                    "/run/containerd",
                    "/run/runc",
                    "/var/lib/cni/results",
                    "/run/docker",
                    "/etc/docker");

    /** Prints the folders that were not there before. */
    private static final String COVER =
            """
            for folder; do
                [ -d "$folder" ] || { mkdir -p "$folder"; echo "$folder"; }
                mountpoint -q "$folder" || mount -t tmpfs -o mode=0755 cni-conformance "$folder"
            done
            """;

    private static final String UNCOVER =
            """
            for folder; do
                if mountpoint -q "$folder"; then umount -l "$folder"; fi
            done
            """;

    private final Host host;
    private final List<String> made;

    private CoveredFolders(Host host, List<String> made) {
        this.host = host;
        this.made = made;
    }

    static CoveredFolders in(Host host) {
        String made = host.script(COVER, FOLDERS.toArray(String[]::new));
        return new CoveredFolders(host, made.lines().toList());
    }

    @Override
    public void close() {
        host.script(UNCOVER, FOLDERS.toArray(String[]::new));
        if (!made.isEmpty()) {
            host.script("rmdir \"$@\"", made.toArray(String[]::new));
        }
    }
}
