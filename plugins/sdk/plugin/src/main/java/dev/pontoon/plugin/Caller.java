package dev.pontoon.plugin;

import java.nio.file.Path;

/**
 * The process that a runtime started and that a call is served for: this one, or another that has
 * handed its call over. Both are in the same namespaces of network, processes and users.
 */
public interface Caller {
    /** This process itself. */
    Caller THIS_PROCESS =
            new Caller() {
                @Override
                public Path folder() {
                    return Path.of("");
                }

                @Override
                public String netns(String path) {
                    return path;
                }

                @Override
                public HostSockets hostSockets() {
                    return new HostSockets();
                }
            };

    /** Where its relative paths begin. */
    Path folder();

    /**
     * Where this process finds the file that CNI_NETNS leads the caller to: {@code path} itself, or
     * the {@code /proc/PID/fd/N} of a caller that has opened it.
     */
    String netns(String path);

    /** Sockets in the host's network namespace, for one use of try-with-resources. */
    HostSockets hostSockets();
}
