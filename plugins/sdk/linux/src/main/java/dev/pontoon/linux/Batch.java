package dev.pontoon.linux;

import java.util.ArrayList;
import java.util.List;

/**
 * Changes that travel to the kernel together, in one system call, in the order in which they were
 * asked for.
 *
 * <p>The kernel carries out each of them even if one before it failed. Methods that need an answer
 * ({@code find}, {@code list}) are not delayed and see the kernel as it is before the batch.
 */
public final class Batch {
    private final NetlinkSocket socket;
    private final List<NetlinkRequest> requests = new ArrayList<>();
    private final List<Integer> subjects = new ArrayList<>();
    private final Dispatcher collector = new Collector();

    /** An empty batch for this rtnetlink socket. */
    public Batch(NetlinkSocket route) {
        this.socket = route;
    }

    /** Links whose changes wait for {@link #execute}. */
    public Links links() {
        return new Links(socket, collector);
    }

    /** Addresses whose changes wait for {@link #execute}. */
    public Addresses addresses() {
        return new Addresses(socket, collector);
    }

    /** Routes whose changes wait for {@link #execute}. */
    public Routes routes() {
        return new Routes(socket, collector);
    }

    /** Traffic control whose changes wait for {@link #execute}. */
    public TrafficControl trafficControl() {
        return new TrafficControl(socket, collector);
    }

    /** Neighbours whose changes wait for {@link #execute}. */
    public Neighbours neighbours() {
        return new Neighbours(socket, collector);
    }

    /**
     * Sends everything collected so far and empties the batch. Throws the first {@link
     * KernelException}, with the others suppressed.
     */
    public void execute() {
        List<NetlinkRequest> sent = List.copyOf(requests);
        List<Integer> about = List.copyOf(subjects);
        requests.clear();
        subjects.clear();
        try {
            socket.executeAll(sent);
        } catch (KernelException e) {
            throw Immediately.withName(socket, e, subject(sent, about, e));
        }
    }

    private static int subject(
            List<NetlinkRequest> sent, List<Integer> about, KernelException failure) {
        for (int i = 0; i < sent.size(); i++) {
            if (sent.get(i).operation().equals(failure.operation())) {
                return about.get(i);
            }
        }
        return 0;
    }

    private final class Collector implements Dispatcher {
        @Override
        public void send(NetlinkRequest request, int link) {
            requests.add(request);
            subjects.add(link);
        }
    }
}
