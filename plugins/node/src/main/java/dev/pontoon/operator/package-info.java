/**
 * {@code pontoon}, the command for whoever looks after a node; {@link
 * dev.pontoon.operator.PontoonCommand} is where it begins, and each of its commands is a class.
 *
 * <p>The surprising fact: a container's CNI call never comes here. The packages of a call know
 * nothing of this one, nor of its library for command lines, which takes longer to load than a call
 * to serve.
 */
@NullMarked
package dev.pontoon.operator;

import org.jspecify.annotations.NullMarked;
