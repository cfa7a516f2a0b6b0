package dev.pontoon.doctor;

import java.io.IOException;
import java.util.List;

/** Looks at one kind of thing on a node. Reads only. */
interface Check {
    /** A short name for programs: {@code forwarding}. */
    String name();

    /** What it looks at, for people. */
    String subject();

    /** What is wrong; nothing if all is well, or if the node has nothing of the kind. */
    List<Finding> look(Node node) throws IOException;
}
