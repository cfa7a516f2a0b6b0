package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;

/** Taking a namespace away that a mount on a file below {@code /run/netns} keeps. */
final class NamespaceFile {

    private static final String UNPIN =
            """
            for pid in $(ip netns pids "${0##*/}"); do kill -KILL "$pid"; done
            umount -l "$0"
            rm -f "$0"
            """;

    private NamespaceFile() {}

    /** Ends the processes in it, the mount and the file, as far as they exist. */
    static void destroy(Host host, String path) {
        host.tool("sh", "-c", UNPIN, path);
    }
}
