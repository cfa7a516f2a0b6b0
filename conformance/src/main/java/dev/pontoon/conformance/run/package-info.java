/**
 * From a choice of cases, subjects and builders to a report.
 *
 * <p>Start at {@link dev.pontoon.conformance.run.Runner}. The surprising fact: several cases run at
 * once, each in a host of its own, and the report is in the plan's order all the same.
 */
@NullMarked
package dev.pontoon.conformance.run;

import org.jspecify.annotations.NullMarked;
