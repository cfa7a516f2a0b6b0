package dev.pontoon.node;

import dev.pontoon.linux.DepartingLinks;
import dev.pontoon.plugin.HostSockets;

/**
 * Sockets of one worker that outlive a call: to close one for nfnetlink after something was deleted
 * takes the kernel 6 ms.
 */
final class KeptSockets extends HostSockets {
    private final DepartingLinks departing;

    KeptSockets(DepartingLinks departing) {
        this.departing = departing;
    }

    @Override
    public boolean deleteLinkIfPresent(int index) {
        return departing.deleteIfPresent(index);
    }

    /** The end of one use: nothing is closed. */
    @Override
    public void close() {
        // The next call uses them.
    }

    /** Closes them, so that nothing that a failed call left unread reaches the next. */
    void renew() {
        super.close();
    }
}
