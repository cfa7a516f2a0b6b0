package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import java.util.List;
import java.util.function.Function;

/**
 * Containers of a Docker daemon that gave them no network. Docker calls no CNI plugin, so the
 * harness does, once the container runs, at the path that Docker or the kernel names.
 */
final class Docker extends ProbedBuilder {

    private static final List<String> TOOLS =
            List.of(
                    "dockerd",
                    "docker",
                    "containerd",
                    "containerd-shim-runc-v2",
                    "runc",
                    "busybox");
    private static final String MOMENT =
            "once the container runs, called by whoever extends Docker";

    /** How a container is built with a daemon. */
    private interface Recipe {
        DockerContainer build(Dockerd daemon, Host host, String name);
    }

    private final Function<Host, Dockerd> start;
    private final Recipe recipe;

    private Docker(
            String id, String title, Shape shape, Function<Host, Dockerd> start, Recipe recipe) {
        super(id, title, TOOLS, shape);
        this.start = start;
        this.recipe = recipe;
    }

    /** {@code --network none}, at the file that the daemon mounted the namespace on. */
    static Docker none() {
        return new Docker(
                "docker-none",
                "docker run --network none, at Docker's sandbox key",
                new Shape(
                        "runc",
                        "the process, and dockerd's mount on EXEC-ROOT/netns/ID",
                        "EXEC-ROOT/netns/ID",
                        MOMENT,
                        "a plain file, which the unmount left",
                        "the host's"),
                Dockerd::plain,
                (daemon, host, name) ->
                        new DockerContainer(
                                host,
                                daemon,
                                name,
                                daemon.run(name, "none"),
                                daemon.sandboxKey(name)));
    }

    /** {@code --network none}, at the process's own link. */
    static Docker pid() {
        return new Docker(
                "docker-pid",
                "docker run --network none, at /proc/PID/ns/net",
                new Shape(
                        "runc",
                        "the process, and dockerd's mount on EXEC-ROOT/netns/ID",
                        "/proc/PID/ns/net",
                        MOMENT,
                        "no file: the process is gone",
                        "the host's"),
                Dockerd::plain,
                (daemon, host, name) ->
                        new DockerContainer(
                                host, daemon, name, daemon.run(name, "none"), link(daemon, name)));
    }

    /** {@code --network host}: the path leads to the namespace that the plugin itself is in. */
    static Docker host() {
        return new Docker(
                "docker-host",
                "docker run --network host",
                new Shape(
                        "nobody: it is the host's own",
                        "dockerd's mount on EXEC-ROOT/netns/default",
                        "EXEC-ROOT/netns/default",
                        MOMENT,
                        "the host's own namespace",
                        "the host's"),
                Dockerd::plain,
                (daemon, host, name) ->
                        new DockerContainer(
                                host,
                                daemon,
                                name,
                                daemon.run(name, "host"),
                                daemon.sandboxKey(name)) {
                            @Override
                            public boolean isHostsOwn() {
                                return true;
                            }

                            @Override
                            public void destroy() {
                                // The host's own namespace cannot be taken away.
                            }
                        });
    }

    /**
     * {@code --network container:X}: the namespace is another container's and outlives this one.
     */
    static Docker container() {
        return new Docker(
                "docker-container",
                "docker run --network container:X",
                new Shape(
                        "runc, for container X",
                        "X's process, and dockerd's mount for X",
                        "/proc/PID-OF-X/ns/net",
                        MOMENT,
                        "the live namespace of X",
                        "the host's"),
                Dockerd::plain,
                Docker::joined);
    }

    private static DockerContainer joined(Dockerd daemon, Host host, String name) {
        String owner = name + "-x";
        daemon.run(owner, "none");
        return new DockerContainer(
                host, daemon, name, daemon.run(name, "container:" + owner), link(daemon, owner)) {
            @Override
            public void destroy() {
                super.destroy();
                daemon.remove(owner);
            }

            @Override
            public void close() {
                super.close();
                daemon.remove(owner);
            }
        };
    }

    /** A daemon with {@code --userns-remap}: the container's user namespace owns the network's. */
    static Docker userNamespace() {
        return new Docker(
                "docker-userns",
                "docker run --network none, with user namespaces",
                new Shape(
                        "runc, inside the container's user namespace",
                        "the process, and dockerd's mount on EXEC-ROOT/netns/ID",
                        "EXEC-ROOT/netns/ID",
                        MOMENT,
                        "a plain file, which the unmount left",
                        "the container's"),
                Dockerd::withUserNamespaces,
                (daemon, host, name) ->
                        new DockerContainer(
                                host,
                                daemon,
                                name,
                                daemon.run(name, "none"),
                                daemon.sandboxKey(name)));
    }

    private static String link(Dockerd daemon, String name) {
        return "/proc/" + daemon.pid(name) + "/ns/net";
    }

    @Override
    public Workshop open(Host host) {
        var daemon = start.apply(host);
        return new Workshop() {
            @Override
            public Container build(String name) {
                try {
                    return recipe.build(daemon, host, name);
                } catch (HarnessFault e) {
                    daemon.remove(name);
                    throw e;
                }
            }

            @Override
            public void close() {
                daemon.close();
            }
        };
    }
}
