package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.ProcessContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class NetworkNamespaceIT {
    @Test
    void aBindMountAndAProcessLinkBothOpen(Host host) {
        MountedContainer mounted = host.container("c1");
        ProcessContainer process = host.process("c2");
        try (NetworkNamespace one = open(mounted.netnsPath());
                NetworkNamespace again = open(mounted.netnsPath());
                NetworkNamespace two = open(process.netnsPath())) {
            assertThat(one.sameAs(again)).isTrue();
            assertThat(one.sameAs(two)).isFalse();
            assertThat(one.identity().device() + " " + one.identity().inode())
                    .isEqualTo(host.ok("stat", "-Lc", "%d %i", mounted.netns()).strip());
            assertThat(two.identity().inode())
                    .isEqualTo(
                            Long.parseLong(
                                    process.ok("stat", "-Lc", "%i", "/proc/self/ns/net").strip()));
        }
    }

    private static NetworkNamespace open(Path path) {
        return NetworkNamespace.open(path.toString());
    }

    @Test
    void currentIsTheThreadsOwnAndNotTheProcesses(Host host) throws IOException {
        String machine = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        try (NetworkNamespace there = open(host.netnsPath());
                NetworkNamespace here = NetworkNamespace.current()) {
            assertThat("net:[" + here.identity().inode() + "]").isEqualTo(machine);
            assertThat(here.sameAs(there)).isFalse();
            boolean arrived =
                    there.inside(() -> {
                        try (NetworkNamespace inner = NetworkNamespace.current()) {
                            return inner.sameAs(there);
                        }
                    });
            assertThat(arrived).isTrue();
            try (NetworkNamespace after = NetworkNamespace.current()) {
                assertThat(after.sameAs(here)).isTrue();
            }
        }
    }

    @Test
    void aMissingPathIsCalledMissing(Host host) {
        assertRefused("", true);
        assertRefused(host.temp() + "/nothing", true);
        assertRefused(host.temp() + "/nothing/at/all", true);
        assertRefused("/proc/4194304/ns/net", true);
        host.ok("ln", "-s", "nowhere", host.temp() + "/dangling");
        assertRefused(host.temp() + "/dangling", true);
        host.write(host.temp() + "/file", "");
        assertRefused(host.temp() + "/file/below", true);
    }

    @Test
    void theLinkOfADeadProcessIsCalledMissing(Host host) {
        ProcessContainer zombie = host.unreapedProcess("z");
        String path = zombie.netnsPath().toString();
        open(zombie.netnsPath()).close();
        zombie.remove();
        assertRefused(path, true);
    }

    @Test
    void whatIsNoNamespaceIsRefusedAndSaidToBeThere(Host host) {
        Path folder = host.temp();
        host.write(folder + "/file", "");
        host.ok("mkfifo", folder + "/fifo");
        host.ok("ln", "-s", "loop", folder + "/loop");
        assertRefused(folder + "/file", false);
        assertRefused(folder + "/fifo", false);
        assertRefused(folder + "/loop", false);
        assertRefused(folder.toString(), false);
        assertRefused("/dev/null", false);
        assertRefused("/proc/self/status", false);
        assertRefused("/proc/self/ns", false);
        assertRefused(folder + "/" + "x".repeat(300), false);
        assertRefused(folder + "/a\0b", false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mnt", "uts", "ipc", "user", "pid", "cgroup"})
    void namespacesOfOtherTypesAreRefused(String type) {
        assertThatThrownBy(() -> NetworkNamespace.open("/proc/self/ns/" + type))
                .isInstanceOf(NotANamespaceException.class)
                .hasMessage(
                        "open network namespace /proc/self/ns/"
                                + type
                                + ": a namespace, but not of the network");
    }

    @Test
    void whatAnUnmountLeavesIsAPlainFile(Host host) {
        MountedContainer container = host.unshareFile("c1");
        host.ok("umount", container.netns());
        assertRefused(container.netnsPath().toString(), false);
    }

    private static void assertRefused(String path, boolean missing) {
        assertThatThrownBy(() -> NetworkNamespace.open(path).close())
                .isInstanceOfSatisfying(
                        NotANamespaceException.class,
                        e -> {
                            assertThat(e.missing()).as(e.getMessage()).isEqualTo(missing);
                            assertThat(e.path()).isEqualTo(path);
                            assertThat(e)
                                    .hasMessage(
                                            "open network namespace " + path + ": " + e.reason());
                        });
    }

    @Test
    void opensLeaveNoDescriptorBehind(Host host) {
        host.write(host.temp() + "/file", "");
        open(host.netnsPath()).close();
        assertRefused(host.temp() + "/file", false);
        int before = descriptors();
        for (int i = 0; i < 50; i++) {
            try (NetworkNamespace namespace = open(host.netnsPath())) {
                namespace.routeSocket().close();
                namespace.netfilterSocket().close();
            }
            assertRefused(host.temp() + "/file", false);
            assertRefused("/proc/self/ns/mnt", false);
        }
        assertThat(descriptors()).isLessThan(before + 50);
    }

    private static int descriptors() {
        return java.util.Objects.requireNonNull(new java.io.File("/proc/self/fd").list()).length;
    }

    @Test
    void anOpenNamespaceOutlivesItsPath(Host host) {
        MountedContainer container = host.container("c1");
        try (NetworkNamespace namespace = open(container.netnsPath())) {
            container.remove();
            try (NetlinkSocket route = namespace.routeSocket()) {
                assertThat(new Links(route).list()).extracting(Link::name).containsExactly("lo");
            }
        }
    }

    @Test
    void aSocketStaysWhereItWasOpened(Host host) {
        host.ok("ip", "link", "add", "only-here", "type", "bridge");
        try (NetworkNamespace namespace = open(host.netnsPath());
                NetlinkSocket route = namespace.routeSocket()) {
            assertThat(new Links(route).find("only-here")).isPresent();
            new Links(route).add(NewLink.bridge("made-outside"));
        }
        host.ok("ip", "link", "show", "made-outside");
    }

    @Test
    void whateverTheTaskThrowsComesOutUnchanged(Host host) {
        try (NetworkNamespace namespace = open(host.netnsPath())) {
            RuntimeException failure = new IllegalStateException("mine");
            Runnable failing =
                    () -> {
                        throw failure;
                    };
            assertThatThrownBy(() -> namespace.inside(failing)).isSameAs(failure);
            Error error = new AssertionError("mine");
            Runnable worse =
                    () -> {
                        throw error;
                    };
            assertThatThrownBy(() -> namespace.inside(worse)).isSameAs(error);
        }
    }

    @Test
    void anInterruptNeitherEndsTheTaskNorGetsLost(Host host) throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        boolean[] seen = new boolean[2];
        Thread caller =
                new Thread(() -> {
                    try (NetworkNamespace namespace = open(host.netnsPath())) {
                        seen[0] =
                                namespace.inside(() -> {
                                    started.countDown();
                                    return wait(release);
                                });
                    }
                    seen[1] = Thread.currentThread().isInterrupted();
                });
        caller.start();
        started.await();
        caller.interrupt();
        // It takes note of the interrupt and goes on waiting.
        Await.until("wait after the interrupt", () -> !caller.isInterrupted());
        release.countDown();
        caller.join();
        assertThat(seen).containsExactly(true, true);
    }

    private static boolean wait(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    @Test
    void aClosedNamespaceCannotBeUsed(Host host) {
        NetworkNamespace namespace = open(host.netnsPath());
        namespace.close();
        namespace.close();
        assertThatThrownBy(namespace::routeSocket).isInstanceOf(IllegalStateException.class);
    }
}
