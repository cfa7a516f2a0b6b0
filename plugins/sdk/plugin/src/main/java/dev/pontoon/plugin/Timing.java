package dev.pontoon.plugin;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How long the steps of one call take. Not for use by several threads. */
public final class Timing {
    private final List<Step> steps = new ArrayList<>();
    private long since = System.nanoTime();

    /**
     * A step that is done.
     *
     * @param name in one word
     * @param nanos how long it took
     */
    public record Step(String name, long nanos) {}

    /** Ends a step: all that was done since the last one, or since the call began. */
    public void did(String name) {
        long now = System.nanoTime();
        steps.add(new Step(name, now - since));
        since = now;
    }

    /** The steps so far, in order; a name may stand more than once. */
    public List<Step> steps() {
        return Collections.unmodifiableList(steps);
    }
}
