package dev.pontoon.linux;

/** Has the kernel carry out each request before the call returns. */
final class Immediately implements Dispatcher {
    private final NetlinkSocket socket;

    Immediately(NetlinkSocket socket) {
        this.socket = socket;
    }

    @Override
    public void send(NetlinkRequest request, int link) {
        try {
            socket.execute(request);
        } catch (KernelException e) {
            throw withName(socket, e, link);
        }
    }

    /**
     * The failure with the link's name in place of its number, if the link is there to be asked.
     */
    static KernelException withName(NetlinkSocket socket, KernelException failure, int link) {
        if (link == 0) {
            return failure;
        }
        try {
            Link found = new Links(socket).find(link).orElse(null);
            return found == null
                    ? failure
                    : failure.retold(failure.operation().replace("link " + link, found.name()));
        } catch (KernelException e) {
            // The name is a comfort for the reader; the first failure is what must be told.
            failure.addSuppressed(e);
            return failure;
        }
    }
}
