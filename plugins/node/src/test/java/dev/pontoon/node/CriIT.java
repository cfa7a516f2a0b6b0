package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.conformance.cri.PortMapping;
import dev.pontoon.node.Pods.Pod;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import dev.pontoon.testing.Snapshot;
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
 * Pods that containerd makes for kubelet. For each it pins a namespace, calls {@code loopback} and
 * the network's plugins side by side, and starts the pod's first process only then. The containerd
 * has a host of its own.
 */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(HostExtension.class)
@DisplayName("pods of containerd, by the CRI")
final class CriIT {
    private static final int MANY = 30;
    private static final PortMapping PUBLISHED = new PortMapping(8080, 80);

    private final Host host;
    private final RuntimeNetwork network;
    private final Cgroup cgroup;
    private final RuntimeDaemon daemon;
    private final Pods pods;
    private final Container outside;
    private Snapshot before;

    CriIT(Host host) {
        List.of("containerd", "ctr", "runc", "busybox", "curl").forEach(Need::tool);
        Need.kernel("nftables nat");
        this.host = host;
        this.network = new RuntimeNetwork(host);
        this.cgroup = new Cgroup(host);
        this.outside = EdgeNode.outside(host);
        // portmap comes last, so that a port that is taken is found when all else is done.
        host.write(
                "/etc/cni/net.d/10-rt.conflist",
                RuntimeNetwork.conflist(
                        "1.0.0",
                        "{'type':'firewall'}",
                        "{'type':'portmap','capabilities':{'portMappings':true}}"));
        this.daemon = startContainerd();
        this.pods = new Pods(host, cgroup);
        this.before = network.snapshot();
    }

    private RuntimeDaemon startContainerd() {
        var nodes = new NodeScript(host);
        nodes.run("make_sandbox_image /run/sandbox.tar");
        nodes.run(
                "containerd_configuration "
                        + (host.temp() + "/containerd " + RuntimeNetwork.pontoon())
                        + " /etc/cni/net.d > /run/containerd.toml");
        RuntimeDaemon started =
                RuntimeDaemon.start(
                        host,
                        List.of("containerd", "--config", "/run/containerd.toml"),
                        List.of("ctr", "version"));
        host.ok("ctr", "--namespace", "k8s.io", "images", "import", "/run/sandbox.tar");
        return started;
    }

    @BeforeEach
    void look() {
        before = network.snapshot();
    }

    @AfterEach
    void removePods() {
        pods.removeAll();
    }

    @AfterAll
    void stopDaemon() {
        daemon.close();
        cgroup.close();
    }

    private void assertNothingIsLeft() {
        network.snapshot().assertSameAs(before);
        assertThat(host.list("/var/lib/cni/results")).isEmpty();
        assertThat(host.list("/run/netns").stream().filter(name -> name.startsWith("cni-")))
                .isEmpty();
    }

    /** Serves a greeting at port 80 of a pod, and asks for it from outside. */
    private void assertPublished(Pod pod) {
        host.write("/run/www/index.html", "hello from " + pod.id());
        Running server = pod.inside().start("busybox", "httpd", "-f", "-p", "80", "-h", "/run/www");
        Await.until(
                "an answer at the published port",
                () -> outside.run("curl", "-s", "-m", "5", "http://192.0.2.1:8080/").stdout(),
                ("hello from " + pod.id())::equals);
        server.signal("KILL");
        server.await();
    }

    @Test
    @DisplayName("E08 a pod gets lo, eth0 and its port; it may be stopped twice, and removed twice")
    void livesAndGoes() {
        Pod pod = pods.run("p1", PUBLISHED);
        assertThat(pod.inside().addresses("lo")).contains("127.0.0.1/8");
        assertThat(pod.inside().addresses("eth0")).containsExactly(pod.address() + "/24");
        EdgeNode.ping(pod.inside(), RuntimeNetwork.GATEWAY);
        network.assertServes(pod.id(), pod.address());
        assertPublished(pod);
        assertThat(new ServiceHandle(host).pontoon("list").ok().lines())
                .filteredOn(line ->
                        line.startsWith("cni-conformance/p1 ") && line.endsWith("  attached"))
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).contains(pod.id(), "lo"))
                .anySatisfy(line -> assertThat(line).contains(pod.id(), pod.address()));

        pods.stop(pod);
        assertThat(pods.ready(pod)).isFalse();
        assertNothingIsLeft();
        pods.stop(pod);
        pods.remove(pod);
        pods.remove(pod);
        assertThat(pods.names()).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    @DisplayName("E03 a namespace is unmounted by hand: DEL comes without one, and nothing is left")
    void isRemovedWithoutItsNamespace() {
        Pod pod = pods.run("p1", PUBLISHED);
        pod.inside().unmount();
        assertThat(network.leases()).containsExactly(pod.address());

        pods.stop(pod);
        network.snapshot().assertSameAs(before);
        pods.remove(pod);
        assertNothingIsLeft();
    }

    @Test
    @DisplayName(
            "E11 E40 ADD fails in the last plugin: no pod, nothing left, and the next one works")
    void isUndoneWhenTheLastPluginFails() {
        Pod first = pods.run("p1", PUBLISHED);
        Snapshot meanwhile = network.snapshot();
        assertThatThrownBy(() -> pods.run("p2", PUBLISHED))
                .hasMessageContaining("plugin type=\"portmap\" failed (add)")
                .hasMessageContaining(first.id());
        network.snapshot().assertSameAs(meanwhile);
        assertThat(pods.names()).containsExactly("p1");
        assertPublished(first);

        pods.stop(first);
        Pod second = pods.run("p2", PUBLISHED);
        assertPublished(second);
        pods.removeAll();
        assertNothingIsLeft();
    }

    @Test
    @DisplayName("E14 30 pods at once are all ready; removed at once, nothing is left of them")
    void manyAtOnce() {
        List<Pod> all = pods.runAtOnce(MANY);
        assertThat(pods.ready()).hasSize(MANY);
        assertThat(all.stream().map(Pod::address).distinct().sorted().toList())
                .hasSize(MANY)
                .containsExactlyInAnyOrderElementsOf(network.leases());
        for (Pod each : all) {
            EdgeNode.ping(each.inside(), RuntimeNetwork.GATEWAY);
        }

        pods.removeAll();
        assertThat(pods.names()).isEmpty();
        assertNothingIsLeft();
    }
}
