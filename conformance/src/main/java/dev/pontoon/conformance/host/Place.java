package dev.pontoon.conformance.host;

/** Somewhere a program can be run: in a host, or in the hands of a runtime that lives there. */
public interface Place {

    /**
     * Starts a program.
     *
     * @throws HarnessFault when the place itself does not work; never for what the program does
     */
    Execution start(Invocation invocation);

    /** Runs a program to its end. */
    default Output run(Invocation invocation) {
        return start(invocation).await();
    }
}
