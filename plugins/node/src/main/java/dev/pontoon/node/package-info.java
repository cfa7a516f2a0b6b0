/**
 * The road of a call on a node: {@link dev.pontoon.node.Service}, to which launchers hand their
 * calls over, and {@link dev.pontoon.node.Main}, which a launcher starts where there is no service,
 * one process for each call. The command for whoever looks after the node is in {@code
 * dev.pontoon.operator}, and nothing here knows of it.
 *
 * <p>The surprising fact: the plugins are found by {@link java.util.ServiceLoader}; this package
 * knows none of them and gets them at run time only.
 */
@NullMarked
package dev.pontoon.node;

import org.jspecify.annotations.NullMarked;
