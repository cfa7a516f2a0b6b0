package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.ArrayList;
import java.util.List;

/**
 * A containerd of the harness's own, which keeps everything in the harness's folder that it can.
 */
final class Containerd implements AutoCloseable {

    /** What is still mounted below a folder, and the folder. */
    private static final String REMOVE =
            """
            cut -d' ' -f5 /proc/self/mountinfo | grep "^$1/" | sort -r |
                while read -r point; do umount -l "$point"; done
            rm -rf "$1"
            """;

    private final Host host;
    private final String folder;
    private final CoveredFolders covered;
    private final Daemon daemon;

    private Containerd(Host host, String folder, CoveredFolders covered, Daemon daemon) {
        this.host = host;
        this.folder = folder;
        this.covered = covered;
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
        var covered = CoveredFolders.in(host);
        host.write(folder + "/config.toml", configuration(folder, top, plugins));
        var daemon =
                Daemon.start(
                        host,
                        folder + "/log",
                        List.of("containerd", "-c", folder + "/config.toml"),
                        () -> Daemon.listens(host, folder + "/socket"));
        return new Containerd(host, folder, covered, daemon);
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
        covered.close();
        host.script(REMOVE, folder);
    }
}
