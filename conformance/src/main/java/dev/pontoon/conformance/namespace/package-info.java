/**
 * Network namespaces, built the way runtimes build them, each with the runtime's own tool.
 *
 * <p>Start at {@link dev.pontoon.conformance.namespace.NamespaceBuilder}; the list of all is {@link
 * dev.pontoon.conformance.namespace.Builders}. The surprising fact: in most runtimes it is not the
 * caller of the plugin who makes the namespace but runc, and what a DEL finds at the path
 * afterwards differs for each of them.
 */
@NullMarked
package dev.pontoon.conformance.namespace;

import org.jspecify.annotations.NullMarked;
