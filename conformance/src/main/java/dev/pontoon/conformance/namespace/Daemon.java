package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Wait;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A program that serves in a host until it is closed. What it says goes to a file. */
final class Daemon implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration STOP = Duration.ofSeconds(15);
    private static final int TOLD = 600;

    private final Host host;
    private final String log;
    private final Execution execution;

    private Daemon(Host host, String log, Execution execution) {
        this.host = host;
        this.log = log;
        this.execution = execution;
    }

    /**
     * Starts a daemon and waits until it serves.
     *
     * @param log where in the host its words go
     * @throws HarnessFault when it ends or does not serve in time; with the end of its log
     */
    static Daemon start(Host host, String log, List<String> command, BooleanSupplier serves) {
        List<String> line =
                new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\" > \"$0\" 2>&1", log));
        line.addAll(command);
        Invocation tool = Invocation.tool(line);
        var lasting =
                new Invocation(
                        line, tool.environment(), Invocation.Stdin.text(""), Duration.ofDays(1));
        var daemon = new Daemon(host, log, host.start(lasting));
        boolean ready =
                Wait.holds(START, () -> !daemon.execution.isAlive() || serves.getAsBoolean());
        if (!ready || !daemon.execution.isAlive()) {
            daemon.close();
            throw new HarnessFault(
                    command.getFirst() + " does not come up; it says: " + daemon.lastWords());
        }
        return daemon;
    }

    /** Whether somebody listens on a socket of the host. */
    static boolean listens(Host host, String socket) {
        try (SocketChannel channel =
                SocketChannel.open(UnixDomainSocketAddress.of(host.file(socket)))) {
            return channel.isConnected();
        } catch (IOException _) {
            return false;
        }
    }

    /** The end of what it wrote. */
    String lastWords() {
        if (!host.exists(log)) {
            return "nothing";
        }
        String all = host.read(log).strip();
        return all.substring(Math.max(0, all.length() - TOLD));
    }

    @Override
    public void close() {
        execution.signal("TERM");
        if (!Wait.holds(STOP, () -> !execution.isAlive())) {
            execution.signal("KILL");
        }
        execution.await();
    }
}
