/**
 * A client of the Container Runtime Interface, small enough to need no library: gRPC over HTTP/2
 * over a unix socket, one connection for each call.
 *
 * <p>Start at {@link dev.pontoon.conformance.cri.CriClient}. The surprising fact: a call that makes
 * a pod does not return before the runtime's plugins did, so callers make it on a thread of its
 * own.
 */
@NullMarked
package dev.pontoon.conformance.cri;

import org.jspecify.annotations.NullMarked;
