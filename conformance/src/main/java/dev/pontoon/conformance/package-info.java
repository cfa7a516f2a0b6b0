/**
 * The command line: what a user asks for, put together from the other packages.
 *
 * <p>Start at {@link dev.pontoon.conformance.Main}. The surprising fact: nothing here knows how a
 * plugin is judged, and nothing but {@code Main} touches the process it runs in.
 */
@NullMarked
package dev.pontoon.conformance;

import org.jspecify.annotations.NullMarked;
