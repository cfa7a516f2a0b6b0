package dev.pontoon.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The launcher's standard output or standard error. What is flushed is written there by the
 * launcher; of standard output it says whether that worked, because an attachment that nobody was
 * told of must not stay.
 */
final class CallerOutput extends ByteArrayOutputStream {
    private final Connection connection;
    private final char kind;

    /** {@code kind} is {@link Message#OUTPUT} or {@link Message#ERRORS}. */
    CallerOutput(Connection connection, char kind) {
        this.connection = connection;
        this.kind = kind;
    }

    @Override
    public void flush() throws IOException {
        if (size() == 0) {
            return;
        }
        Message message = new Message(kind, toByteArray());
        reset();
        connection.send(message);
        if (kind == Message.OUTPUT) {
            requireWritten(connection.await(Message.WRITTEN));
        }
    }

    private static void requireWritten(Message answer) throws IOException {
        int errno = answer.body().length == 4 ? ByteBuffer.wrap(answer.body()).getInt() : -1;
        if (errno != 0) {
            throw new IOException("the caller could not write it (errno " + errno + ")");
        }
    }
}
