package dev.pontoon.node;

import dev.pontoon.plugin.Answer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The launcher's standard output. The launcher writes the document, ends, and says before it ends
 * whether it could: an attachment that nobody was told of must not stay.
 */
final class CallerAnswer implements Answer {
    private final Connection connection;
    private boolean given;

    CallerAnswer(Connection connection) {
        this.connection = connection;
    }

    @Override
    public void give(String document, boolean succeeded) throws IOException {
        byte[] text = document.getBytes(StandardCharsets.UTF_8);
        byte[] body =
                ByteBuffer.allocate(1 + text.length).put(exitStatus(succeeded)).put(text).array();
        connection.send(new Message(Message.DOCUMENT, body));
        byte[] answer = connection.await(Message.WRITTEN).body();
        int errno = answer.length == 4 ? ByteBuffer.wrap(answer).getInt() : -1;
        if (errno != 0) {
            throw new IOException("the caller could not write it (errno " + errno + ")");
        }
        given = true;
    }

    /** Tells the launcher how the call ended, unless the document did. */
    void end(boolean succeeded) throws IOException {
        if (!given) {
            connection.send(new Message(Message.EXIT, new byte[] {exitStatus(succeeded)}));
        }
    }

    private static byte exitStatus(boolean succeeded) {
        return (byte) (succeeded ? 0 : 1);
    }
}
