package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.ProcessContainer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DEL when the namespace is gone, in whichever way, or when its path leads elsewhere. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class DeadNamespaceIT {
    private Host host;
    private EdgeNode node;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
    }

    @Test
    @DisplayName("E01 DEL with an empty CNI_NETNS while the container lives")
    void emptyPath() {
        Container c1 = host.container("c1");
        CniResult added = node.attach(c1);
        node.after(c1, added).netns("").del().succeeded();
        node.assertClean();
        assertThat(c1.run("ip", "link", "show", "eth0").exit()).isNotZero();
    }

    @Test
    @DisplayName("E01 DEL without CNI_NETNS and without prevResult")
    void missingVariable() {
        Container c1 = host.container("c1");
        node.attach(c1);
        node.bridge(c1).without("CNI_NETNS").del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E02 DEL after the namespace was deleted with its path")
    void deletedNamespace() {
        MountedContainer c1 = host.container("c1");
        CniResult added = node.attach(c1);
        c1.remove();
        node.after(c1, added).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E03 DEL after the namespace file was unmounted")
    void unmountedNamespace() {
        MountedContainer c1 = host.unshareFile("c1");
        CniResult added = node.attach(c1);
        c1.unmount();
        node.after(c1, added).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E04 DEL with the caller's own namespace takes no interface of the host")
    void ownNamespaceKeepsItsLinks() {
        Container c1 = host.container("c1");
        host.ok("ip", "link", "add", "hostv0", "type", "veth", "peer", "name", "hostv1");
        String mac = host.ok("cat", "/sys/class/net/hostv0/address").strip();
        node.remember();
        String lie =
                """
                {'prevResult':{'cniVersion':'1.1.0','ips':[],'interfaces':[
                  {'name':'hostv0','mac':'%s','sandbox':'/proc/self/ns/net'}]}}\
                """;
        for (String own : List.of("/proc/self/ns/net", host.netnsPath().toString())) {
            CniCall call = node.bridge(c1).netns(own).ifname("hostv0");
            call.del().succeeded();
            call.stdin(Conf.with(EdgeNode.CONF, lie.formatted(mac))).del().succeeded();
        }
        node.assertUntouched();
    }

    @Test
    @DisplayName("E05 ADD with the caller's own namespace is refused before any change")
    void addToOwnNamespace() {
        CniCall call = node.bridge(host.container("c1"));
        for (String own : List.of("/proc/self/ns/net", host.netnsPath().toString())) {
            call.netns(own).add().failedWith(8);
        }
        node.assertUntouched();
    }

    @Test
    @DisplayName("E05 CHECK with the caller's own namespace is refused")
    void checkOwnNamespace() {
        Container c1 = host.container("c1");
        CniResult added = node.attach(c1);
        node.after(c1, added).netns("/proc/self/ns/net").check().failedWith(8);
    }

    @Test
    @DisplayName("E06 DEL when the path leads to another container that has an eth0 of its own")
    void pathOfAnotherContainer() {
        MountedContainer c1 = host.container("c1");
        CniResult added = node.attach(c1);
        c1.remove();
        Container stranger = host.container("c1");
        stranger.sh("ip link add eth0 type veth peer name other; ip addr add 10.9.9.9/24 dev eth0");
        node.after(c1, added).del().succeeded();
        assertThat(stranger.ok("ip", "-o", "addr", "show", "eth0")).contains("10.9.9.9/24");
        node.assertClean();
    }

    @Test
    @DisplayName("E06 DEL when the path leads to another attached container, which goes on working")
    void pathOfAnotherAttachedContainer() {
        MountedContainer c1 = host.container("c1");
        CniResult added = node.attach(c1);
        c1.remove();
        Container reused = host.container("c1");
        CniCall second = node.bridge(reused).containerId("c2");
        second.add().succeeded();
        node.after(c1, added).del().succeeded();
        EdgeNode.ping(reused, EdgeNode.GATEWAY);
        assertThat(node.leases("n1")).hasSize(1);
        second.del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E06 DEL when the path leads elsewhere while the first namespace lives on")
    void pathOfAnotherContainerWhileTheFirstLives() {
        MountedContainer c1 = host.container("c1");
        c1.start("sleep", "infinity");
        CniResult added = node.attach(c1);
        c1.remove();
        Container stranger = host.container("c1");
        stranger.ok("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "other");
        node.after(c1, added).del().succeeded();
        stranger.ok("ip", "link", "show", "eth0");
        node.assertClean();
    }

    @Test
    @DisplayName("E06 DEL of an attachment that nobody recorded spares another container's eth0")
    void pathOfAnotherContainerWithoutRecord() {
        MountedContainer c1 = host.container("c1");
        CniResult added = node.attach(c1);
        c1.remove();
        Container stranger = host.container("c1");
        stranger.ok("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "other");
        host.ok("rm", "-r", "/run/pontoon");
        node.after(c1, added).del().succeeded();
        stranger.ok("ip", "link", "show", "eth0");
        assertThat(node.leases("n1")).isEmpty();
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E07 DEL of {0} for a container that was never attached")
    @ValueSource(
            strings = {
                "bridge",
                "bandwidth",
                "portmap",
                "firewall",
                "host-local",
                "static",
                "loopback"
            })
    void neverAttached(String plugin) {
        Container c1 = host.container("c1");
        List<String> paths = deadPaths();
        paths.add(c1.netns());
        node.remember();
        for (String path : paths) {
            host.cni(EdgeNode.bin(), plugin)
                    .container(c1)
                    .netns(path)
                    .stdin(Conf.with(EdgeNode.CONF, "{'type':'" + plugin + "'}"))
                    .del()
                    .succeeded();
        }
        node.assertUntouched();
    }

    @Test
    @DisplayName("E03 DEL with every dead shape that runtimes leave behind")
    void everyDeadShape() {
        Container c1 = host.container("c1");
        for (String path : deadPaths()) {
            CniResult added = node.attach(c1);
            assertThat(node.after(c1, added).netns(path).del().exit()).as(path).isZero();
            node.assertClean();
        }
    }

    @Test
    @DisplayName("E02 DEL after the container's process ended, reaped or not")
    void deadProcess() {
        for (ProcessContainer each :
                List.of(host.process("reaped"), host.unreapedProcess("zombie"))) {
            CniResult added = node.attach(each);
            each.kill();
            node.after(each, added).del().succeeded();
        }
        node.assertClean();
    }

    /** Nothing, a missing file, a plain file, a folder, a dead process, the caller's own. */
    private List<String> deadPaths() {
        ProcessContainer dead = host.process("dead");
        dead.kill();
        ProcessContainer zombie = host.unreapedProcess("zombie");
        zombie.kill();
        host.write("/run/dead/plain", "");
        host.ok("ln", "-s", "nowhere", "/run/dead/dangling");
        return new ArrayList<>(
                List.of(
                        "",
                        "/run/netns/missing",
                        "relative",
                        "/run/dead/plain",
                        "/run/dead/plain/below",
                        "/run/dead",
                        "/run/dead/dangling",
                        "/proc/self/ns/mnt",
                        "/proc/self/ns/net",
                        dead.netns(),
                        zombie.netns()));
    }
}
