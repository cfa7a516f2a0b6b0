package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * DEL comes from another mount namespace, where the mount on the file never arrived: what a
 * containerised agent sees after a restart without mount propagation.
 */
final class DeadMountNamespace extends ProbedBuilder {

    private static final String FOLDER = Host.OWN + "/dead-mount-namespace/";

    /** Says so when the namespace is there: a mount made before would be copied into it. */
    private static final String AGENT =
            """
            said=$(
                unshare --mount --propagation private sh -c 'echo $$; exec sleep 1000000 > /dev/null' \
                    < /dev/null 2> /dev/null &
            )
            echo "$said"
            """;

    DeadMountNamespace() {
        super(
                "dead-mount-namespace",
                "DEL from a mount namespace without the mount",
                List.of("unshare", "nsenter"),
                new Shape(
                        "unshare(1)",
                        "mount on FILE, in the host's mount namespace only",
                        "FILE",
                        "whenever the caller likes",
                        "an empty plain file; the namespace lives on",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        return idle(name -> {
            // First the agent's mount namespace, so that it misses the mount.
            var agent = new Sleeper(host, Long.parseLong(host.script(AGENT).strip()));
            PinnedFile.unshare(host, FOLDER + name);
            return new Elsewhere(host, name, agent);
        });
    }

    private static final class Elsewhere extends HostContainer {
        private final Sleeper agent;
        private boolean stopped;

        private Elsewhere(Host host, String name, Sleeper agent) {
            super(host, name);
            this.agent = agent;
        }

        @Override
        public String netns() {
            return FOLDER + id();
        }

        @Override
        public Place place() {
            return stopped ? this::startAtAgent : host();
        }

        private Execution startAtAgent(Invocation invocation) {
            List<String> line =
                    new ArrayList<>(
                            List.of("/usr/bin/nsenter", "-t", "" + agent.pid(), "-m", "--"));
            line.addAll(invocation.command());
            return host().start(
                            new Invocation(
                                    line,
                                    invocation.environment(),
                                    invocation.stdin(),
                                    invocation.timeout()));
        }

        @Override
        public void stop() {
            stopped = true;
        }

        @Override
        public void destroy() {
            PinnedFile.remove(host(), netns());
        }

        @Override
        public void close() {
            destroy();
            agent.end();
        }
    }
}
