package dev.pontoon.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(HostExtension.class)
class ContainerIT {

    private static void assertOwnNamespaceWithLoopbackDown(Host host, Container container)
            throws IOException {
        String own = container.ok("readlink", "/proc/self/ns/net").strip();
        assertThat(own).isNotEqualTo(host.ok("readlink", "/proc/self/ns/net").strip());
        // "net:[4026532000]" names the inode that the path must have, inside and outside.
        String inode = own.replaceAll("\\D", "");
        assertThat(host.ok("stat", "-L", "-c", "%i", container.netns()).strip()).isEqualTo(inode);
        assertThat(Files.getAttribute(container.netnsPath(), "unix:ino")).hasToString(inode);
        assertThat(container.json("ip", "-j", "link").findValue("flags").toString())
                .isEqualTo("[\"LOOPBACK\"]");
    }

    @Test
    void everyShapeIsANamespaceOfItsOwn(Host host) throws IOException {
        assertOwnNamespaceWithLoopbackDown(host, host.container("c1"));
        assertOwnNamespaceWithLoopbackDown(host, host.unshareFile("c2"));
        assertOwnNamespaceWithLoopbackDown(host, host.process("c3"));
        assertOwnNamespaceWithLoopbackDown(host, host.unreapedProcess("c4"));
        String elsewhere = "/proc/" + host.pid() + "/root" + host.container("c5").netns();
        assertOwnNamespaceWithLoopbackDown(host, host.foreign("c5", elsewhere));
    }

    @Test
    void containersTalkToTheHostOnly(Host host) {
        Container c1 = host.container("c1");
        host.ok("ip", "link", "add", "v0", "type", "veth", "peer", "eth0", "netns", "c1");
        host.sh("ip addr add 10.9.0.1/24 dev v0; ip link set v0 up");
        c1.sh("ip addr add 10.9.0.2/24 dev eth0; ip link set eth0 up");
        c1.ok("ping", "-c1", "-W1", "10.9.0.1");
        assertThat(c1.ok("ip", "-br", "link")).doesNotContain("v0@");
    }

    @Test
    void containersSeeTheHostsFiles(Host host) {
        host.write("/run/mark", "here");
        assertThat(host.container("c1").ok("cat", "/run/mark")).isEqualTo("here");
    }

    @Test
    void unmountLeavesAPlainFile(Host host) {
        MountedContainer c1 = host.container("c1");
        c1.unmount();
        assertThat(host.ok("stat", "-f", "-c", "%T", c1.netns()).strip()).isEqualTo("tmpfs");
        c1.remove();
        assertThat(host.exists(c1.netns())).isFalse();
    }

    @Test
    void removedContainerLeavesNoPath(Host host) {
        for (Container container :
                new Container[] {
                    host.container("c1"), host.unshareFile("c2"), host.process("c3")
                }) {
            container.remove();
            assertThat(host.run("test", "-e", container.netns()).exit()).isEqualTo(1);
            container.remove();
        }
    }

    @Test
    void killedProcessLeavesNoPath(Host host) {
        ProcessContainer c1 = host.process("c1");
        c1.kill();
        assertThat(Files.exists(Path.of(c1.netns()), LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void killedUnreapedProcessIsAZombie(Host host) {
        ProcessContainer c1 = host.unreapedProcess("c1");
        c1.kill();
        assertThat(Files.exists(Path.of(c1.netns()), LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThat(host.run("cat", c1.netns()).stderr()).contains("No such file");
        assertThat(host.ok("cat", "/proc/" + c1.pid() + "/stat")).contains(") Z ");
    }
}
