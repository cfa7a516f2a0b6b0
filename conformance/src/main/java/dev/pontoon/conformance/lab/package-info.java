/**
 * One case and the place where it happens: what a case is made of, and the verbs its body is
 * written with.
 *
 * <p>Start at {@link dev.pontoon.conformance.lab.Case} (data first, body last) and {@link
 * dev.pontoon.conformance.lab.Lab}. The surprising fact: a body says only what is special about it;
 * that nothing is left behind is looked at after every case.
 */
@NullMarked
package dev.pontoon.conformance.lab;

import org.jspecify.annotations.NullMarked;
