package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Output;
import java.util.ArrayList;
import java.util.List;

/**
 * A Docker daemon of the harness's own, over a {@link Containerd} of its own: no bridge, no rule of
 * the firewall, no sysctl of the host, all files in the harness's folder.
 */
final class Dockerd implements AutoCloseable {

    /** A user of every machine, in whose name numbers are set aside for user namespaces. */
    private static final String REMAPPED = "nobody";

    private static final String FOLDER = Host.OWN + "/docker";

    /** Mounted over the machine's own lists; a list that is missing is made and stays, empty. */
    private static final String SET_ASIDE =
            """
            for list in subuid subgid; do [ -e "/etc/$list" ] || : > "/etc/$list"; done
            echo "$2:500000:65536" > "$1/subuid"
            printf '%s:500000:65536\\n' "$2" "$3" > "$1/subgid"
            for list in subuid subgid; do mount --bind "$1/$list" "/etc/$list"; done
            """;

    private static final String REMOVE =
            """
            for list in subuid subgid; do
                if mountpoint -q "/etc/$list"; then umount -l "/etc/$list"; fi
            done
            cut -d' ' -f5 /proc/self/mountinfo | grep "^$1/" | sort -r |
                while read -r point; do umount -l "$point"; done
            rm -rf "$1"
            """;

    private final Host host;
    private final Containerd containerd;
    private final Daemon daemon;

    private Dockerd(Host host, Containerd containerd, Daemon daemon) {
        this.host = host;
        this.containerd = containerd;
        this.daemon = daemon;
    }

    /** Starts one whose containers are in the host's user namespace. */
    static Dockerd plain(Host host) {
        return start(host, List.of());
    }

    /** Starts one that gives each container a user namespace of its own. */
    static Dockerd withUserNamespaces(Host host) {
        String group = host.ok("id", "-gn", REMAPPED).strip();
        host.script("mkdir -p \"$1\"", FOLDER);
        host.script(SET_ASIDE, FOLDER, REMAPPED, group);
        return start(host, List.of("--userns-remap=" + REMAPPED + ":" + group));
    }

    private static Dockerd start(Host host, List<String> options) {
        // The machine's own configuration of Docker is not this daemon's.
        host.write(FOLDER + "/daemon.json", "{}\n");
        var containerd = Containerd.plain(host);
        try {
            var daemon =
                    Daemon.start(
                            host, FOLDER + "/log", line(containerd, options), () -> serves(host));
            var dockerd = new Dockerd(host, containerd, daemon);
            dockerd.ok("import", BusyboxImage.layer(host), BusyboxImage.NAME);
            return dockerd;
        } catch (HarnessFault e) {
            containerd.close();
            throw e;
        }
    }

    private static List<String> line(Containerd containerd, List<String> options) {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                "dockerd",
                                "--config-file=" + FOLDER + "/daemon.json",
                                "--data-root=" + FOLDER + "/data",
                                "--exec-root=" + FOLDER + "/exec",
                                "--pidfile=" + FOLDER + "/pid",
                                "--host=unix://" + FOLDER + "/socket",
                                "--containerd=" + containerd.socket(),
                                "--storage-driver=vfs",
                                "--bridge=none",
                                "--iptables=false",
                                "--ip-forward=false",
                                "--ip-masq=false"));
        line.addAll(options);
        return line;
    }

    private static boolean serves(Host host) {
        return Daemon.listens(host, FOLDER + "/socket") && host.tool(line("version")).exit() == 0;
    }

    private static List<String> line(String... arguments) {
        List<String> line =
                new ArrayList<>(List.of("docker", "--host=unix://" + FOLDER + "/socket"));
        line.addAll(List.of(arguments));
        return line;
    }

    String ok(String... arguments) {
        return host.ok(line(arguments)).strip();
    }

    Output tool(String... arguments) {
        return host.tool(line(arguments));
    }

    /** Runs a container in the background that sleeps; returns its id. */
    String run(String name, String network) {
        return ok(
                "run",
                "--detach",
                "--network=" + network,
                "--cgroup-parent=/" + host.run().name(),
                "--name=" + name,
                BusyboxImage.NAME,
                "/bin/sleep",
                "1000000");
    }

    /** What its inspection says of a container. */
    String inspect(String name, String template) {
        return ok("inspect", "--format", template, name);
    }

    /** The id of a container's first process, in the host. */
    String pid(String name) {
        return inspect(name, "{{.State.Pid}}");
    }

    /** The file that the container's namespace is mounted on. */
    String sandboxKey(String name) {
        return inspect(name, "{{.NetworkSettings.SandboxKey}}");
    }

    /** Ends a container that ignores being asked. */
    void stop(String name) {
        tool("stop", "--time=0", name);
    }

    void remove(String name) {
        tool("rm", "--force", "--volumes", name);
    }

    @Override
    public void close() {
        daemon.close();
        containerd.close();
        host.script(REMOVE, FOLDER);
    }
}
