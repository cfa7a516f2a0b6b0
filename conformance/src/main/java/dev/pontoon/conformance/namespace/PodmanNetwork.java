package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
        var turn = new Turn();
        return podman.workshop(
                name -> new Networked(host, network.relay(), podman, turn, name).hold());
    }

    /**
     * Podman calls plugins for one container at a time, for it holds a lock meanwhile. So whenever
     * it is set to work for another container, the one it was held at goes on.
     */
    private static final class Turn {
        private @Nullable Networked last;

        void take(Networked next) {
            Networked before = last;
            last = next;
            if (before != null && before != next) {
                before.letGo();
            }
        }
    }

    /** A container that podman holds at its ADD. */
    private static final class Networked extends RelayedContainer {
        private final Podman podman;
        private final Turn turn;
        private final String name;

        Networked(Host host, Relay relay, Podman podman, Turn turn, String name) {
            super(host, relay);
            this.podman = podman;
            this.turn = turn;
            this.name = name;
        }

        @Override
        void prepareWork() {
            turn.take(this);
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
