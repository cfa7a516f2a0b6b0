/**
 * Machines for one case, and looking at them from outside.
 *
 * <p>Start at {@link dev.pontoon.conformance.host.Host}. The surprising fact: a host is three
 * namespaces (network, mount, process ids) over a throw-away layer of the machine's own file
 * system, so whatever a plugin writes anywhere is seen, and all of it ends with the host's first
 * process, which ends with the harness.
 */
@NullMarked
package dev.pontoon.conformance.host;

import org.jspecify.annotations.NullMarked;
