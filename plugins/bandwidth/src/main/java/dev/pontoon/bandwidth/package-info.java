/**
 * The {@code bandwidth} plugin: limits what a container takes in (a token bucket filter on the
 * host's end of its veth pair) and what it sends (the same on an ifb, through which the host's end
 * makes a detour).
 *
 * <p>Start at {@link dev.pontoon.bandwidth.BandwidthPlugin}; {@code Addition} is the story of an
 * ADD, {@code Removal} that of DEL and GC. The surprising fact: all of it lies in the host's
 * namespace, and nothing in the container's, which may be gone when it is removed.
 */
@NullMarked
package dev.pontoon.bandwidth;

import org.jspecify.annotations.NullMarked;
