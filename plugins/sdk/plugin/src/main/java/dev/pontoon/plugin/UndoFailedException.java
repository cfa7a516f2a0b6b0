package dev.pontoon.plugin;

/** A step of a failed ADD could not be undone; DEL or GC finds it in the ledger and tries again. */
public final class UndoFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UndoFailedException(String what, RuntimeException cause) {
        super("could not " + what + ": " + cause.getMessage(), cause);
    }
}
