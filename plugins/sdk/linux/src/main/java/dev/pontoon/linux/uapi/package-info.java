/**
 * Numbers of the kernel's user-space headers, one class per header, in the kernel's own spelling so
 * that one search spans this code, the headers and the mailing lists.
 *
 * <p>Nothing but constants lives here. A test compiles a small C program against the system's
 * headers and compares every constant; add a constant and that test finds it by itself.
 */
@NullMarked
package dev.pontoon.linux.uapi;

import org.jspecify.annotations.NullMarked;
