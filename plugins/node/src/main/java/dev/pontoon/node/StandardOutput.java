package dev.pontoon.node;

import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.PipeWriter;
import dev.pontoon.plugin.StopSignal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;

/**
 * Standard output, written when flushed. A runtime that has stopped reading makes a write fail
 * after a while, or at once when it has sent a signal, instead of holding the call for ever.
 */
final class StandardOutput extends ByteArrayOutputStream {
    private static final int STDOUT = 1;
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final StopSignal stop;

    StandardOutput(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public void flush() throws IOException {
        byte[] bytes = toByteArray();
        reset();
        try {
            if (!PipeWriter.write(STDOUT, bytes, stop::isRequested, LIMIT)) {
                throw new IOException("the pipe is full and nobody reads it");
            }
        } catch (KernelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
