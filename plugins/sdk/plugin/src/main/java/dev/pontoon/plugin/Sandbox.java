package dev.pontoon.plugin;

import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NotANamespaceException;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.ErrorCode;
import java.util.Optional;

/**
 * The container's network namespace, opened once and looked at before anything is done in it: that
 * it is one, and that it is not the one this process is in, where a container's {@code eth0} may be
 * the host's.
 */
public final class Sandbox {
    private Sandbox() {}

    /**
     * For ADD and CHECK. Throws code 8 if CNI_NETNS leads to no namespace, or to the caller's own.
     */
    public static NetworkNamespace open(Environment environment, Call call) {
        NetworkNamespace namespace;
        try {
            namespace = openPath(environment, call);
        } catch (NotANamespaceException e) {
            throw new CniException(
                            ErrorCode.INVALID_NETNS,
                            String.valueOf(e.getMessage()),
                            "CNI_NETNS must be the path of the container's network namespace, visible to this process")
                    .because(e);
        }
        if (namespace.isCurrent() && !environment.netnsOverride()) {
            namespace.close();
            throw new CniException(
                    ErrorCode.INVALID_NETNS,
                    "CNI_NETNS "
                            + environment.netns()
                            + " is the network namespace of the plugin itself",
                    "it must be the container's; CNI_NETNS_OVERRIDE=1 permits it");
        }
        return namespace;
    }

    /**
     * For DEL: empty if the namespace is gone, in whichever way: no path, no file, a dead process,
     * a plain file that an unmounted namespace left, or a path that by now leads to the caller's
     * own namespace.
     */
    public static Optional<NetworkNamespace> openIfAlive(Environment environment, Call call) {
        if (environment.netns().isEmpty()) {
            return Optional.empty();
        }
        try {
            NetworkNamespace namespace = openPath(environment, call);
            if (namespace.isCurrent() && !environment.netnsOverride()) {
                namespace.close();
                call.log()
                        .line(
                                "CNI_NETNS "
                                        + environment.netns()
                                        + " is this process' own namespace: taken for gone");
                return Optional.empty();
            }
            return Optional.of(namespace);
        } catch (NotANamespaceException e) {
            return Optional.empty();
        }
    }

    private static NetworkNamespace openPath(Environment environment, Call call) {
        String path = environment.netns();
        return NetworkNamespace.open(path, call.caller().netns(path));
    }
}
