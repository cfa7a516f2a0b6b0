package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import java.util.List;
import java.util.function.BiFunction;

/** Containers of podman whose network podman leaves to others: it calls no plugin for them. */
final class PodmanUnmanaged extends ProbedBuilder {

    private final BiFunction<Host, Podman, Recipe> recipes;

    /** How a container is built. */
    private interface Recipe {
        Container build(String name);
    }

    private PodmanUnmanaged(
            String id, String title, Shape shape, BiFunction<Host, Podman, Recipe> recipes) {
        super(id, title, List.of("podman", "conmon", "runc", "busybox"), shape);
        this.recipes = recipes;
    }

    /** {@code --network none}: runc makes a namespace that only the process keeps. */
    static PodmanUnmanaged none() {
        return new PodmanUnmanaged(
                "podman-none",
                "podman run --network none",
                new Shape(
                        "runc",
                        "the container's process",
                        "/proc/PID/ns/net",
                        "once the container runs, called by whoever extends podman",
                        "no file: the process is gone",
                        "the host's"),
                (host, podman) ->
                        name -> {
                            String id = podman.run(name, "none");
                            String pid = podman.inspect(name, "{{.State.Pid}}");
                            return new Unmanaged(
                                    host, podman, name, id, "/proc/" + pid + "/ns/net");
                        });
    }

    /** {@code --network ns:PATH}: somebody made the namespace before, and keeps it afterwards. */
    static PodmanUnmanaged ofPath() {
        return new PodmanUnmanaged(
                "podman-ns",
                "podman run --network ns:/run/netns/NAME",
                new Shape(
                        "ip(8), before podman",
                        "mount on /run/netns/NAME",
                        "/run/netns/NAME",
                        "once the container runs, called by whoever made the namespace",
                        "the live namespace, after the container's process",
                        "the host's"),
                (host, podman) ->
                        name -> {
                            String path = "/run/netns/" + name;
                            host.ok("ip", "netns", "add", name);
                            String id = podman.run(name, "ns:" + path);
                            return new OfPath(host, podman, name, id, path);
                        });
    }

    @Override
    public Workshop open(Host host) {
        var podman = Podman.install(host, RelayNetwork.install(host));
        Recipe recipe = recipes.apply(host, podman);
        return podman.workshop(name -> {
            try {
                return recipe.build(name);
            } catch (HarnessFault e) {
                podman.remove(name);
                NamespaceFile.destroy(host, "/run/netns/" + name);
                throw e;
            }
        });
    }

    /** A container that runs when it is built. */
    private static class Unmanaged extends HostContainer {
        private final Podman podman;
        private final String name;
        private final String path;

        Unmanaged(Host host, Podman podman, String name, String id, String path) {
            super(host, id);
            this.podman = podman;
            this.name = name;
            this.path = path;
        }

        @Override
        public final String netns() {
            return path;
        }

        @Override
        public final void stop() {
            podman.tool("stop", "--time=0", name);
        }

        @Override
        public void destroy() {
            String process = podman.inspect(name, "{{.State.Pid}}");
            // Podman says 0 of a container that does not run.
            if (!process.equals("0")) {
                NamespaceFile.end(host(), process);
            }
        }

        @Override
        public void close() {
            podman.remove(name);
        }
    }

    /** One whose namespace is a file that was there before. */
    private static final class OfPath extends Unmanaged {

        OfPath(Host host, Podman podman, String name, String id, String path) {
            super(host, podman, name, id, path);
        }

        @Override
        public void destroy() {
            NamespaceFile.destroy(host(), netns());
        }

        @Override
        public void close() {
            super.close();
            destroy();
        }
    }
}
