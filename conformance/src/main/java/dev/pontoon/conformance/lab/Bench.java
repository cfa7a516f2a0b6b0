package dev.pontoon.conformance.lab;

import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.RunFolder;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.namespace.NamespaceBuilder;

/**
 * A host where cases can be tried one after another as long as each leaves it as it was.
 *
 * @param host where it all happens
 * @param builder how namespaces come to be
 * @param workshop the builder at work in this host
 * @param baseline what the host held before the first case
 */
public record Bench(
        Host host, NamespaceBuilder builder, NamespaceBuilder.Workshop workshop, Snapshot baseline)
        implements AutoCloseable {

    /** Sets one up. */
    public static Bench create(RunFolder run, NamespaceBuilder builder) {
        Host host = Host.create(run);
        try {
            NamespaceBuilder.Workshop workshop = builder.open(host);
            Host machine = workshop.node().orElse(host);
            return new Bench(machine, builder, workshop, machine.snapshot());
        } catch (RuntimeException e) {
            host.close();
            throw e;
        }
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
