/**
 * The Linux kernel as a CNI plugin needs it: rtnetlink, network namespaces, sysctl files, {@code
 * flock(2)}, neighbour announcements. It knows nothing of CNI, and nothing outside this module
 * knows JNA.
 *
 * <p>Start at {@link dev.pontoon.linux.NetlinkSocket} (how a request is sent and answered) and
 * {@link dev.pontoon.linux.NetworkNamespace} (how to be somewhere else for a moment). nftables has
 * a package of its own, {@link dev.pontoon.linux.nft}.
 *
 * <p>The surprising fact: a namespace belongs to a <em>thread</em>, but a socket belongs to the
 * namespace in which it was opened, for ever. So only two things ever happen inside a container's
 * namespace: opening a socket and writing a sysctl file; every netlink request is then sent from
 * outside.
 */
@NullMarked
package dev.pontoon.linux;

import org.jspecify.annotations.NullMarked;
