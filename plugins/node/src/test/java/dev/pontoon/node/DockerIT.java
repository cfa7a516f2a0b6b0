package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Containers that Docker made without a network. Its daemon runs in a host of its own; the image is
 * a busybox in a tar file.
 */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(HostExtension.class)
@DisplayName("docker run --network none")
final class DockerIT {

    private final Host host;
    private final RuntimeNetwork network;
    private final Cgroup cgroup;
    private final RuntimeDaemon daemon;
    private Snapshot before;

    DockerIT(Host host) {
        List.of("dockerd", "docker", "containerd", "runc", "busybox").forEach(Need::tool);
        this.host = host;
        this.network = new RuntimeNetwork(host);
        this.cgroup = new Cgroup(host);
        this.daemon = RuntimeDaemon.docker(host, cgroup, "box");
        this.before = network.snapshot();
    }

    @BeforeEach
    void runContainer() {
        docker("run", "--detach", "--network", "none", "--name", "c1", "box", "sleep", "600");
        before = network.snapshot();
    }

    @AfterEach
    void removeContainer() {
        docker("rm", "--force", "c1");
    }

    @AfterAll
    void stopDaemon() {
        daemon.close();
        cgroup.close();
    }

    private String docker(String... arguments) {
        var words = new ArrayList<>(List.of("docker"));
        words.addAll(List.of(arguments));
        return host.command(words).env("HOME", "/run").ok().strip();
    }

    private String inspect(String template) {
        return docker("inspect", "--format", template, "c1");
    }

    private String sandboxKey() {
        return inspect("{{.NetworkSettings.SandboxKey}}");
    }

    @ParameterizedTest(name = "by {0}")
    @ValueSource(strings = {"{{.NetworkSettings.SandboxKey}}", "/proc/{{.State.Pid}}/ns/net"})
    @DisplayName("a running container")
    void attachesARunningContainer(String path) {
        CniCall call = network.call("c1", inspect(path));
        CniResult added = call.add().succeeded();
        String address = RuntimeNetwork.address(added);
        assertThat(docker("exec", "c1", "ip", "addr", "show", "dev", "eth0"))
                .contains(address + "/24");
        docker("exec", "c1", "ping", "-c1", "-W5", RuntimeNetwork.GATEWAY);
        network.assertServes("c1", address);
        network.after(call, added).check().succeeded();

        network.after(call, added).del().succeeded();
        assertThat(docker("exec", "c1", "ip", "link")).doesNotContain("eth0");
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName("a stopped container: its SandboxKey is a plain file by now, DEL frees everything")
    void detachesAStoppedContainer() {
        String key = sandboxKey();
        CniCall call = network.call("c1", key);
        CniResult added = call.add().succeeded();
        docker("stop", "--time", "0", "c1");
        Await.until(
                "docker to unmount " + key,
                () -> host.run("stat", "-f", "-c", "%T", key),
                stat -> !stat.stdout().contains("nsfs"));
        assertThat(network.leases()).containsExactly(RuntimeNetwork.address(added));

        network.after(call, added).del().succeeded();
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName("a container started again: a new namespace, and the old address is free for it")
    void attachesARestartedContainer() {
        CniCall first = network.call("c1", sandboxKey());
        CniResult added = first.add().succeeded();
        docker("restart", "--time", "0", "c1");
        network.after(first, added).del().succeeded();

        CniCall second = network.call("c1", sandboxKey());
        CniResult again = second.add().succeeded();
        docker("exec", "c1", "ping", "-c1", "-W5", RuntimeNetwork.GATEWAY);
        network.after(second, again).del().succeeded();
        network.snapshot().assertSameAs(before);
    }
}
