package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.opentest4j.TestAbortedException;

/**
 * podman with its CNI backend and a network of {@code bridge} alone. It pins the namespace before
 * the container exists, asks each plugin for its versions first, and sends wishes in CNI_ARGS.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("podman with cni_plugin_dirs")
final class PodmanIT {

    private static final String CONFIG =
            """
            [network]
            network_backend = "cni"
            cni_plugin_dirs = ["%s"]
            network_config_dir = "/run/podman/net.d"
            default_network = "rt"
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            lock_type = "file"
            runtime = "runc"
            [containers]
            # The machine's own limits may be below what podman would set.
            default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
            """;

    private final Host host;
    private final RuntimeNetwork network;
    private final Cgroup cgroup;
    private final Snapshot before;

    PodmanIT(Host host) {
        List.of("podman", "conmon", "runc", "busybox").forEach(Need::tool);
        this.host = host;
        this.network = new RuntimeNetwork(host);
        this.cgroup = new Cgroup(host);
        Path plugins = RuntimeNetwork.pontoon();
        host.write("/run/podman/containers.conf", CONFIG.formatted(plugins));
        host.write("/run/podman/net.d/rt.conflist", RuntimeNetwork.conflist("0.4.0"));
        needCni();
        this.before = network.snapshot();
    }

    private void needCni() {
        String backend = podman("info", "--format", "{{.Host.NetworkBackend}}");
        if (!backend.equals("cni")) {
            throw new TestAbortedException(
                    "needs: podman with its CNI backend (this one has " + backend + ")");
        }
    }

    @AfterEach
    void removeContainers() {
        podman("rm", "--force", "--all", "--time", "0");
        cgroup.close();
    }

    private String podman(String... arguments) {
        var words = new ArrayList<>(List.of("podman", "--root", "/run/podman/root"));
        words.addAll(List.of("--runroot", "/run/podman/run", "--tmpdir", "/run/podman/tmp"));
        words.addAll(List.of("--storage-driver", "vfs"));
        words.addAll(List.of(arguments));
        return host.command(words)
                .env("HOME", "/run/podman")
                .env("CONTAINERS_CONF", "/run/podman/containers.conf")
                .ok()
                .strip();
    }

    /** Runs a container that sleeps, in the network rt, and returns its id. */
    private String run(String... options) {
        var words = new ArrayList<>(List.of("--network", "rt"));
        words.addAll(List.of(options));
        return run(words, List.of("sleep", "600"));
    }

    private String run(List<String> options, List<String> command) {
        var words = new ArrayList<>(List.of("run", "--detach", "--name", "c1"));
        words.addAll(List.of("--cgroup-parent", cgroup.path(), "--log-driver", "none"));
        words.addAll(options);
        words.addAll(List.of("--rootfs", OciContainer.rootfs(host)));
        words.addAll(command);
        return podman(words.toArray(String[]::new));
    }

    private String inspect(String template) {
        return podman("inspect", "--format", template, "c1");
    }

    private void assertReachesGateway(String address) {
        assertThat(podman("exec", "c1", "ip", "addr", "show", "dev", "eth0"))
                .contains(address + "/24");
        podman("exec", "c1", "ping", "-c1", "-W5", RuntimeNetwork.GATEWAY);
    }

    @Test
    @DisplayName("run attaches, stop detaches")
    void attachesAndDetaches() {
        String id = run();
        String address = inspect("{{.NetworkSettings.Networks.rt.IPAddress}}");
        assertReachesGateway(address);
        network.assertServes(id, address);

        podman("stop", "--time", "0", "c1");
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName("address and MAC address of podman's options arrive in the container")
    void givesTheAddressesAskedFor() {
        String id = run("--ip", "10.77.0.77", "--mac-address", "02:11:22:33:44:55");
        assertReachesGateway("10.77.0.77");
        assertThat(podman("exec", "c1", "ip", "link", "show", "dev", "eth0"))
                .contains("02:11:22:33:44:55");
        network.assertServes(id, "10.77.0.77");

        podman("rm", "--force", "--time", "0", "c1");
        network.snapshot().assertSameAs(before);
    }

    @Test
    @DisplayName("a container killed behind podman's back is detached by its monitor")
    void detachesAKilledContainer() {
        run();
        assertThat(network.leases()).hasSize(1);
        host.ok("kill", "-s", "KILL", inspect("{{.State.Pid}}"));
        Await.until(
                "the monitor to detach the container",
                Duration.ofSeconds(30),
                () -> network.snapshot().differenceFrom(before),
                List::isEmpty);
    }

    @Test
    @DisplayName("its own network, as `podman network create` writes it, publishes a port")
    void publishesAPortInItsOwnNetwork() {
        Need.kernel("nftables nat");
        Need.tool("curl");
        podman("network", "create", "own");
        assertThat(host.read("/run/podman/net.d/own.conflist"))
                .contains("\"bridge\"", "\"portmap\"", "\"firewall\"", "\"tuning\"");
        Container outside = EdgeNode.outside(host);
        publish();
        assertAnswers(outside);
        podman("rm", "--force", "--time", "0", "c1");
        assertThat(host.ok("nft", "list", "ruleset")).isEmpty();
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        Snapshot unused = network.snapshot();

        publish();
        assertAnswers(outside);
        podman("rm", "--force", "--time", "0", "c1");
        network.snapshot()
                .without("/own/(lock|last_reserved_ip)")
                .assertSameAs(unused.without("/own/(lock|last_reserved_ip)"));
    }

    private void publish() {
        host.write("/run/rootfs/etc/hello", "hello from podman");
        run(
                List.of("--network", "own", "-p", "8080:80"),
                List.of("/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/etc"));
    }

    private void assertAnswers(Container outside) {
        Await.until(
                "an answer to the outside",
                () -> outside.run(ask("192.0.2.1")).stdout(),
                "hello from podman"::equals);
        assertThat(host.ok(ask("192.0.2.1"))).isEqualTo("hello from podman");
        assertThat(host.ok(ask("127.0.0.1"))).isEqualTo("hello from podman");
    }

    private static String[] ask(String address) {
        return new String[] {"curl", "-s", "-m", "5", "http://" + address + ":8080/hello"};
    }
}
