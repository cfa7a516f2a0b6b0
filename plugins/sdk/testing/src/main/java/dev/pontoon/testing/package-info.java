/**
 * Throw-away hosts and containers for tests, and what can be seen of them from outside.
 *
 * <p>Start at {@link dev.pontoon.testing.HostExtension}: a test that takes a {@link
 * dev.pontoon.testing.Host} gets a network and a mount namespace of its own, runs plugins in it
 * with {@link dev.pontoon.testing.Host#cni}, and compares two {@link
 * dev.pontoon.testing.Snapshot}s. All looking is done with iproute2, nft and files: this package
 * knows no other module of the project, so that it cannot share a mistake with the code it watches.
 *
 * <p>The surprising fact: processes of a host live in the machine's process id namespace, so every
 * pid a test sees is a real one, and {@code /proc/PID/ns/net} means the same thing inside and
 * outside.
 */
@NullMarked
package dev.pontoon.testing;

import org.jspecify.annotations.NullMarked;
