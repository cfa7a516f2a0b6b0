package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.UnixSockets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A unix(7) stream socket that waits for connections. Any number of threads may wait in {@link
 * #accept} at once: the kernel hands each connection to one of them.
 */
public final class UnixListener implements AutoCloseable {
    private static final int BACKLOG = 4096;

    /** Bytes of {@code sun_path}, the final zero included. */
    private static final int PATH_LENGTH = 108;

    private final Descriptor socket;
    private volatile boolean refusing;

    private UnixListener(Descriptor socket) {
        this.socket = socket;
    }

    /**
     * Listens at a path where there is no file yet; {@link #close} leaves the file to the caller.
     * Who may connect is decided by the permissions of file and folder.
     *
     * @throws KernelException with EADDRINUSE if there is a file
     */
    public static UnixListener at(Path path) {
        Descriptor socket = open();
        try {
            Libc.bind(socket, address(path.toString()));
            Libc.listen(socket, BACKLOG);
            return new UnixListener(socket);
        } catch (KernelException e) {
            socket.close();
            throw e.retold("listen at " + path);
        }
    }

    static Descriptor open() {
        return Libc.socket(UnixSockets.AF_UNIX, UnixSockets.SOCK_STREAM | Netlink.SOCK_CLOEXEC, 0);
    }

    /**
     * struct sockaddr_un: family, path, a final zero. A name that begins with @ is an abstract one:
     * the zero comes first instead.
     */
    static byte[] address(String path) {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        if (name.length >= PATH_LENGTH) {
            throw new IllegalArgumentException("too long for a socket: " + path);
        }
        boolean isAbstract = path.startsWith("@");
        if (isAbstract) {
            name[0] = 0;
        }
        ByteBuffer address =
                ByteBuffer.allocate(2 + name.length + (isAbstract ? 0 : 1))
                        .order(ByteOrder.nativeOrder());
        return address.putShort((short) UnixSockets.AF_UNIX).put(name).array();
    }

    /** Waits for the next connection; empty once {@link #refuseMore} was called. */
    public Optional<UnixSocket> accept() {
        try {
            return Optional.of(new UnixSocket(Libc.accept(socket)));
        } catch (KernelException e) {
            // What accept says of a socket that was shut down.
            if (e.is(Errno.EINVAL)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Ends every wait in {@link #accept}, now and later; who connects is refused. */
    public void refuseMore() {
        refusing = true;
        Libc.shutdown(socket, UnixSockets.SHUT_RD);
    }

    /** Whether {@link #refuseMore} was called. */
    public boolean isRefusing() {
        return refusing;
    }

    @Override
    public void close() {
        socket.close();
    }
}
