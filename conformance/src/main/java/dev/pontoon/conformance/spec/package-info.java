/**
 * What the spec says, as data: versions, levels, clauses with their sentences.
 *
 * <p>Start at {@link dev.pontoon.conformance.spec.Clause}. Nothing here runs anything.
 */
@NullMarked
package dev.pontoon.conformance.spec;

import org.jspecify.annotations.NullMarked;
