package dev.pontoon.conformance.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.RunFolder;
import dev.pontoon.conformance.host.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every builder does what its shape says; looked at with ip(8), stat(1) and readlink(1). */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BuildersIT {

    /** What a program that runs where plugins run finds at DEL's path. */
    private static final Map<String, String> AT_DEL =
            Map.ofEntries(
                    Map.entry("ip-netns", "live"),
                    Map.entry("unshare-file", "live"),
                    Map.entry("own-thread", "live"),
                    Map.entry("runc-gap", "gone"),
                    Map.entry("runc-path", "live"),
                    Map.entry("runc-hooks", "empty"),
                    Map.entry("docker-steps", "plain"),
                    Map.entry("crun-gap", "gone"),
                    Map.entry("runc-userns", "gone"),
                    Map.entry("pinns", "live"),
                    Map.entry("pinns-userns", "live"),
                    Map.entry("dead-plain-file", "plain"),
                    Map.entry("dead-zombie", "dangling"),
                    Map.entry("dead-reused-pid", "host"),
                    Map.entry("dead-other-container", "live"),
                    Map.entry("dead-mount-namespace", "plain"));

    private static final String LOOK =
            """
            if [ -z "$0" ]; then echo empty
            elif [ "$(stat -L -f -c %T "$0" 2>&1)" = nsfs ]; then
                if [ "$(stat -L -c %i "$0")" = "$(stat -L -c %i /proc/1/ns/net)" ]; then echo host
                else echo live; fi
            elif [ -f "$0" ] && [ ! -s "$0" ]; then echo plain
            elif readlink "$0" > /dev/null; then echo odd
            elif [ -L "$0" ]; then echo dangling
            else echo gone
            fi
            """;

    private final RunFolder run = RunFolder.create();
    private final Map<String, Optional<String>> missing = new HashMap<>();

    @AfterAll
    void end() throws IOException {
        run.close();
        assertThat(controlGroups()).isEmpty();
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
            Snapshot before = host.snapshot();
            for (int round = 0; round < 2; round++) {
                try (Container container = workshop.build("c1")) {
                    live(host, container, id);
                }
                assertThat(host.snapshot().since(before).lines()).isEmpty();
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ids")
    void nothingOfAContainerRemains(String id) {
        NamespaceBuilder builder = existing(id);
        try (Host host = Host.create(run)) {
            List<String> processes = processes(host);
            List<String> mounts = mounts(host);
            try (var workshop = builder.open(host)) {
                Container container = workshop.build("c1");
                container.close();
                container.close();
                try (Container destroyed = workshop.build("c2")) {
                    destroyed.destroy();
                    assertThat(isNamespace(destroyed) && !destroyed.isHostsOwn()).isFalse();
                }
                try (Container unstarted = workshop.build("c3")) {
                    unstarted.stop();
                }
            }
            assertThat(processes(host)).isEqualTo(processes);
            assertThat(mounts(host)).isEqualTo(mounts);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ids")
    void severalContainersHaveNamespacesOfTheirOwn(String id) {
        NamespaceBuilder builder = existing(id);
        try (Host host = Host.create(run);
                var workshop = builder.open(host);
                Container one = workshop.build("one");
                Container other = workshop.build("other")) {
            if (!one.isHostsOwn()) {
                assertThat(inode(one)).isNotEqualTo(inode(other));
            }
            assertThat(one.id()).isNotEqualTo(other.id());
            one.start();
            one.stop();
            assertThat(isNamespace(other)).isTrue();
        }
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

    @Test
    void pluginsInHooksDescendFromTheRuntime() {
        NamespaceBuilder builder = existing("runc-hooks");
        try (Host host = Host.create(run);
                var workshop = builder.open(host);
                Container container = workshop.build("c1")) {
            assertThat(ancestors(container)).contains("runc");
            container.start();
            assertThat(ancestors(container)).doesNotContain("runc");
            container.stop();
            assertThat(ancestors(container)).contains("runc");
        }
    }

    private static List<String> ancestors(Container container) {
        String script =
                """
                p=$$
                while [ "$p" -gt 1 ]; do
                    cat /proc/$p/comm
                    p=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$p/status)
                done
                """;
        return container
                .place()
                .run(Invocation.tool(List.of("/bin/sh", "-c", script)))
                .out()
                .lines()
                .toList();
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

    private static void live(Host host, Container container, String id) {
        assertThat(isNamespace(container)).isTrue();
        String hosts = host.ok("stat", "-L", "-c", "%i", "/proc/1/ns/net").strip();
        assertThat(inode(container).equals(hosts)).isEqualTo(container.isHostsOwn());
        assertThat(container.enter(List.of("ip", "-j", "link")).out()).contains("\"lo\"");
        assertThat(plugin(container, container.netns())).isEqualTo("0");
        container.start();
        assertThat(container.enter(List.of("ip", "-j", "link")).exit()).isZero();
        if (container.stopsBeforeDel()) {
            container.stop();
            atDel(host, container, id);
        } else {
            atDel(host, container, id);
            container.stop();
        }
    }

    /** Runs something where plugins run, which says how well it can read what a path leads to. */
    private static String plugin(Container container, String path) {
        Output output =
                container
                        .place()
                        .run(
                                Invocation.tool(
                                        List.of(
                                                "/bin/sh",
                                                "-c",
                                                "nsenter --net=\"$0\" true 2> /dev/null; echo $?",
                                                path)));
        assertThat(output.exit()).as(output.err()).isZero();
        return output.out().strip();
    }

    private static void atDel(Host host, Container container, String id) {
        String path = container.netnsAtDel();
        String seen =
                container
                        .place()
                        .run(Invocation.tool(List.of("/bin/sh", "-c", LOOK, path)))
                        .out()
                        .strip();
        assertThat(seen).isEqualTo(AT_DEL.getOrDefault(id, seen));
        assertThat(container.strangersNetns().isPresent())
                .isEqualTo(id.equals("dead-other-container"));
        container
                .strangersNetns()
                .ifPresent(stranger ->
                        assertThat(host.snapshotOf(stranger).things()).containsKey("link eth0"));
    }

    private static List<String> processes(Host host) {
        return host.ok("ps", "-eo", "pid,args").lines().filter(l -> !l.contains("ps -eo")).toList();
    }

    private static List<String> mounts(Host host) {
        // ip(8) makes that folder a mount of its own, once and for good.
        return host.read("/proc/1/mountinfo")
                .lines()
                .filter(line -> !line.contains(" /run/netns rw"))
                .toList();
    }

    private static boolean isNamespace(Container container) {
        return stat(container, "-f", "%T").equals("nsfs");
    }

    private static String inode(Container container) {
        return stat(container, "-L", "%i");
    }

    /** Where plugins run: the path is what it is there. */
    private static String stat(Container container, String option, String format) {
        return container
                .place()
                .run(
                        Invocation.tool(
                                List.of(
                                        "/usr/bin/stat",
                                        "-L",
                                        option,
                                        "-c",
                                        format,
                                        container.netns())))
                .out()
                .strip();
    }

    private List<Path> controlGroups() throws IOException {
        List<Path> found = new ArrayList<>();
        try (var all = Files.newDirectoryStream(Path.of("/sys/fs/cgroup"))) {
            for (Path controller : all) {
                Path ours = controller.resolve(run.name());
                if (Files.exists(ours)) {
                    found.add(ours);
                }
            }
        }
        return found;
    }
}
