/**
 * The cases, one class for each part of the spec or kind of plugin, in the spec's order.
 *
 * <p>Start at {@link dev.pontoon.conformance.suite.Suite}, the list of all. A case is readable
 * without its body. Nothing but the command line uses this package.
 */
@NullMarked
package dev.pontoon.conformance.suite;

import org.jspecify.annotations.NullMarked;
