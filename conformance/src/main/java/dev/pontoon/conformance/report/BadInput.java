package dev.pontoon.conformance.report;

/** A file that the user gave cannot be used; the message says which, and why. */
public final class BadInput extends RuntimeException {

    public BadInput(String message) {
        super(message);
    }

    public BadInput(String message, Throwable cause) {
        super(message, cause);
    }
}
