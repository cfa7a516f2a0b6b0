package dev.pontoon.conformance.run;

/** Hears of a run while it goes on, from several threads. */
public interface Listener {

    /** A case is about to be tried. */
    void started(Plan.Entry entry);

    /** A case came to its verdict. */
    void ended(Verdict verdict);
}
