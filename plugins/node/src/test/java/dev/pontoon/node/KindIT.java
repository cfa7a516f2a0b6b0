package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.conformance.cri.PortMapping;
import dev.pontoon.node.Pods.Pod;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Two nodes like kind's: Docker containers with a containerd inside, and Pontoon with its service
 * installed there. Each gives its pods addresses of its own part of the cluster's, and is told the
 * way to the other's.
 *
 * <pre>
 *   web, near 10.244.1.x ── east 172.30.0.2 :8080 ──┬── west 172.30.0.3 ── 10.244.2.x far
 *                                                   └── 172.30.0.1 the host, who is outside
 * </pre>
 *
 * <p>The leases of east are where kindnetd wants them, in /run, and are gone after a reboot; those
 * of west are where they are by default, and are not.
 */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(HostExtension.class)
@DisplayName("nodes as in kind")
final class KindIT {
    private static final String EAST_PODS = "10.244.1.0/24";
    private static final String WEST_PODS = "10.244.2.0/24";
    private static final PortMapping PUBLISHED = new PortMapping(8080, 80);

    private final Host host;
    private final NodeScript script;
    private final Cgroup cgroup;
    private final RuntimeDaemon docker;
    private final String folder;
    private KindNode east;
    private KindNode west;

    KindIT(Host host) {
        List.of("dockerd", "docker", "containerd", "ctr", "runc", "busybox", "iptables", "socat")
                .forEach(Need::tool);
        Need.kernel("nftables nat");
        EdgeNode.dist();
        this.host = host;
        this.script = new NodeScript(host);
        this.cgroup = new Cgroup(host);
        this.folder = host.temp() + "/kind";
        this.docker =
                RuntimeDaemon.start(
                        host,
                        NodeScript.words("run_docker " + folder),
                        List.of("docker", "version"));
    }

    @BeforeAll
    void startNodes() {
        script.run("make_node_image " + folder + "; make_node_link");
        east = KindNode.start(host, cgroup, "east", "172.30.0.2", EAST_PODS, "/run/cni-ipam-state");
        west =
                KindNode.start(
                        host, cgroup, "west", "172.30.0.3", WEST_PODS, "/var/lib/cni/networks");
        east.leadTo(west, WEST_PODS);
        west.leadTo(east, EAST_PODS);
    }

    @AfterEach
    void removePods() {
        List.of(east, west).forEach(node -> node.pods().removeAll());
    }

    @AfterAll
    void stop() {
        script.run("docker rm --force --volumes east west || :");
        docker.close();
        cgroup.close();
    }

    /** Who asks the server at port 80 of a pod, as the server sees it. */
    private static String[] ask(String address, int port) {
        return new String[] {"socat", "-u", "TCP:" + address + ":" + port, "-"};
    }

    private Running serve(Pod pod) {
        Running server =
                pod.inside()
                        .start(
                                "socat",
                                "TCP-LISTEN:80,fork,reuseaddr",
                                "SYSTEM:echo $SOCAT_PEERADDR");
        Await.until(
                "the server to listen",
                () -> pod.inside().ok("ss", "-Hltn", "sport = :80"),
                listening -> !listening.isEmpty());
        return server;
    }

    private static void end(Running server) {
        server.signal("KILL");
        server.await();
    }

    private static void assertAnsweredTo(Container client, String address, String seen) {
        assertThat(client.ok(ask(address, 80)).strip()).isEqualTo(seen);
    }

    @Test
    @DisplayName("pods reach each other on a node and across, and a port of a node leads to one")
    void connectsPods() {
        Pod web = east.pods().run("web", PUBLISHED);
        Pod near = east.pods().run("near");
        Pod far = west.pods().run("far");
        assertThat(east.leases()).containsExactlyInAnyOrder(web.address(), near.address());
        assertThat(west.leases()).containsExactly(far.address());
        assertThat(far.inside().addresses("eth0")).containsExactly(far.address() + "/24");
        assertThat(far.inside().addresses("lo")).contains("127.0.0.1/8");
        EdgeNode.ping(near.inside(), web.address());
        EdgeNode.ping(web.inside(), far.address());
        EdgeNode.ping(far.inside(), near.address());

        Running server = serve(web);
        assertAnsweredTo(near.inside(), web.address(), near.address());
        assertAnsweredTo(far.inside(), web.address(), far.address());
        assertThat(host.ok(ask(east.address(), 8080)).strip()).isEqualTo("172.30.0.1");
        assertThat(west.network().ok(ask(east.address(), 8080)).strip()).isEqualTo(west.address());
        assertThat(far.inside().ok(ask(east.address(), 8080)).strip()).isEqualTo(far.address());
        assertThat(near.inside().ok(ask(east.address(), 8080))).isNotBlank();
        assertThat(east.network().ok(ask("127.0.0.1", 8080))).isNotBlank();
        end(server);

        List.of(east, west).forEach(node -> node.pods().removeAll());
        List.of(east, west).forEach(KindNode::assertServed);
        List.of(east, west).forEach(KindNode::assertBare);
    }

    @Test
    @DisplayName("E01 a node is switched off and on: no lease is lost, and none is left over")
    void survivesAReboot() {
        Pod web = east.pods().run("web", PUBLISHED);
        Pod far = west.pods().run("far", PUBLISHED);
        Pod other = west.pods().run("other");

        west.restart();
        west.leadTo(east, EAST_PODS);
        assertThat(west.pods().names()).containsExactly("far", "other");
        assertThat(west.pods().ready()).isEmpty();
        assertThat(west.leases()).containsExactlyInAnyOrder(far.address(), other.address());
        assertThat(east.leases()).containsExactly(web.address());
        // As kubelet does it: the dead pod goes, another one of that name takes its place.
        west.pods().stop(far);
        west.pods().remove(far);
        assertThat(west.leases()).containsExactly(other.address());
        Pod again = west.pods().run("far", PUBLISHED);
        assertThat(west.leases()).containsExactlyInAnyOrder(again.address(), other.address());
        EdgeNode.ping(again.inside(), web.address());
        Running server = serve(again);
        assertThat(host.ok(ask(west.address(), 8080)).strip()).isEqualTo("172.30.0.1");
        end(server);

        east.restart();
        east.leadTo(west, WEST_PODS);
        assertThat(east.pods().ready()).isEmpty();
        assertThat(east.leases()).isEmpty();
        Pod fresh = east.pods().run("fresh", PUBLISHED);
        EdgeNode.ping(again.inside(), fresh.address());
        // The dead pod's address and port may be those of the new one by now.
        east.pods().stop(web);
        assertThat(east.leases()).containsExactly(fresh.address());
        EdgeNode.ping(fresh.inside(), again.address());
        server = serve(fresh);
        assertThat(host.ok(ask(east.address(), 8080)).strip()).isEqualTo("172.30.0.1");
        end(server);

        List.of(east, west).forEach(node -> node.pods().removeAll());
        List.of(east, west).forEach(KindNode::assertServed);
        List.of(east, west).forEach(KindNode::assertBare);
    }
}
