package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;

/**
 * The process of the path has been killed and nobody has reaped it: the link is there, and dangles.
 */
final class DeadZombie extends ProbedBuilder {

    DeadZombie() {
        super(
                "dead-zombie",
                "the process is a zombie at DEL",
                List.of("unshare"),
                new Shape(
                        "unshare(1)",
                        "the process",
                        "/proc/PID/ns/net",
                        "while the process runs",
                        "a link that exists and leads nowhere",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        return idle(name -> new Zombie(host, name, Sleeper.startUnderCarelessParent(host)));
    }

    private static final class Zombie extends HostContainer {
        private final Sleeper.Careless processes;

        private Zombie(Host host, String name, Sleeper.Careless processes) {
            super(host, name);
            this.processes = processes;
        }

        @Override
        public String netns() {
            return processes.child().path();
        }

        @Override
        public void stop() {
            processes.child().endAsZombie();
        }

        @Override
        public void destroy() {
            processes.child().endAsZombie();
        }

        @Override
        public void close() {
            processes.parent().end();
            processes.child().end();
        }
    }
}
