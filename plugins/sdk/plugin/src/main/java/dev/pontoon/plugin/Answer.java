package dev.pontoon.plugin;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Where the one document goes that a call may print. */
@FunctionalInterface
public interface Answer {
    /**
     * Gives the document to the caller, and with it how the call ends.
     *
     * @param document one line of JSON with its line end: a result, or an error
     * @throws IOException if it may not have got there; of a result the caller then has to learn
     *     that the call failed
     */
    void give(String document, boolean succeeded) throws IOException;

    /** By way of a stream, which is flushed, and not closed. */
    static Answer to(OutputStream out) {
        return new Answer() {
            @Override
            public void give(String document, boolean succeeded) throws IOException {
                out.write(document.getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        };
    }
}
