/**
 * {@code pontoon doctor}: what is wrong on this node, and how to mend it. {@link
 * dev.pontoon.doctor.DoctorCommand} is where it begins, {@link dev.pontoon.doctor.Check} is what it
 * is made of, and {@link dev.pontoon.doctor.Doctor} lists all of them.
 *
 * <p>The surprising fact: it reads only, and never a mend's text is run here. Every mend is a shell
 * command that a test runs as it is printed.
 */
@NullMarked
package dev.pontoon.doctor;

import org.jspecify.annotations.NullMarked;
