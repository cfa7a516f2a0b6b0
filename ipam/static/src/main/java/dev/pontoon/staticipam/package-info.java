/**
 * The {@code static} IPAM plugin: hands out the very addresses that the configuration or the
 * runtime names.
 *
 * <p>Start at {@link dev.pontoon.staticipam.StaticPlugin}. The surprising fact: it remembers
 * nothing, so there is nothing that DEL or GC could remove, and nobody keeps two containers from
 * being given one address.
 */
@NullMarked
package dev.pontoon.staticipam;

import org.jspecify.annotations.NullMarked;
