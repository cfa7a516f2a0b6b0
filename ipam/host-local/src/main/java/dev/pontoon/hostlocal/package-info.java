/**
 * The {@code host-local} IPAM plugin: hands out addresses from ranges and remembers them as one
 * small file each, in the very format of the reference plugin, so that both can work on one store,
 * even at the same time.
 *
 * <p>Start at {@link dev.pontoon.hostlocal.HostLocalPlugin}; what is on the disk is told in {@link
 * dev.pontoon.hostlocal.Store}. The surprising fact: no call reads all leases. Which leases a
 * container has is looked up in an index beside the store, and the index knows whether anybody else
 * has changed the store since: see {@link dev.pontoon.hostlocal.Stamp}.
 */
@NullMarked
package dev.pontoon.hostlocal;

import org.jspecify.annotations.NullMarked;
