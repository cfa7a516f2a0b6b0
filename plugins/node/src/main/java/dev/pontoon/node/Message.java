package dev.pontoon.node;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What launcher and service tell each other, one message after the other: a letter, the length of
 * the body in four bytes (the highest first), the body. The launcher's half of this is handover.c.
 *
 * @param kind one of the letters below
 * @param body its bytes
 */
record Message(char kind, byte[] body) {
    /** From the launcher, first: the call, see {@link HandedCall}. */
    static final char CALL = 'R';

    /** From the launcher: all of standard input. */
    static final char INPUT = 'I';

    /** From the launcher: it was sent the signal of this number (one byte). */
    static final char SIGNAL = 'S';

    /** From the launcher: whether it wrote what it was told to; 0 or an errno (four bytes). */
    static final char WRITTEN = 'A';

    /** From the service: it does not take the call, and has done nothing; the body says why. */
    static final char NOT_TAKEN = 'C';

    /**
     * From the service: the call ends with this exit status (one byte); write the document behind
     * it to standard output, and say whether that worked. If it did, this is the last message.
     */
    static final char DOCUMENT = 'D';

    /** From the service: what was asked of it itself. */
    static final char OUTPUT = 'O';

    /** From the service: write this to standard error. */
    static final char ERRORS = 'E';

    /** From the service, last, where there was no document: the exit status (one byte). */
    static final char EXIT = 'X';

    static final int HEADER_LENGTH = 5;

    /** A message whose body is text. */
    static Message of(char kind, String text) {
        return new Message(kind, text.getBytes(StandardCharsets.UTF_8));
    }

    byte[] toBytes() {
        return ByteBuffer.allocate(HEADER_LENGTH + body.length)
                .put((byte) kind)
                .putInt(body.length)
                .put(body)
                .array();
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
