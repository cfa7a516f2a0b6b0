package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Place;
import java.util.List;
import java.util.Optional;

/**
 * A network namespace, as one runtime made it, and what that runtime goes on to do with it.
 *
 * <p>The life: built; ADD at {@link #netns}; {@link #start}; CHECK; then either DEL and {@link
 * #stop}, or {@link #stop} and DEL at {@link #netnsAtDel}, whichever this runtime does; {@link
 * #close}.
 */
public interface Container extends AutoCloseable {

    /** What the runtime gives as CNI_CONTAINERID. */
    String id();

    /** What the runtime gives as CNI_NETNS at ADD and CHECK: a path as seen in {@link #place}. */
    String netns();

    /** Where the runtime executes plugins for this container. */
    Place place();

    /**
     * Runs a tool of the host inside the network namespace, while it exists, whatever its exit
     * status.
     */
    Output enter(List<String> command);

    /**
     * Whether {@link #netns} leads to the namespace the plugin itself is in: a plugin has to refuse
     * ADD there, and a DEL must not touch the host's interfaces.
     */
    default boolean isHostsOwn() {
        return false;
    }

    /**
     * What follows a successful ADD: the container's own process starts. Nothing where none does.
     */
    void start();

    /** Whether this runtime ends the container before it calls DEL. */
    boolean stopsBeforeDel();

    /**
     * Ends the container as the runtime does. The namespace is then what this runtime leaves of it:
     * still there, gone, or a path that leads elsewhere.
     */
    void stop();

    /** What the runtime gives as CNI_NETNS at DEL, by now: perhaps empty, perhaps a dead path. */
    String netnsAtDel();

    /**
     * Where {@link #netnsAtDel} leads, when that is to another container, which has an {@code eth0}
     * of its own that no plugin may touch; empty for nearly all, and before {@link #stop}.
     */
    default Optional<String> strangersNetns() {
        return Optional.empty();
    }

    /** Takes the namespace away under the runtime's hands, whatever state it is in. */
    void destroy();

    /** Removes all that the builder made for this container, in any state; repeatable. */
    @Override
    void close();
}
