package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;

/** Namespaces mounted on files, by util-linux. */
final class PinnedFile {

    private PinnedFile() {}

    /** Makes a namespace with unshare(1) and mounts it on a new file. */
    static void unshare(Host host, String file) {
        host.script("mkdir -p \"${1%/*}\"; : > \"$1\"; unshare --net=\"$1\" true", file);
    }

    /** Takes the mount away, if there is one, and leaves the file: an empty plain one now. */
    static void unmount(Host host, String file) {
        host.tool("sh", "-c", "while umount -l \"$0\"; do :; done 2> /dev/null", file);
    }

    /** Removes mount and file; no effect where there is neither. */
    static void remove(Host host, String file) {
        host.tool(
                "sh", "-c", "while umount -l \"$0\"; do :; done 2> /dev/null; rm -f \"$0\"", file);
    }
}
