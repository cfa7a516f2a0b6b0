package dev.pontoon.node;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.Running;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.opentest4j.TestAbortedException;

/** A daemon of a runtime, running inside a host and reached through a socket in its /run. */
final class RuntimeDaemon implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LAST_WORDS = 600;

    private final Running process;

    private RuntimeDaemon(Running process) {
        this.process = process;
    }

    /**
     * Starts the daemon and waits until a client gets an answer. A daemon that gives up, which no
     * plugin could be blamed for, skips the test with what it said.
     */
    static RuntimeDaemon start(Host host, List<String> words, List<String> client) {
        var daemon = new RuntimeDaemon(host.command(words).start());
        BooleanSupplier answers = () -> host.run(client).exit() == 0;
        Await.until(
                words.getFirst() + " to answer or to give up",
                PATIENCE,
                () -> !daemon.process.alive() || answers.getAsBoolean(),
                Boolean::booleanValue);
        if (!daemon.process.alive()) {
            throw new TestAbortedException(
                    "needs: " + words.getFirst() + " that starts here (" + daemon.said() + ")");
        }
        return daemon;
    }

    /**
     * Docker with an image of busybox; the caller has the programs it needs. It listens where its
     * command looks for it, and leaves links and rules of the host alone.
     */
    static RuntimeDaemon docker(Host host, Cgroup cgroup, String image) {
        var words = new ArrayList<>(List.of("dockerd", "--data-root", host.temp() + "/docker"));
        words.addAll(List.of("--exec-root", "/run/docker", "--pidfile", "/run/docker.pid"));
        words.addAll(List.of("--host", "unix:///run/docker.sock", "--storage-driver", "vfs"));
        words.addAll(List.of("--bridge", "none", "--iptables=false", "--ip-forward=false"));
        words.addAll(List.of("--ip-masq=false", "--cgroup-parent", cgroup.path()));
        RuntimeDaemon daemon = start(host, words, List.of("docker", "version"));
        String rootfs = OciContainer.rootfs(host);
        host.sh("tar -C " + rootfs + " -c . | HOME=/run docker import - " + image);
        return daemon;
    }

    private String said() {
        String log = process.stderr().strip();
        return log.substring(Math.max(0, log.length() - LAST_WORDS));
    }

    /** Asks it to end, as an administrator does, and waits until it has. */
    @Override
    public void close() {
        process.signal("TERM");
        Await.until("the end of a daemon", PATIENCE, process::alive, alive -> !alive);
    }
}
