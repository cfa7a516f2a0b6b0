package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;

/**
 * The mount is gone when DEL comes, and the file it was on is still there, as dockerd leaves it.
 */
final class DeadPlainFile extends ProbedBuilder {

    private static final String FOLDER = Host.OWN + "/dead-plain-file/";

    DeadPlainFile() {
        super(
                "dead-plain-file",
                "unmounted before DEL, the file stays",
                List.of("unshare"),
                new Shape(
                        "unshare(1)",
                        "mount on FILE",
                        "FILE",
                        "whenever the caller likes",
                        "an empty plain file",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        return idle(name -> {
            PinnedFile.unshare(host, FOLDER + name);
            return new Unmounted(host, name);
        });
    }

    private static final class Unmounted extends HostContainer {
        private Unmounted(Host host, String name) {
            super(host, name);
        }

        @Override
        public String netns() {
            return FOLDER + id();
        }

        @Override
        public void stop() {
            PinnedFile.unmount(host(), netns());
        }

        @Override
        public void destroy() {
            PinnedFile.remove(host(), netns());
        }
    }
}
