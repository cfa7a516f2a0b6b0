package dev.pontoon.conformance;

import java.io.PrintWriter;

final class Coverage {
    private Coverage() {}
    static int print(PrintWriter out) { return 0; }
}
