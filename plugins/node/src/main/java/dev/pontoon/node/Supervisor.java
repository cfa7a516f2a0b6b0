package dev.pontoon.node;

import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.UnixDatagram;

/**
 * Whoever started the service and waits to hear of it: systemd, for a unit of {@code Type=notify}.
 *
 * @see <a href="https://www.freedesktop.org/software/systemd/man/sd_notify.html">sd_notify(3)</a>
 */
final class Supervisor {
    private Supervisor() {}

    /** Tells that calls are served now. Without a supervisor that listens nothing happens. */
    static void tellReady() {
        String socket = System.getenv("NOTIFY_SOCKET");
        if (socket == null || socket.isEmpty()) {
            return;
        }
        try {
            UnixDatagram.send(socket, "READY=1");
        } catch (KernelException | IllegalArgumentException e) {
            System.err.println(
                    "pontoon service: the supervisor was not told of the start: " + e.getMessage());
        }
    }
}
