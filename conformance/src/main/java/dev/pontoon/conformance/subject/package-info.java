/**
 * What is judged: a plugin of a folder with the profile of its type, or a network from a file.
 *
 * <p>Start at {@link dev.pontoon.conformance.subject.Subject}. A profile is data (see the resources
 * beside this package): the smallest configuration that works, what the plugin can do, and what it
 * may leave behind.
 */
@NullMarked
package dev.pontoon.conformance.subject;

import org.jspecify.annotations.NullMarked;
