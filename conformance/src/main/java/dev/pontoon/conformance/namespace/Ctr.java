package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import java.util.List;

/**
 * {@code ctr run --cni}: runc makes the namespace, and containerd's client calls the plugins.
 *
 * <p>The client looks for them in fixed folders; these are covered in the host by the relay's.
 */
final class Ctr extends ProbedBuilder {

    private static final String COVER =
            """
            mkdir -p /etc/cni/net.d
            if [ ! -d /opt/cni/bin ]; then
                if [ "$(stat -c %d /)" != "$(stat -c %d /opt)" ]; then
                    echo '/opt is a file system of its own, where no folder may be made' >&2
                    exit 1
                fi
                mkdir -p /opt/cni/bin
                : > "$1/made"
            fi
            mount --bind "$1" /opt/cni/bin
            mount --bind "$2" /etc/cni/net.d
            """;

    private static final String UNCOVER =
            """
            umount -l /opt/cni/bin
            umount -l /etc/cni/net.d
            if [ -e "$1/made" ]; then rmdir -p --ignore-fail-on-non-empty /opt/cni/bin; fi
            """;

    Ctr() {
        super(
                "ctr",
                "ctr run --cni",
                List.of("containerd", "ctr", "containerd-shim-runc-v2", "runc", "busybox"),
                new Shape(
                        "runc",
                        "the container's process",
                        "/proc/PID/ns/net",
                        "between runc's create and start, called by ctr",
                        "an empty CNI_NETNS",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        var network = RelayNetwork.install(host);
        var daemon = Containerd.plain(host);
        try {
            daemon.importImage(CtrContainer.NAMESPACE);
            host.script(COVER, network.plugins(), network.configurations());
        } catch (HarnessFault e) {
            daemon.close();
            throw e;
        }
        return new Workshop() {
            @Override
            public Container build(String name) {
                return new CtrContainer(host, network.relay(), daemon, name).hold();
            }

            @Override
            public void close() {
                host.script(UNCOVER, network.plugins());
                daemon.close();
            }
        };
    }
}
