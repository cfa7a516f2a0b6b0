package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A podman of the harness's own: its images, containers and configuration are in the harness's
 * folder. It has no daemon.
 */
final class Podman {

    private static final String FOLDER = Host.OWN + "/podman";
    private static final String NETWORK = "cni-conformance";

    /** Where an import notes layers; no option leads elsewhere. */
    private static final String CACHE = "/var/lib/containers";

    private static final String CONFIGURATION =
            """
            [network]
            network_backend = "cni"
            cni_plugin_dirs = ["%s"]
            network_config_dir = "%s"
            default_network = "%s"
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            runtime = "runc"
            lock_type = "file"
            num_locks = 64
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
            """;

    /** Whether a conmon has this name among its arguments. */
    private static final String IS_WATCHED =
            """
            for process in /proc/[0-9]*; do
                if [ "$(cat "$process/comm")" = conmon ] && grep -qzxF -- "$0" "$process/cmdline"; then exit 0; fi
            done 2> /dev/null
            exit 1
            """;

    private static final Duration MOST = Duration.ofSeconds(60);

    private final Host host;
    private final CoveredFolders covered;

    private Podman(Host host, CoveredFolders covered) {
        this.host = host;
        this.covered = covered;
    }

    /** Prepares one that calls the network's relay as its plugin. */
    static Podman install(Host host, RelayNetwork network) {
        host.write(
                FOLDER + "/containers.conf",
                CONFIGURATION.formatted(network.plugins(), network.configurations(), NETWORK));
        var podman = new Podman(host, CoveredFolders.in(host));
        boolean cached = host.exists(CACHE);
        podman.ok("import", BusyboxImage.layer(host), BusyboxImage.NAME);
        if (!cached) {
            host.script("rm -rf \"$1\"", CACHE);
        }
        return podman;
    }

    /** A workshop that builds containers with it. */
    NamespaceBuilder.Workshop workshop(Function<String, Container> build) {
        return new NamespaceBuilder.Workshop() {
            @Override
            public Container build(String name) {
                return build.apply(name);
            }

            @Override
            public void close() {
                covered.close();
                host.script("rm -rf \"$1\"", FOLDER);
            }
        };
    }

    /** Its command line with these arguments. */
    private List<String> line(List<String> arguments) {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                "env",
                                "CONTAINERS_CONF=" + FOLDER + "/containers.conf",
                                "TMPDIR=" + FOLDER,
                                "podman",
                                "--root=" + FOLDER + "/root",
                                "--runroot=" + FOLDER + "/run",
                                "--tmpdir=" + FOLDER + "/tmp",
                                "--storage-driver=vfs"));
        line.addAll(arguments);
        return line;
    }

    String ok(String... arguments) {
        return host.ok(line(List.of(arguments)));
    }

    Output tool(String... arguments) {
        return host.tool(line(List.of(arguments)));
    }

    /** Runs a container in the background; returns its id. */
    String run(String name, String network) {
        String[] id =
                ok(
                                "run",
                                "--detach",
                                "--pull=never",
                                "--network=" + network,
                                "--cgroup-parent=/" + host.run().name(),
                                "--name=" + name,
                                BusyboxImage.NAME,
                                "/bin/sleep",
                                "1000000")
                        .strip()
                        .split("\n");
        return id[id.length - 1];
    }

    /** Runs a container on the network whose plugin is the relay. */
    void runOnNetwork(String name) {
        run(name, NETWORK);
    }

    void stop(String name) {
        ok("stop", "--time=0", name);
    }

    /**
     * Removes a container, whatever became of it. The conmon that watched it outlives that: it has
     * podman clean up behind it, and ends when that has ended. So does this.
     */
    void remove(String name) {
        tool("rm", "--force", "--time=0", name);
        if (!Wait.holds(MOST, () -> host.tool("sh", "-c", IS_WATCHED, name).exit() != 0)) {
            throw new HarnessFault("conmon does not end after the removal of container " + name);
        }
    }

    /** What its inspection says of a container. */
    String inspect(String name, String template) {
        return ok("inspect", "--format", template, name).strip();
    }
}
