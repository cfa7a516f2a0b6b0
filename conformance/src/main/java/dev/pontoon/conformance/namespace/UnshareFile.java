package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;

/** {@code unshare --net=FILE}: a mount on a file anywhere, made by the caller of the plugin. */
final class UnshareFile extends ProbedBuilder {

    private static final String FOLDER = Host.OWN + "/unshare-file/";

    UnshareFile() {
        super(
                "unshare-file",
                "unshare --net=FILE",
                List.of("unshare"),
                new Shape(
                        "unshare(1)",
                        "mount on FILE",
                        "FILE, outside /run/netns",
                        "whenever the caller likes",
                        "the live namespace",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        return idle(name -> {
            PinnedFile.unshare(host, FOLDER + name);
            return new MountedNamespace(host, name, FOLDER + name);
        });
    }
}
