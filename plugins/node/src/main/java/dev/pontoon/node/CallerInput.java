package dev.pontoon.node;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * The launcher's standard input, awaited when it is first read: a call with bad variables is
 * answered without it.
 */
final class CallerInput extends InputStream {
    private final Connection connection;
    private final boolean readWhatIsThere;
    private @Nullable InputStream all;

    /**
     * With {@code readWhatIsThere}, what has come by the time that the launcher sends it counts as
     * there: {@link #available} waits for it.
     */
    CallerInput(Connection connection, boolean readWhatIsThere) {
        this.connection = connection;
        this.readWhatIsThere = readWhatIsThere;
    }

    private InputStream all() throws IOException {
        if (all == null) {
            all = new ByteArrayInputStream(connection.awaitInput().body());
        }
        return all;
    }

    @Override
    public int available() throws IOException {
        return readWhatIsThere ? all().available() : 0;
    }

    @Override
    public int read() throws IOException {
        return all().read();
    }

    @Override
    public byte[] readNBytes(int most) throws IOException {
        return all().readNBytes(most);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        return all().read(into, offset, length);
    }
}
