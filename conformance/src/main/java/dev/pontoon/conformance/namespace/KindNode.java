package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A Docker container that is a Kubernetes node, as in kind: network, mounts and processes of its
 * own, and a containerd inside that makes pods and calls the plugins. So the machine that is judged
 * is the node, and its namespaces' files are in no other mount namespace.
 *
 * <p>Unlike kind's, the node has no uplink, no kubelet, and this machine's programs: every folder
 * of the host but {@code /etc}, {@code /var} and {@code /run} is mounted in it.
 */
final class KindNode extends ProbedBuilder {

    private static final String FOLDER = Host.OWN + "/node";
    private static final String IMAGE = "localhost/cni-conformance-node:1";

    /**
     * Makes the node's own folders and an image of the mount points, and prints the folders to
     * mount. {@code changes} is where a host's snapshot looks for files that are its own.
     */
    private static final String PREPARE =
            """
            mkdir -p "$1/root" "$1/own/changes/etc" "$1/own/changes/var/lib/cni" "$1/own/changes/var/log"
            ln -s /run "$1/own/changes/var/run"
            cp -a /etc/. "$1/own/changes/etc"
            rm -rf "$1/own/changes/etc/cni" "$1/own/changes/etc/docker"
            mkdir -p "$1/own/changes/etc/cni/net.d"
            for entry in /*; do
                if [ -L "$entry" ]; then
                    cp -P "$entry" "$1/root"
                elif [ -d "$entry" ]; then
                    mkdir "$1/root$entry"
                    case $entry in
                        /proc | /sys | /dev | /run | /etc | /var | /lost+found) ;;
                        *) echo "$entry" ;;
                    esac
                fi
            done
            tar -C "$1/root" -cf "$1/root.tar" .
            """;

    /**
     * What a privileged container would find writable, and mounts that pods' mounts spread from.
     */
    private static final String FIRST_PROCESS =
            """
            #!/bin/bash
            mount --make-rshared /
            mount -o remount,rw /sys
            mount -o remount,rw /proc/sys 2> /dev/null
            mount -o remount,rw /sys/fs/cgroup
            for controller in /sys/fs/cgroup/*/; do
                mount -o remount,rw,bind "$controller" || mount -o remount,rw "$controller"
            done 2> /dev/null
            mkdir -p /run/netns /run/lock
            ip link set lo up
            echo 0 > /proc/sys/net/ipv4/ip_forward
            : > /run/conformance/ready
            # The shell stays, because somebody has to wait for processes whose parents are gone.
            while :; do sleep 1000000 & wait; done
            """;

    KindNode() {
        super(
                "kind-node",
                "a pod of containerd in a Docker container, as in kind",
                List.of("dockerd", "docker", "containerd", "ctr", "runc", "bash", "busybox"),
                new Shape(
                        "containerd, inside the node",
                        "mount on /run/netns/cni-UUID, in the node only",
                        "/var/run/netns/cni-UUID, in the node",
                        "before the pod's first process, called by the node's containerd",
                        "the live namespace, after the pod's processes",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        var daemon = Dockerd.plain(host);
        try {
            Host node = startNode(host, daemon);
            return new Node(daemon, node, new ContainerdCri().open(node));
        } catch (HarnessFault e) {
            daemon.remove("node");
            daemon.close();
            throw e;
        }
    }

    private static Host startNode(Host host, Dockerd daemon) {
        host.script("rm -rf \"$1\"", FOLDER);
        List<String> shared = host.script(PREPARE, FOLDER).lines().toList();
        host.writeScript(FOLDER + "/own/first-process", FIRST_PROCESS);
        daemon.ok("import", FOLDER + "/root.tar", IMAGE);
        daemon.ok(line(host, shared).toArray(String[]::new));
        Host node = host.within(Long.parseLong(daemon.pid("node")));
        if (!Wait.holds(Duration.ofSeconds(10), () -> node.exists(Host.OWN + "/ready"))) {
            throw new HarnessFault(
                    "the node does not come up; it says: " + daemon.tool("logs", "node").err());
        }
        return node;
    }

    private static List<String> line(Host host, List<String> shared) {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                "run",
                                "--detach",
                                "--name=node",
                                "--hostname=node",
                                "--network=none",
                                "--cgroup-parent=/" + host.run().name(),
                                "--cgroupns=private",
                                // All that --privileged gives, but for what this machine may lack
                                // itself.
                                "--cap-add=ALL",
                                "--cap-drop=SYS_RESOURCE",
                                "--security-opt=seccomp=unconfined",
                                "--security-opt=apparmor=unconfined",
                                "--security-opt=systempaths=unconfined",
                                "--device-cgroup-rule=a *:* rwm",
                                "--tmpfs=/run:exec",
                                "--volume=" + FOLDER + "/own:" + Host.OWN,
                                "--volume=" + FOLDER + "/own/changes/etc:/etc",
                                "--volume=" + FOLDER + "/own/changes/var:/var"));
        shared.forEach(folder -> line.add("--volume=" + folder + ":" + folder));
        line.addAll(List.of(IMAGE, Host.OWN + "/first-process"));
        return line;
    }

    /** The node at work. */
    private record Node(Dockerd daemon, Host machine, Workshop inside) implements Workshop {

        @Override
        public Container build(String name) {
            return inside.build(name);
        }

        @Override
        public Optional<Host> node() {
            return Optional.of(machine);
        }

        @Override
        public void close() {
            inside.close();
            daemon.remove("node");
            daemon.close();
        }
    }
}
