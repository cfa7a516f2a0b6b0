@NullMarked
package dev.pontoon.conformance;

import org.jspecify.annotations.NullMarked;
