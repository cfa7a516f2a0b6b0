package dev.pontoon.linux;

/** A datagram was longer than the memory offered for it, and cannot be read again. */
final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int length;

    TooLongException(int length) {
        super("an answer of " + length + " bytes");
        this.length = length;
    }

    /** How many bytes it had. */
    int length() {
        return length;
    }
}
