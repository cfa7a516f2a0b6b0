package dev.pontoon.conformance.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.RunFolder;
import dev.pontoon.conformance.host.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Daemons and runtimes build what their shapes say, and leave nothing; looked at with ip and stat.
 */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RuntimeBuildersIT {

    /** What a plugin finds at DEL's path, after the container has been stopped. */
    private static final Map<String, String> AT_DEL =
            Map.ofEntries(
                    Map.entry("docker-none", "plain"),
                    Map.entry("docker-pid", "gone"),
                    Map.entry("docker-host", "own"),
                    Map.entry("docker-container", "live"),
                    Map.entry("docker-userns", "plain"),
                    Map.entry("containerd-cri", "live"),
                    Map.entry("ctr", "empty"),
                    Map.entry("podman", "live"),
                    Map.entry("podman-none", "gone"),
                    Map.entry("podman-ns", "live"),
                    Map.entry("kind-node", "live"));

    private static final String LOOK =
            """
            if [ -z "$0" ]; then echo empty
            elif [ "$(stat -L -f -c %T "$0" 2>&1)" = nsfs ]; then
                if [ "$(stat -L -c %i "$0")" = "$(stat -L -c %i /proc/self/ns/net)" ]; then echo own
                else echo live; fi
            elif [ -f "$0" ]; then echo plain
            else echo gone
            fi
            """;

    private static final String ANCESTORS =
            """
            p=$$
            while [ "$p" -gt 1 ]; do
                cat "/proc/$p/comm"
                p=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$p/status")
            done
            """;

    private final RunFolder run = RunFolder.create();
    private final Map<String, Optional<String>> missing = new HashMap<>();

    @AfterAll
    void end() {
        run.close();
        assertThat(Files.exists(Path.of("/sys/fs/cgroup/pids", run.name()))).isFalse();
    }

    static Stream<String> ids() {
        return Builders.all().stream().map(NamespaceBuilder::id).filter(AT_DEL::containsKey);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ids")
    void aContainerLivesAsItsShapeSays(String id) {
        NamespaceBuilder builder = existing(id);
        try (Host host = Host.create(run);
                var workshop = builder.open(host)) {
            Host machine = workshop.node().orElse(host);
            Snapshot before = machine.snapshot();
            for (int round = 0; round < 2; round++) {
                try (Container container = workshop.build("c1")) {
                    assertThat(machine.snapshot().since(before).lines()).isEmpty();
                    live(machine, container, id);
                }
                assertThat(machine.snapshot().since(before).lines()).isEmpty();
            }
        }
    }

    private static void live(Host machine, Container container, String id) {
        boolean own = container.isHostsOwn();
        assertThat(own).isEqualTo(id.equals("docker-host"));
        assertThat(look(container, container.netns())).isEqualTo(own ? "own" : "live");
        String plain = machine.ok("readlink", "/proc/self/ns/net");
        assertThat(container.enter(List.of("readlink", "/proc/self/ns/net")).out().equals(plain))
                .isEqualTo(own);
        container.start();
        assertThat(container.enter(List.of("ip", "-j", "link")).out()).contains("\"lo\"");
        assertThat(container.stopsBeforeDel()).isTrue();
        container.stop();
        assertThat(look(container, container.netnsAtDel())).isEqualTo(AT_DEL.get(id));
    }

    private static String look(Container container, String path) {
        var tool = Invocation.tool(List.of("/bin/sh", "-c", LOOK, path));
        return container.place().run(tool).out().strip();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ids")
    void nothingOfAContainerRemains(String id) {
        NamespaceBuilder builder = existing(id);
        try (Host host = Host.create(run)) {
            Snapshot before = host.snapshot();
            List<String> processes = processes(host);
            List<String> mounts = mounts(host);
            try (var workshop = builder.open(host)) {
                Container container = workshop.build("c1");
                container.close();
                container.close();
                destroyAndClose(workshop, id);
                try (Container unstarted = workshop.build("c3")) {
                    unstarted.stop();
                }
            }
            assertThat(processes(host)).isEqualTo(processes);
            assertThat(mounts(host)).isEqualTo(mounts);
            // A folder of the machine that was changed and is as before stays in the host's layer;
            // podman has one cache for all, wherever it is told to keep containers.
            assertThat(host.snapshot().since(before).lines())
                    .allMatch(line ->
                            line.startsWith("+ folder /opt ")
                                    || line.contains(" /var/lib/containers"));
        }
    }

    private static void destroyAndClose(NamespaceBuilder.Workshop workshop, String id) {
        try (Container destroyed = workshop.build("c2")) {
            destroyed.start();
            destroyed.destroy();
            if (!destroyed.isHostsOwn()) {
                assertThat(look(destroyed, destroyed.netns())).as(id).isEqualTo("gone");
            }
            destroyed.stop();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ids")
    void severalContainersAtOnceDoNotMeet(String id) {
        NamespaceBuilder builder = existing(id);
        try (Host host = Host.create(run);
                var workshop = builder.open(host);
                Container one = workshop.build("one");
                Container other = workshop.build("other")) {
            assertThat(one.id()).isNotEqualTo(other.id());
            assertThat(inode(one).equals(inode(other))).isEqualTo(one.isHostsOwn());
            one.start();
            one.stop();
            assertThat(look(other, other.netns())).isIn("live", "own");
            other.start();
        }
    }

    private static String inode(Container container) {
        return container.enter(List.of("readlink", "/proc/self/ns/net")).out();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ids")
    void theOwnerIsWhoTheShapeSays(String id) {
        NamespaceBuilder builder = existing(id);
        try (Host host = Host.create(run);
                var workshop = builder.open(host);
                Container container = workshop.build("c1")) {
            // Sysctls of a namespace belong to the root user of its owner.
            String user =
                    container
                            .enter(List.of("stat", "-c", "%u", "/proc/sys/net/ipv4/ip_forward"))
                            .out()
                            .strip();
            assertThat(user.equals("0") ? "the host's" : "the container's")
                    .isEqualTo(builder.shape().owner());
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"containerd-cri", "ctr", "podman", "kind-node"})
    void pluginsDescendFromTheRuntime(String id) {
        NamespaceBuilder builder = existing(id);
        String runtime = Map.of("ctr", "ctr", "podman", "podman").getOrDefault(id, "containerd");
        try (Host host = Host.create(run);
                var workshop = builder.open(host);
                Container container = workshop.build("c1")) {
            assertThat(ancestors(container)).contains(runtime);
            container.start();
            assertThat(ancestors(container)).doesNotContain(runtime);
            container.stop();
            assertThat(ancestors(container)).contains(runtime);
        }
    }

    private static List<String> ancestors(Container container) {
        var tool = Invocation.tool(List.of("/bin/sh", "-c", ANCESTORS));
        return container.place().run(tool).out().lines().toList();
    }

    private NamespaceBuilder existing(String id) {
        NamespaceBuilder builder = Builders.named(id).orElseThrow();
        Optional<String> reason = missing.computeIfAbsent(id, _ -> missing(builder));
        assumeTrue(reason.isEmpty(), () -> id + ": " + reason.orElse(""));
        return builder;
    }

    private Optional<String> missing(NamespaceBuilder builder) {
        try (Host host = Host.create(run)) {
            return builder.missing(host);
        }
    }

    private static List<String> processes(Host host) {
        return host.ok("ps", "-eo", "pid,args").lines().filter(l -> !l.contains("ps -eo")).toList();
    }

    private static List<String> mounts(Host host) {
        // Who pins the first namespace makes that folder a mount of its own, once and for good.
        return host.read("/proc/1/mountinfo")
                .lines()
                .filter(line -> !line.contains(" /run/netns rw"))
                .toList();
    }
}
