package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import java.util.Optional;

/**
 * One way in which network namespaces come to be. A builder has no state; what it needs running (a
 * daemon) lives in a {@link Workshop}, once for each host.
 */
public interface NamespaceBuilder {

    /** What the command line calls it: {@code runc-gap}. */
    String id();

    /** What it is, in a few words: {@code runc, between create and start}. */
    String title();

    /** Who makes, pins and passes what. */
    Shape shape();

    /** What it needs and this machine has not, in words; empty when it is worth trying. */
    default Optional<String> lacking(Host host) {
        return Optional.empty();
    }

    /**
     * Why it cannot work on this machine: a tool that is missing, a kernel that refuses. Asked in a
     * host of its own; empty when one namespace was really built and removed.
     */
    default Optional<String> missing(Host host) {
        Optional<String> lacking = lacking(host);
        if (lacking.isPresent()) {
            return lacking;
        }
        try (Workshop workshop = open(host)) {
            workshop.tryOut();
            return Optional.empty();
        } catch (HarnessFault e) {
            return Optional.of(e.reason());
        }
    }

    /**
     * Prepares a host for building: starts the daemon, unpacks a root file system. The host is
     * empty or was prepared by the same builder before.
     *
     * @throws HarnessFault when that fails
     */
    Workshop open(Host host);

    /** A host where namespaces of one kind can be built. */
    interface Workshop extends AutoCloseable {
        /**
         * Builds a namespace.
         *
         * @param name letters, digits and dashes, at most 20; no other container of the host has it
         */
        Container build(String name);

        /**
         * Builds a namespace and takes it away again.
         *
         * @throws HarnessFault when that does not work here
         */
        default void tryOut() {
            try (Container container = build("probe")) {
                container.start();
                container.stop();
            }
        }

        /**
         * The machine that the plugin runs on, and whose state it changes, when that is not the
         * host itself but a node inside it.
         */
        default Optional<Host> node() {
            return Optional.empty();
        }

        /** Stops what {@link NamespaceBuilder#open} started; containers are closed before. */
        @Override
        void close();
    }

    /**
     * What a drawing and a table tell of a builder.
     *
     * @param maker the process that makes the namespace
     * @param pin what keeps it alive: a process, or a mount on a file
     * @param path what CNI_NETNS looks like
     * @param moment when ADD comes, seen from the container's own process
     * @param atDel what DEL finds at the path
     * @param owner whose user namespace owns it: {@code the host's} or {@code the container's}
     */
    record Shape(
            String maker, String pin, String path, String moment, String atDel, String owner) {}
}
