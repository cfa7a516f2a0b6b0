package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Wait;
import java.time.Duration;
import java.util.List;

/**
 * Taking a namespace away from under a runtime: the processes in it, and the mount that keeps it.
 */
final class NamespaceFile {

    private static final Duration MOST = Duration.ofSeconds(10);

    private NamespaceFile() {}

    /** Ends the processes in a namespace below {@code /run/netns}, and the file, if they exist. */
    static void destroy(Host host, String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        List<String> processes = host.tool("ip", "netns", "pids", name).out().lines().toList();
        processes.forEach(process -> host.tool("kill", "-KILL", process));
        unpin(host, path);
        processes.forEach(process -> awaitEnd(host, process));
    }

    /** Removes the mount and the file, if they exist. */
    static void unpin(Host host, String path) {
        host.tool("sh", "-c", "umount -l \"$0\"; rm -f \"$0\"", path);
    }

    /** Kills a process and waits until it is gone; nothing when it was gone before. */
    static void end(Host host, String process) {
        host.tool("kill", "-KILL", process);
        awaitEnd(host, process);
    }

    private static void awaitEnd(Host host, String process) {
        if (!Wait.holds(MOST, () -> !host.exists("/proc/" + process))) {
            throw new HarnessFault("process " + process + " does not end when it is killed");
        }
    }
}
