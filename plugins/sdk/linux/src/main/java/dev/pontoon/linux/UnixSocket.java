package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import dev.pontoon.linux.uapi.UnixSockets;
import java.nio.file.Path;
import java.util.Arrays;

/** One end of a connection over a unix(7) stream socket. For one thread at a time. */
public final class UnixSocket implements AutoCloseable {
    private final Descriptor socket;

    /**
     * Who is at the other end, as this process' namespaces number it.
     *
     * @param pid its process when it connected; 0 if it is in no namespace that is seen from here
     * @param uid its user
     */
    public record Peer(int pid, int uid) {}

    UnixSocket(Descriptor socket) {
        this.socket = socket;
    }

    /**
     * Connects to who listens at a path.
     *
     * @throws KernelException with ENOENT if there is no file, ECONNREFUSED if nobody listens
     */
    public static UnixSocket to(Path path) {
        Descriptor socket = UnixListener.open();
        try {
            Libc.connect(socket, UnixListener.address(path.toString()), path.toString());
            return new UnixSocket(socket);
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
    }

    /** Who is at the other end; the kernel vouches for it. */
    public Peer peer() {
        // struct ucred: pid, uid, gid
        int[] credentials = Libc.option(socket, UnixSockets.SOL_SOCKET, UnixSockets.SO_PEERCRED, 3);
        return new Peer(credentials[0], credentials[1]);
    }

    /** Waits for bytes: those that have come, {@code most} at most; none at the end. */
    public byte[] read(int most) {
        return Libc.read(socket, most, "from a connection");
    }

    /** Writes all bytes. Throws {@link KernelException} with EPIPE if the other end is closed. */
    public void write(byte[] bytes) {
        int written = 0;
        while (written < bytes.length) {
            byte[] rest = written == 0 ? bytes : Arrays.copyOfRange(bytes, written, bytes.length);
            written += Libc.write(socket, rest, rest.length, "to a connection");
        }
    }

    /** Whether there is something to read within so many milliseconds, be it the end. */
    public boolean isReadable(int milliseconds) {
        return Libc.poll(socket, (short) Files.POLLIN, milliseconds);
    }

    @Override
    public void close() {
        socket.close();
    }
}
