package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Wait;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A container of {@code ctr run --cni} in the foreground: only then does ctr call DEL at its end.
 */
final class CtrContainer extends RelayedContainer {

    /** Containerd's namespace for these; part of what ctr gives as CNI_CONTAINERID. */
    static final String NAMESPACE = "cni-conformance";

    private static final Duration MOST = Duration.ofSeconds(30);
    private static final Pattern RUNNING = Pattern.compile("\\sRUNNING\\s*$", Pattern.MULTILINE);

    private final Containerd daemon;
    private final String name;
    private volatile @Nullable Execution client;

    CtrContainer(Host host, Relay relay, Containerd daemon, String name) {
        super(host, relay);
        this.daemon = daemon;
        this.name = name;
    }

    @Override
    void launch() {
        List<String> line =
                daemon.line(
                        NAMESPACE,
                        "run",
                        "--cni",
                        "--null-io",
                        "--cgroup",
                        "/" + host().run().name() + "/" + name,
                        BusyboxImage.NAME,
                        name,
                        "/bin/sleep",
                        "1000000");
        Invocation tool = Invocation.tool(line);
        Execution running =
                host().start(
                                new Invocation(
                                        line,
                                        tool.environment(),
                                        tool.stdin(),
                                        Duration.ofDays(1)));
        client = running;
        if (!Wait.holds(MOST, () -> !running.isAlive() || isRunning())) {
            throw new HarnessFault("ctr run neither starts its container nor ends");
        }
        if (!running.isAlive()) {
            throw new HarnessFault("ctr run failed: " + running.await().err().strip());
        }
    }

    private boolean isRunning() {
        Output tasks = host().tool(daemon.line(NAMESPACE, "tasks", "ls"));
        return tasks.out()
                .lines()
                .anyMatch(line -> line.startsWith(name + " ") && RUNNING.matcher(line).find());
    }

    @Override
    void end() {
        kill();
        awaitClient();
    }

    /** No matter whether it has a process still: what counts is that ctr ends. */
    private void kill() {
        host().tool(daemon.line(NAMESPACE, "tasks", "kill", "-s", "SIGKILL", name));
    }

    private void awaitClient() {
        Execution running = client;
        if (running != null && !Wait.holds(MOST, () -> !running.isAlive())) {
            throw new HarnessFault("ctr run does not end after its container");
        }
    }

    @Override
    void remove() {
        kill();
        awaitClient();
        host().tool(daemon.line(NAMESPACE, "tasks", "rm", "-f", name));
        host().tool(daemon.line(NAMESPACE, "containers", "rm", name));
    }

    @Override
    boolean isMine(RelayedCall candidate) {
        return candidate.variable("CNI_CONTAINERID").equals(NAMESPACE + "-" + name);
    }

    @Override
    public void destroy() {
        pid().ifPresent(pid -> NamespaceFile.end(host(), pid));
    }

    private Optional<String> pid() {
        String[] parts = netns().split("/");
        return parts.length > 2 ? Optional.of(parts[2]) : Optional.empty();
    }
}
