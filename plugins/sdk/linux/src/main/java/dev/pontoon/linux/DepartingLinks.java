package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Deletes links without waiting until the kernel has freed their memory, which takes it 10 to 20
 * ms. From the moment that it announces the end of a link (RTM_DELLINK, see rtnetlink(7)) nobody
 * finds that link, nor what was attached to it. Worth its threads only in a process that stays.
 *
 * <p>For any number of threads at once, all in one network namespace: the one in which the first
 * deletion starts each of the threads that wait.
 */
public final class DepartingLinks {
    private static final int LOOK_MILLIS = 2;

    /** When there are no more of them, whoever deletes a link waits for the kernel itself. */
    private static final int MOST_THREADS = 32;

    private static final long KEPT_SECONDS = 10;

    private final ExecutorService waiting =
            new ThreadPoolExecutor(
                    0,
                    MOST_THREADS,
                    KEPT_SECONDS,
                    TimeUnit.SECONDS,
                    new SynchronousQueue<>(),
                    task -> Thread.ofPlatform().daemon().name("departing link").unstarted(task),
                    new ThreadPoolExecutor.CallerRunsPolicy());

    /** Deletes a link if it is there; whether it was. Of a veth pair both ends go. */
    public boolean deleteIfPresent(int index) {
        try (NetlinkSocket announcements = NetlinkSocket.linkAnnouncements()) {
            Future<Boolean> deletion = waiting.submit(() -> delete(index));
            while (!deletion.isDone()) {
                if (announcesEnd(announcements, index)) {
                    return true;
                }
            }
            return outcome(deletion);
        }
    }

    private static boolean delete(int index) {
        try (NetlinkSocket socket = NetlinkSocket.route()) {
            return new Links(socket).deleteIfPresent(index);
        }
    }

    private static boolean announcesEnd(NetlinkSocket announcements, int index) {
        try {
            for (NetlinkMessage each : announcements.awaitAnnouncements(LOOK_MILLIS)) {
                // struct ifinfomsg: family, padding, type, index. A bridge announces the end of a
                // port as that of a link of its own family.
                if (each.type() == RtNetlink.RTM_DELLINK
                        && each.payload()[0] != Netlink.AF_BRIDGE
                        && each.headerInt(4) == index) {
                    return true;
                }
            }
            return false;
        } catch (KernelException e) {
            // More was announced than the socket holds: the end of the deletion will be seen.
            if (e.is(Errno.ENOBUFS)) {
                return false;
            }
            throw e;
        }
    }

    private static boolean outcome(Future<Boolean> deletion) {
        try {
            return deletion.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KernelException refused) {
                throw refused;
            }
            throw new IllegalStateException("delete a link", e);
        } catch (InterruptedException | CancellationException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a link was deleted", e);
        }
    }
}
