/** Tests of what is installed on a node, as a runtime sees it: processes, files and links. */
@NullMarked
package dev.pontoon.node;

import org.jspecify.annotations.NullMarked;
