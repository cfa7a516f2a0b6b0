/**
 * The {@code loopback} plugin: sets {@code lo} up inside a container. Start at {@link
 * dev.pontoon.loopback.LoopbackPlugin}.
 *
 * <p>The surprising fact: the interface is always {@code lo}, whatever CNI_IFNAME says, and a
 * namespace that runc made has it up already.
 */
@NullMarked
package dev.pontoon.loopback;

import org.jspecify.annotations.NullMarked;
