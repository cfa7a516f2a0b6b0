package dev.pontoon.node;

import dev.pontoon.linux.DepartingLinks;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.LockTimeoutException;
import dev.pontoon.linux.NativeCalls;
import dev.pontoon.linux.UnixListener;
import dev.pontoon.linux.UnixSocket;
import dev.pontoon.plugin.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * The resident service: one JVM that serves the calls which launchers hand over. It holds no truth,
 * so it may end at any instant: a launcher that gets no answer serves its call itself.
 *
 * <p>As many threads as there may be calls at once wait for connections and serve each to its end.
 * They are many more than processors, because a DEL mostly waits for the kernel, and platform
 * threads, because namespaces belong to those.
 */
final class Service {
    /** Only root gets into this folder. */
    static final Path FOLDER = Path.of("/run/pontoon");

    /** Who looks after a service that was started in the background. */
    static final String NOBODY = "nobody";

    static final Path SOCKET = FOLDER.resolve("pontoon.sock");

    private static final Path LOCK = FOLDER.resolve("service.lock");

    private static final int WORKERS = 32;
    private static final int ROOT = 0;
    private static final int OWNER_ONLY = 0600;

    /** Who removes the socket may be about to remove its folder. */
    private static final Duration UNTIL_ALL_IS_REMOVED = Duration.ofSeconds(2);

    private static final Duration AFTER_A_BUG = Duration.ofMillis(200);

    /** How long the service of another build may take to end the calls it is serving. */
    private static final Duration HANDING_OVER = Duration.ofMinutes(2);

    private final Installation installation;
    private final ServiceState state;
    private final UnixListener listener;
    private final DepartingLinks departing = new DepartingLinks();
    private volatile boolean reachable = true;

    Service(Installation installation, ServiceState state, UnixListener listener) {
        this.installation = installation;
        this.state = state;
        this.listener = listener;
    }

    /**
     * Serves until SIGTERM, SIGINT or SIGHUP comes, or somebody asks it to stop; then ends the
     * calls that are under way, and the process. Ends with status 1 if a service of this build runs
     * already that is kept as well as this one would be.
     */
    public static void main(String[] args) {
        int status;
        try {
            String build = System.getProperty("pontoon.build", "");
            String keeper = System.getProperty("pontoon.keeper", NOBODY);
            while (!run(build, keeper)) {
                System.err.println("pontoon service: " + SOCKET + " is gone; it is made anew");
            }
            status = 0;
        } catch (IOException | KernelException | AlreadyRunningException e) {
            System.err.println("pontoon service: " + e.getMessage());
            status = 1;
        }
        System.err.flush();
        Runtime.getRuntime().halt(status);
    }

    /** Whether it was asked to end; false if somebody removed the socket. */
    private static boolean run(String build, String keeper)
            throws IOException, AlreadyRunningException {
        Files.createDirectories(
                FOLDER,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (FileLock alone = beAlone(build, keeper)) {
            Files.deleteIfExists(SOCKET);
            try (UnixListener listener = UnixListener.at(SOCKET)) {
                Files.setPosixFilePermissions(SOCKET, PosixFilePermissions.fromString("rw-------"));
                return new Service(
                                Plugins.installation(), new ServiceState(build, keeper), listener)
                        .serve(new SocketWatch(SOCKET));
            } finally {
                Files.deleteIfExists(SOCKET);
            }
        }
    }

    /**
     * One that runs is ended, unless it is of the same build and has a supervisor, or this one has
     * none either.
     */
    private static FileLock beAlone(String build, String keeper)
            throws IOException, AlreadyRunningException {
        try {
            return FileLock.exclusive(LOCK, OWNER_ONLY, Duration.ZERO);
        } catch (LockTimeoutException e) {
            ServiceClient.Status running = ServiceClient.status().orElse(null);
            if (running != null
                    && running.build().equals(build)
                    && (!running.keeper().equals(NOBODY) || keeper.equals(NOBODY))) {
                throw new AlreadyRunningException(running);
            }
            System.err.println(
                    "pontoon service: take over from "
                            + (running == null ? "one that is ending" : running.summary()));
            ServiceClient.stop();
            return FileLock.exclusive(LOCK, OWNER_ONLY, HANDING_OVER);
        }
    }

    private boolean serve(SocketWatch watch) {
        stopOnSignals();
        List<Thread> workers = startWorkers();
        System.err.println("pontoon service: build " + state.build() + " listens at " + SOCKET);
        Supervisor.tellReady();
        NativeCalls.bind();
        WarmUp.run(installation);
        Thread.ofPlatform().daemon().name("socket watch").start(() -> endWithSocket(watch));
        for (Thread worker : workers) {
            awaitEnd(worker);
        }
        if (reachable) {
            System.err.println("pontoon service: ended, and no call with it");
        }
        return reachable;
    }

    private void endWithSocket(SocketWatch watch) {
        try {
            watch.awaitLoss();
            Thread.sleep(UNTIL_ALL_IS_REMOVED);
            if (!listener.isRefusing()) {
                reachable = false;
                listener.refuseMore();
            }
        } catch (IOException e) {
            System.err.println(
                    "pontoon service: nobody notices if "
                            + SOCKET
                            + " is removed: "
                            + e.getMessage());
        } catch (InterruptedException e) {
            // Nobody interrupts this thread.
            Thread.currentThread().interrupt();
        }
    }

    /** Each ends once the listener refuses more. */
    List<Thread> startWorkers() {
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            Thread worker = new Thread(this::work, "worker " + i);
            worker.start();
            workers.add(worker);
        }
        return workers;
    }

    private void stopOnSignals() {
        SignalHandler stop =
                new SignalHandler() {
                    @Override
                    public void handle(Signal signal) {
                        listener.refuseMore();
                    }
                };
        Signal.handle(new Signal("TERM"), stop);
        Signal.handle(new Signal("INT"), stop);
        Signal.handle(new Signal("HUP"), stop);
    }

    static void awaitEnd(Thread worker) {
        try {
            worker.join();
        } catch (InterruptedException e) {
            // Nobody interrupts the first thread.
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        KeptSockets sockets = new KeptSockets(departing);
        while (true) {
            try {
                Optional<UnixSocket> socket = listener.accept();
                if (socket.isEmpty()) {
                    return;
                }
                try (Connection connection = new Connection(socket.get())) {
                    serve(connection, sockets);
                }
            } catch (IOException e) {
                // The launcher has ended, or speaks another language: it is its call, not ours.
                state.callNotTaken("the caller ended before its answer");
            } catch (RuntimeException | Error e) {
                // A worker that ends would be one fewer for ever. What persists, such as a lack of
                // descriptors, does not fill the log.
                e.printStackTrace();
                LockSupport.parkNanos(AFTER_A_BUG.toNanos());
            }
        }
    }

    private void serve(Connection connection, KeptSockets sockets) throws IOException {
        if (connection.peer().uid() != ROOT) {
            return;
        }
        HandedCall handed = HandedCall.read(connection.awaitCall().body());
        switch (handed.errand()) {
            case "call" -> new ServedCall(connection, installation, state, sockets).serve(handed);
            case "status" -> connection.send(Message.of(Message.OUTPUT, state.text()));
            case "metrics" -> connection.send(Message.of(Message.OUTPUT, state.metrics()));
            case "stop" -> {
                listener.refuseMore();
                connection.send(Message.of(Message.OUTPUT, state.text()));
            }
            default -> throw new IOException("an errand that is unknown: " + handed.errand());
        }
    }

    /** A service of the same build has the lock. */
    private static final class AlreadyRunningException extends Exception {
        private static final long serialVersionUID = 1L;

        AlreadyRunningException(ServiceClient.Status running) {
            super("a service runs already: " + running.summary());
        }
    }
}
