package dev.pontoon.conformance.lab;

/** A body found that it cannot run here after all; the case counts as skipped, with this reason. */
public final class NotHere extends RuntimeException {

    public NotHere(String reason) {
        super(reason);
    }
}
