package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.ArrayList;
import java.util.List;

/**
 * A containerd of the harness's own. It keeps everything in the harness's folder; for the sockets of
 * its shims, whose place is fixed, a file system of their own is mounted on {@code /run/containerd},
 * and another where libcni keeps what it remembers of a container, because that is the runtime's doing
 * and not the plugin's.
 */
final class Containerd implements AutoCloseable {

    private static final String HIDE =
            """
            for folder in /run/containerd /var/lib/cni/results; do
                mkdir -p "$folder"
                mountpoint -q "$folder" || mount -t tmpfs -o mode=0755 cni-conformance "$folder"
            done
            """;

    private static final String SHOW =
            """
            for folder in /run/containerd /var/lib/cni/results; do
                if mountpoint -q "$folder"; then umount -l "$folder"; rmdir "$folder"; fi
            done
            sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \\([^ ]*\\) .*/\\1/p' /proc/self/mountinfo |
                grep "^$1/" | sort -r | while read -r point; do umount -l "$point"; done
            rm -rf "$1"
            """;

    private final Host host;
    private final String folder;
    private final Daemon daemon;

    private Containerd(Host host, String folder, Daemon daemon) {
        this.host = host;
        this.folder = folder;
        this.daemon = daemon;
    }

    /** Starts one without the Kubernetes interface. */
    static Containerd plain(Host host) {
        return start(host, "disabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n", "");
    }

    /**
     * Starts one with the Kubernetes interface.
     *
     * @param plugins folder with the plugins
     * @param configurations folder with the network's configuration
     */
    static Containerd withCri(Host host, String plugins, String configurations) {
        return start(
                host,
                "",
                """
                [plugins."io.containerd.grpc.v1.cri"]
                  sandbox_image = "%s"
                  disable_apparmor = true
                  # Without CAP_SYS_RESOURCE the adjustment of sandboxes cannot be set.
                  restrict_oom_score_adj = true
                  tolerate_missing_hugetlb_controller = true
                  stream_server_port = "0"
                  [plugins."io.containerd.grpc.v1.cri".cni]
                    bin_dir = "%s"
                    conf_dir = "%s"
                    max_conf_num = 1
                """
                        .formatted(BusyboxImage.NAME, plugins, configurations));
    }

    private static Containerd start(Host host, String top, String plugins) {
        String folder = Host.OWN + "/containerd";
        host.script(HIDE);
        host.write(folder + "/config.toml", configuration(folder, top, plugins));
        var daemon =
                Daemon.start(
                        host,
                        folder + "/log",
                        List.of("containerd", "-c", folder + "/config.toml"),
                        () -> Daemon.listens(host, folder + "/socket"));
        return new Containerd(host, folder, daemon);
    }

    private static String configuration(String folder, String top, String plugins) {
        return """
               version = 2
               root = "%1$s/root"
               state = "%1$s/state"
               %2$s
               [grpc]
                 address = "%1$s/socket"
               [ttrpc]
                 address = "%1$s/socket.ttrpc"
               [plugins."io.containerd.internal.v1.opt"]
                 path = "%1$s/opt"
               %3$s
               """
                .formatted(folder, top, plugins);
    }

    /** Where it listens, as a path of the host. */
    String socket() {
        return folder + "/socket";
    }

    /** The end of its log. */
    String lastWords() {
        return daemon.lastWords();
    }

    /** Runs its client on one of its namespaces. */
    String ctr(String namespace, String... arguments) {
        return host.ok(line(namespace, arguments));
    }

    /** The command line of its client. */
    List<String> line(String namespace, String... arguments) {
        List<String> line = new ArrayList<>(List.of("ctr", "-a", socket(), "-n", namespace));
        line.addAll(List.of(arguments));
        return line;
    }

    /** Makes the image known in a namespace. */
    void importImage(String namespace) {
        ctr(namespace, "images", "import", BusyboxImage.archive(host));
    }

    @Override
    public void close() {
        daemon.close();
        host.script(SHOW, folder);
    }
}
