/**
 * What a container runtime does with CNI: reads the lists of a configuration folder, calls the
 * plugins of one in their order, and keeps the result. Start at {@link
 * dev.pontoon.runtime.PluginChain}.
 *
 * <p>The surprising fact: it does what libcni does, down to the files it keeps, so that {@code
 * cnitool} and whatever else is built on libcni can go on where this has begun, and the other way
 * round. Plugins are programs here, whoever made them, Pontoon's own included.
 */
@NullMarked
package dev.pontoon.runtime;

import org.jspecify.annotations.NullMarked;
