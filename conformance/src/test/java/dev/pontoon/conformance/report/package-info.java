@NullMarked
package dev.pontoon.conformance.report;

import org.jspecify.annotations.NullMarked;
