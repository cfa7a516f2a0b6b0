package dev.pontoon.plugin;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/**
 * A CNI plugin. An implementation is found by {@link java.util.ServiceLoader}, has a public
 * constructor without parameters, keeps no state between calls, and may be called by several
 * threads at once.
 *
 * <p>Each method either does what the spec's section 2 asks of its command, or throws. A {@link
 * dev.pontoon.protocol.CniException} and a {@link dev.pontoon.linux.KernelException} become the
 * error document; anything else is taken for a bug. Whatever the configuration gets wrong is
 * refused before anything is touched.
 */
public interface Plugin {
    /** The name of the executable, which is the {@code type} in a configuration. */
    String name();

    /** The spec versions whose configurations are understood, oldest first. */
    default List<CniVersion> supportedVersions() {
        return CniVersion.ALL;
    }

    /** Whether it gives addresses to other plugins, which may delegate to it then. */
    default boolean isIpam() {
        return false;
    }

    /** Attaches the container, or leaves everything as it was and throws. */
    AddResult add(Request.Add request, Call call);

    /** Returns if the attachment is what it was after ADD, and changes nothing. */
    void check(Request.Check request, Call call);

    /**
     * Removes the attachment. What is gone already is no error; every step runs even if one fails.
     */
    void del(Request.Del request, Call call);

    /** Removes everything of this network whose attachment is not listed as valid. */
    void gc(Request.Gc request, Call call);

    /**
     * Returns if an ADD could be served now, and changes nothing. Throws code 50 or 51 otherwise.
     */
    void status(Request.Status request, Call call);

    /**
     * What a living attachment lacks on the host that can be made anew by the ledger's word alone,
     * such as rules that went when somebody reloaded the firewall: the first such thing, as CHECK
     * tells it. Empty if nothing is missing, if the container is gone, and for plugins that make
     * nothing of the kind. Changes nothing.
     */
    default Optional<String> missing(Recorded attachment, Call call) {
        return Optional.empty();
    }

    /**
     * Makes anew what {@link #missing} misses. Links, addresses and open connections stay as they
     * are. The caller holds the attachment's lock.
     */
    default void restore(Recorded attachment, Call call) {}
}
