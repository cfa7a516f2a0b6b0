package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Wait;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Another process has got the id in the path when DEL comes: one of the host, or of a stranger. */
final class DeadReusedPid extends ProbedBuilder {

    /** Both ends of the pair are the stranger's, so that the host shows nothing of it. */
    private static final String STRANGER =
            """
            ip link set lo up
            ip link add eth0 type veth peer name uplink
            ip address add 198.51.100.7/24 dev eth0
            ip link set eth0 up
            ip link set uplink up
            exec sleep 1000000
            """;

    private final boolean stranger;

    private DeadReusedPid(String id, String title, String atDel, boolean stranger) {
        super(
                id,
                title,
                List.of("unshare"),
                new Shape(
                        "unshare(1)",
                        "the process",
                        "/proc/PID/ns/net",
                        "while the process runs",
                        atDel,
                        "the host's"));
        this.stranger = stranger;
    }

    static DeadReusedPid byHost() {
        return new DeadReusedPid(
                "dead-reused-pid",
                "the PID is a host process's at DEL",
                "the host's own namespace, and the plugin's",
                false);
    }

    static DeadReusedPid byOtherContainer() {
        return new DeadReusedPid(
                "dead-other-container",
                "the PID is another container's at DEL",
                "a stranger's live namespace with an eth0",
                true);
    }

    @Override
    public Workshop open(Host host) {
        return idle(name -> new Reused(host, name, Sleeper.start(host), stranger));
    }

    private static final class Reused extends HostContainer {
        private final Sleeper process;
        private final boolean stranger;
        private boolean stopped;

        private Reused(Host host, String name, Sleeper process, boolean stranger) {
            super(host, name);
            this.process = process;
            this.stranger = stranger;
        }

        @Override
        public String netns() {
            return process.path();
        }

        @Override
        public void stop() {
            process.end();
            if (stranger) {
                process.replacedBy("unshare", "--net", "sh", "-e", "-c", STRANGER).settled();
                awaitInterface();
            } else {
                process.replacedBy("sleep", "1000000");
            }
            stopped = true;
        }

        private void awaitInterface() {
            List<String> look = List.of("ip", "link", "show", "up", "dev", "eth0");
            if (!Wait.holds(Duration.ofSeconds(5), () -> enter(look).out().contains("eth0"))) {
                throw new HarnessFault("the stranger gets no eth0");
            }
        }

        @Override
        public Optional<String> strangersNetns() {
            return stranger && stopped ? Optional.of(netns()) : Optional.empty();
        }

        @Override
        public void destroy() {
            process.end();
        }
    }
}
