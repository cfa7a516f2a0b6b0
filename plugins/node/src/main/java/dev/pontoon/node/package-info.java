/**
 * What runs on a node: {@link dev.pontoon.node.Main} is what the launcher starts, one process for
 * each call.
 *
 * <p>The surprising fact: the plugins are found by {@link java.util.ServiceLoader}; this module
 * compiles without any of them and gets them at run time only.
 */
@NullMarked
package dev.pontoon.node;

import org.jspecify.annotations.NullMarked;
