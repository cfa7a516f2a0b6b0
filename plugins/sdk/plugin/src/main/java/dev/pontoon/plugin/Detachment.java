package dev.pontoon.plugin;

import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/**
 * DEL and GC of one plugin: the ledger first, then the previous result, the IPAM plugin in any case
 * if it is the plugin's to ask, and the ledger's entry at the very end. Neither needs the
 * container's namespace.
 */
public final class Detachment {
    private final String plugin;
    private final Means means;
    private final boolean hasAddresses;

    /**
     * How the plugin takes away what it makes. Every step succeeds if its object is gone already.
     * Addresses are the IPAM plugin's.
     */
    public interface Steps {
        /** Whether the entry tells what was made; one that could not be read tells nothing. */
        boolean isReadable(LedgerEntry entry);

        /** Whether {@link #unrecorded} looks into the container's namespace. */
        default boolean looksInside() {
            return true;
        }

        /** Everything that the plugin's entry names. */
        void recorded(LedgerEntry entry, Cleanup cleanup);

        /**
         * What was made for an attachment that the ledger does not know: by the reference plugins,
         * or by ours if somebody emptied the ledger's folder.
         *
         * @param netns the container's namespace; empty if it is gone, or of no interest
         */
        void unrecorded(Request.Del request, Optional<NetworkNamespace> netns, Cleanup cleanup);

        /** Everything of a network whose attachment is not valid and which no entry led to. */
        void unlisted(String network, List<Attachment> valid, Cleanup cleanup);
    }

    /** Makes the steps for one call. */
    @FunctionalInterface
    public interface Means {
        Steps of(HostSockets host, Ledger ledger, Environment environment, Log log);
    }

    private Detachment(String plugin, Means means, boolean hasAddresses) {
        this.plugin = plugin;
        this.means = means;
        this.hasAddresses = hasAddresses;
    }

    /** For a plugin that takes addresses from the IPAM plugin of its configuration. */
    public static Detachment withAddresses(String plugin, Means means) {
        return new Detachment(plugin, means, true);
    }

    /** For a plugin behind others in a chain, whose configuration has no IPAM plugin to ask. */
    public static Detachment chained(String plugin, Means means) {
        return new Detachment(plugin, means, false);
    }

    /** Removes the attachment. Throws what failed, after everything else was done. */
    public void del(Request.Del request, Call call) {
        Ledger ledger = Ledger.of(request.config());
        Cleanup cleanup = new Cleanup();
        try (FileLock lock = ledger.lock(request.attachment(), new StopSignal());
                HostSockets host = call.caller().hostSockets()) {
            cleanup.step(
                    "look for what was made for " + request.attachment(),
                    () -> removeFromHost(request, call, ledger, host, cleanup));
            call.timing().did("host");
            if (hasAddresses) {
                cleanup.step("release the addresses", () -> releaseAddresses(request, call));
                call.timing().did("ipam");
            }
            if (cleanup.isComplete()) {
                cleanup.step(
                        "forget the attachment", () -> ledger.remove(request.attachment(), plugin));
            }
        }
        cleanup.finish();
    }

    private void removeFromHost(
            Request.Del request, Call call, Ledger ledger, HostSockets host, Cleanup cleanup) {
        Steps steps = means.of(host, ledger, request.environment(), call.log());
        Optional<LedgerEntry> known = ledger.find(request.attachment(), plugin);
        if (known.isPresent() && steps.isReadable(known.get())) {
            steps.recorded(known.get(), cleanup);
            return;
        }
        if (!steps.looksInside()) {
            steps.unrecorded(request, Optional.empty(), cleanup);
            return;
        }
        try (NetworkNamespace netns =
                Sandbox.openIfAlive(request.environment(), call).orElse(null)) {
            steps.unrecorded(request, Optional.ofNullable(netns), cleanup);
        }
    }

    private static void releaseAddresses(Request.Del request, Call call) {
        Delegate.ipam(request.config(), request.environment(), call)
                .ifPresent(ipam -> ipam.del(request));
    }

    /**
     * Removes every attachment of the network that is not listed as valid; nothing if the
     * configuration has no list. Throws what failed, after everything else was done.
     */
    public void gc(Request.Gc request, Call call) {
        GarbageCollection garbage = new GarbageCollection(request, plugin, call);
        Cleanup cleanup = new Cleanup();
        garbage.valid()
                .ifPresent(valid ->
                        cleanup.step(
                                "look for what is no longer valid",
                                () -> collect(request, valid, garbage, call, cleanup)));
        if (hasAddresses) {
            cleanup.step("collect the addresses", () -> collectAddresses(request, call));
        }
        cleanup.finish();
    }

    private void collect(
            Request.Gc request,
            List<Attachment> valid,
            GarbageCollection garbage,
            Call call,
            Cleanup cleanup) {
        try (HostSockets host = call.caller().hostSockets()) {
            Ledger ledger = Ledger.of(request.config());
            Steps steps = means.of(host, ledger, request.environment(), call.log());
            garbage.collect(steps::recorded, cleanup);
            steps.unlisted(request.config().name(), valid, cleanup);
            garbage.tidy(cleanup);
        }
    }

    private static void collectAddresses(Request.Gc request, Call call) {
        Delegate.ipam(request.config(), request.environment(), call)
                .ifPresent(ipam -> ipam.gc(request));
    }
}
