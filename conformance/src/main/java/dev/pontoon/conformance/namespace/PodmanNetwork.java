package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;

/** {@code podman run} on a CNI network: podman makes the namespace and calls the plugins. */
final class PodmanNetwork extends ProbedBuilder {

    PodmanNetwork() {
        super(
                "podman",
                "podman run, on a CNI network",
                List.of("podman", "conmon", "runc", "busybox"),
                new Shape(
                        "podman",
                        "mount on /run/netns/netns-UUID",
                        "/run/netns/netns-UUID",
                        "before the container's process, called by podman",
                        "the live namespace, after the container's process",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        var network = RelayNetwork.install(host);
        var podman = Podman.install(host, network);
        return podman.workshop(name -> new Networked(host, network.relay(), podman, name).hold());
    }

    /** A container that podman holds at its ADD. */
    private static final class Networked extends RelayedContainer {
        private final Podman podman;
        private final String name;

        Networked(Host host, Relay relay, Podman podman, String name) {
            super(host, relay);
            this.podman = podman;
            this.name = name;
        }

        @Override
        void launch() {
            podman.runOnNetwork(name);
        }

        @Override
        void end() {
            podman.stop(name);
        }

        @Override
        void remove() {
            podman.remove(name);
        }

        @Override
        boolean isMine(RelayedCall candidate) {
            return (candidate.variable("CNI_ARGS") + ";").contains("K8S_POD_NAME=" + name + ";");
        }

        @Override
        public void destroy() {
            NamespaceFile.destroy(host(), netns());
        }
    }
}
