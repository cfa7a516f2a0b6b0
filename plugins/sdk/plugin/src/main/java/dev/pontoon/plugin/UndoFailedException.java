package dev.pontoon.plugin;

import dev.pontoon.linux.KernelException;
import dev.pontoon.protocol.CniException;

/** A step of a failed ADD could not be undone; DEL or GC finds it in the ledger and tries again. */
public final class UndoFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** {@code what} in the infinitive: "delete veth12ab". */
    UndoFailedException(String what, Throwable cause) {
        super("could not " + what + ": " + reason(cause), cause);
    }

    private static String reason(Throwable cause) {
        return cause instanceof CniException || cause instanceof KernelException
                ? String.valueOf(cause.getMessage())
                : cause.toString();
    }
}
