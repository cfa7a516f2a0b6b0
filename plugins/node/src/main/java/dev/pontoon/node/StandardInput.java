package dev.pontoon.node;

import dev.pontoon.linux.PipeReader;
import dev.pontoon.plugin.StopSignal;
import java.io.FilterInputStream;
import java.io.IOException;

/** Standard input, whose reader is not stuck when a signal comes before the configuration does. */
final class StandardInput extends FilterInputStream {
    private static final int STDIN = 0;

    private final StopSignal stop;

    StandardInput(StopSignal stop) {
        super(System.in);
        this.stop = stop;
    }

    @Override
    public int read() throws IOException {
        awaitInput();
        return super.read();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        awaitInput();
        return super.read(into, offset, length);
    }

    private void awaitInput() throws IOException {
        if (in.available() == 0 && !PipeReader.await(STDIN, stop::isRequested)) {
            throw new IOException("a signal came first");
        }
    }
}
