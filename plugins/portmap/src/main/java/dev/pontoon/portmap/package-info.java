/**
 * The {@code portmap} plugin: leads ports of the host to a container that an earlier plugin of the
 * chain attached.
 *
 * <p>Start at {@link dev.pontoon.portmap.PortmapPlugin}; {@code Addition} is the story of an ADD,
 * {@code Removal} that of DEL and GC, {@code Dispatch} shows what lies in nftables. The surprising
 * fact: the container's namespace is never entered. All of it lies in the host's, and a port of a
 * container that died without DEL goes to whoever asks for it next.
 */
@NullMarked
package dev.pontoon.portmap;

import org.jspecify.annotations.NullMarked;
