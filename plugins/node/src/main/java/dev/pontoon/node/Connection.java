package dev.pontoon.node;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.UnixSocket;
import dev.pontoon.plugin.StopSignal;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Messages to and from the other end of a socket. Standard input, and what asks a call to stop (a
 * signal that the launcher passes on, or the launcher's end), may come between any two messages and
 * is remembered.
 */
final class Connection implements StopSignal.Source, AutoCloseable {
    /** No launcher sends more: what is longer it serves itself, in a process of its own. */
    private static final int LONGEST_BODY = 1 << 20;

    private static final int CALL_WITHIN_MILLIS = 1000;
    private static final int MOST_AT_ONCE = 32768;

    /** A call asks many times, and to look takes longer than most of what it does between. */
    private static final long LOOK_EVERY_NANOS = 1_000_000;

    private final UnixSocket socket;
    private final UnixSocket.Peer peer;
    private byte[] buffer = {};
    private int from;
    private boolean hasCalled = true;
    private String stop = "";
    private long looked = System.nanoTime() - LOOK_EVERY_NANOS;
    private @Nullable Message input;

    Connection(UnixSocket socket) {
        this.socket = socket;
        this.peer = socket.peer();
    }

    UnixSocket.Peer peer() {
        return peer;
    }

    void send(Message message) throws IOException {
        try {
            socket.write(message.toBytes());
        } catch (KernelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /**
     * Waits for a message of that kind; signals and input that come before it are remembered.
     *
     * @throws EOFException if the other end is closed
     */
    Message await(char kind) throws IOException {
        while (true) {
            Message message = next();
            if (message.kind() == kind) {
                return message;
            }
            note(message);
        }
    }

    /**
     * Waits for a call, and throws unless it is there a second later: whoever connects and says
     * nothing keeps a worker from others. A launcher that was too slow serves its call itself.
     */
    Message awaitCall() throws IOException {
        hasCalled = false;
        Message call = await(Message.CALL);
        hasCalled = true;
        return call;
    }

    /** Waits for the caller's standard input. A signal ends the wait with an IOException. */
    Message awaitInput() throws IOException {
        while (input == null && stop.isEmpty()) {
            note(next());
        }
        if (input == null) {
            throw new IOException(stop + " came first");
        }
        return input;
    }

    /** What has asked the call to stop, as of a millisecond ago; empty if nothing has. */
    @Override
    public String look() {
        long now = System.nanoTime();
        if (now - looked < LOOK_EVERY_NANOS) {
            return stop;
        }
        looked = now;
        try {
            while (stop.isEmpty() && (from < buffer.length || socket.isReadable(0))) {
                note(next());
            }
        } catch (IOException e) {
            stop = "the end of its caller";
        }
        return stop;
    }

    private void note(Message message) throws IOException {
        if (message.kind() == Message.INPUT && input == null) {
            input = message;
            return;
        }
        if (message.kind() != Message.SIGNAL || message.body().length != 1) {
            throw new IOException("message '" + message.kind() + "' was not expected");
        }
        stop =
                switch (message.body()[0]) {
                    case 1 -> "SIGHUP";
                    case 2 -> "SIGINT";
                    default -> "SIGTERM";
                };
    }

    /** Waits for the next message, of whatever kind. */
    Message next() throws IOException {
        fill(Message.HEADER_LENGTH);
        ByteBuffer header = ByteBuffer.wrap(buffer, from, Message.HEADER_LENGTH);
        char kind = (char) header.get();
        int length = header.getInt();
        if (length < 0 || length > LONGEST_BODY) {
            throw new IOException("a message of " + length + " bytes");
        }
        fill(Message.HEADER_LENGTH + length);
        int start = from + Message.HEADER_LENGTH;
        from = start + length;
        return new Message(kind, Arrays.copyOfRange(buffer, start, from));
    }

    /** Has at least so many unread bytes in the buffer. */
    private void fill(int bytes) throws IOException {
        while (buffer.length - from < bytes) {
            byte[] more = read();
            if (more.length == 0) {
                throw new EOFException("the connection has ended");
            }
            byte[] unread = Arrays.copyOfRange(buffer, from, buffer.length + more.length);
            System.arraycopy(more, 0, unread, buffer.length - from, more.length);
            buffer = unread;
            from = 0;
        }
    }

    private byte[] read() throws IOException {
        if (!hasCalled && !socket.isReadable(CALL_WITHIN_MILLIS)) {
            throw new IOException("it did not say what it wants");
        }
        try {
            return socket.read(MOST_AT_ONCE);
        } catch (KernelException e) {
            if (e.is(Errno.ECONNRESET)) {
                return new byte[0];
            }
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
