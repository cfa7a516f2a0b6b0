package dev.pontoon.conformance.lab;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.namespace.NamespaceBuilder;
import java.util.Set;

/** A host where cases can be tried one after another as long as each begins as the first did. */
public final class Bench implements AutoCloseable {

    private final Host host;
    private final NamespaceBuilder builder;
    private final NamespaceBuilder.Workshop workshop;
    private final Snapshot baseline;
    private final Set<String> ownFiles;
    private final Set<Long> orphans;

    private Bench(Host host, NamespaceBuilder builder, NamespaceBuilder.Workshop workshop) {
        this.host = host;
        this.builder = builder;
        this.workshop = workshop;
        this.baseline = host.snapshot();
        this.ownFiles = host.ownFiles();
        this.orphans = host.orphans();
    }

    /**
     * Sets one up in a new host, which ends when that fails.
     *
     * @throws HarnessFault when the builder cannot work here
     */
    public static Bench in(Host host, NamespaceBuilder builder) {
        try {
            builder.lacking(host)
                    .ifPresent(what -> {
                        throw new HarnessFault(what);
                    });
            NamespaceBuilder.Workshop workshop = builder.open(host);
            return new Bench(workshop.node().orElse(host), builder, workshop);
        } catch (RuntimeException e) {
            host.close();
            throw e;
        }
    }

    /**
     * Builds one namespace and takes it away again.
     *
     * @return whether a case can begin here afterwards
     * @throws HarnessFault when the builder cannot work here
     */
    public boolean tryOut() {
        workshop.tryOut();
        return restored(host.snapshot());
    }

    /** Where it all happens. */
    Host host() {
        return host;
    }

    /** How namespaces come to be. */
    NamespaceBuilder builder() {
        return builder;
    }

    /** The builder at work in this host. */
    NamespaceBuilder.Workshop workshop() {
        return workshop;
    }

    /** What the host held before the first case. */
    Snapshot baseline() {
        return baseline;
    }

    /**
     * Takes away what a plugin may leave and what the harness prepared for a case. A host that is
     * not exactly as it was then, or where something runs or a connection is remembered that nobody
     * sees in a snapshot, is for no other case.
     *
     * @param left what the host held when the case ended; its containers are closed by now
     * @return whether the next case finds what the first one found
     */
    boolean restored(Snapshot left) {
        if (!orphans.containsAll(host.orphans()) || !host.removeOwnFilesExcept(ownFiles)) {
            return false;
        }
        if (left.since(baseline).isEmpty()) {
            return true;
        }
        if (host.tracksConnections()) {
            return false;
        }
        Restoration.attempt(host, baseline, left);
        return host.snapshot().since(baseline).isEmpty();
    }

    @Override
    public void close() {
        try {
            workshop.close();
        } finally {
            host.close();
        }
    }
}
