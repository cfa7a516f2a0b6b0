package dev.pontoon.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** The launcher's standard error: what is flushed is written there by the launcher. */
final class CallerErrors extends ByteArrayOutputStream {
    private final Connection connection;

    CallerErrors(Connection connection) {
        this.connection = connection;
    }

    @Override
    public void flush() throws IOException {
        if (size() == 0) {
            return;
        }
        Message message = new Message(Message.ERRORS, toByteArray());
        reset();
        connection.send(message);
    }
}
