/**
 * What is told of a run: while it goes on, at its end, and in files.
 *
 * <p>Start at {@link dev.pontoon.conformance.report.Judgement}: a report with what counts in it.
 * The JSON file ({@link dev.pontoon.conformance.report.JsonReport} describes it field by field) is
 * the record; JUnit XML, TAP, Markdown and the HTML page show the same to other readers. The
 * surprising fact: a failure that does not count (a SHOULD in a run that asks for MUSTs, or one
 * listed as known) is neither hidden nor counted, but "not met", with the reason, in every one of
 * them.
 */
@NullMarked
package dev.pontoon.conformance.report;

import org.jspecify.annotations.NullMarked;
