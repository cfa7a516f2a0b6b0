package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.UnixSockets;
import java.nio.charset.StandardCharsets;

/** Datagrams between processes of one host, see unix(7). */
public final class UnixDatagram {
    private UnixDatagram() {}

    /**
     * Sends one datagram, from a socket without a name.
     *
     * @param receiver an absolute path, or an abstract name with @ in place of its first zero
     * @throws KernelException with ENOENT or ECONNREFUSED if nobody receives there
     */
    public static void send(String receiver, String text) {
        try (Descriptor socket =
                Libc.socket(
                        UnixSockets.AF_UNIX, UnixSockets.SOCK_DGRAM | Netlink.SOCK_CLOEXEC, 0)) {
            byte[] message = text.getBytes(StandardCharsets.UTF_8);
            Libc.send(socket, message, message.length, UnixListener.address(receiver));
        } catch (KernelException e) {
            throw e.retold("send to " + receiver);
        }
    }
}
