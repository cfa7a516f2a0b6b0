package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * containerd's own client, which calls the plugins itself: found in {@code /opt/cni/bin}, through
 * the namespace of the container's process, without CNI_ARGS. The containerd has a host of its own.
 */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(HostExtension.class)
@DisplayName("ctr run --cni")
final class CtrIT {

    static final String CONFIG =
            """
            version = 2
            root = "%1$s/containerd"
            state = "/run/containerd"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "/run/containerd/containerd.sock"
            [plugins."io.containerd.internal.v1.opt"]
              path = "%1$s/opt"
            """;

    private final Host host;
    private final RuntimeNetwork network;
    private final Cgroup cgroup;
    private final RuntimeDaemon daemon;
    private Snapshot before;

    CtrIT(Host host) {
        List.of("containerd", "ctr", "runc", "busybox").forEach(Need::tool);
        this.host = host;
        this.network = new RuntimeNetwork(host);
        this.cgroup = new Cgroup(host);
        install();
        host.write("/run/containerd.toml", CONFIG.formatted(host.temp()));
        this.daemon =
                RuntimeDaemon.start(
                        host,
                        List.of("containerd", "--config", "/run/containerd.toml"),
                        List.of("ctr", "version"));
        this.before = network.snapshot();
    }

    private void install() {
        host.sh("mkdir -p /opt/cni/bin; ln -sf " + RuntimeNetwork.pontoon() + "/* /opt/cni/bin");
        host.write("/etc/cni/net.d/10-rt.conflist", RuntimeNetwork.conflist("1.0.0"));
    }

    @BeforeEach
    void look() {
        before = network.snapshot();
    }

    @AfterEach
    void removeContainer() {
        host.run("ctr", "task", "rm", "--force", "c1");
        host.run("ctr", "container", "rm", "c1");
    }

    @AfterAll
    void stopDaemon() {
        daemon.close();
        cgroup.close();
    }

    private String run(String mode, String... command) {
        var words = new ArrayList<>(List.of("ctr", "run", mode, "--cni", "--cgroup"));
        words.add(cgroup.path("c1"));
        words.addAll(List.of("--rootfs", OciContainer.rootfs(host), "c1"));
        words.addAll(List.of(command));
        return host.command(words).ok();
    }

    private String exec(String... command) {
        var words = new ArrayList<>(List.of("ctr", "task", "exec", "--exec-id", "e1", "c1"));
        words.addAll(List.of(command));
        return host.command(words).ok();
    }

    @Test
    @DisplayName("a container that runs to its end: ctr calls DEL without a namespace")
    void attachesAndDetaches() {
        String script =
                "/bin/ping -c1 -W5 " + RuntimeNetwork.GATEWAY + " && /bin/ip addr show dev eth0";
        assertThat(run("--rm", "/bin/sh", "-c", script))
                .contains("1 packets received")
                .containsPattern("inet 10\\.77\\.0\\.\\d+/24");
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName(
            "a detached container: ctr never calls DEL, whoever cleans up has no namespace either")
    void attachesADetachedContainer() {
        run("--detach", "/bin/sleep", "600");
        assertThat(network.leases()).hasSize(1);
        String address = network.leases().getFirst();
        assertThat(exec("/bin/ip", "addr", "show", "dev", "eth0")).contains(address + "/24");
        exec("/bin/ping", "-c1", "-W5", RuntimeNetwork.GATEWAY);
        network.assertServes("default-c1", address);

        host.ok("ctr", "task", "kill", "--signal", "KILL", "c1");
        Await.until(
                "the end of the task",
                () -> host.ok("ctr", "task", "ls"),
                tasks -> tasks.contains("STOPPED"));
        host.run("ctr", "task", "rm", "c1");
        assertThat(network.leases()).containsExactly(address);
        network.call("default-c1", "").del().succeeded();
        network.snapshot().assertSameAs(before);
    }
}
