package dev.pontoon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However a run ends, this machine is as it was. */
@Tag("kernel")
class InterruptionIT {

    private static final Path RUNS = Path.of("/run/cni-conformance");

    @TempDir private Path plugins;

    @BeforeEach
    void install() {
        Fakes.installGood(plugins);
    }

    @Test
    void nothingIsLeftAfterCtrlC() throws Exception {
        Process harness = start("run", "--plugins", plugins.toString(), "--type", "bridge");
        List<ProcessHandle> hosts = hostsOf(harness);
        signal("INT", harness);
        assertThat(harness.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(folderOf(harness)).isNull();
        assertThat(hosts).noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void cleanRemovesWhatAKilledHarnessLeft() throws Exception {
        Process harness = start("run", "--plugins", plugins.toString(), "--type", "bridge");
        List<ProcessHandle> hosts = hostsOf(harness);
        harness.destroyForcibly().waitFor();
        await(() -> hosts.stream().noneMatch(ProcessHandle::isAlive), "the hosts to end");
        assertThat(folderOf(harness)).isNotNull();
        Process clean = start("clean");
        assertThat(clean.waitFor()).isZero();
        assertThat(folderOf(harness)).isNull();
        assertThat(controlGroupsOf(harness)).isEmpty();
    }

    @Test
    void cleanLeavesARunThatGoesOnAlone() throws Exception {
        Process harness = start("run", "--plugins", plugins.toString(), "--type", "bridge");
        List<ProcessHandle> hosts = hostsOf(harness);
        assertThat(start("clean").waitFor()).isZero();
        assertThat(folderOf(harness)).isNotNull();
        assertThat(hosts).isNotEmpty();
        signal("INT", harness);
        assertThat(harness.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    private static Process start(String... arguments) throws IOException {
        var line =
                new java.util.ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-cp",
                                System.getProperty("java.class.path"),
                                "dev.pontoon.conformance.Main"));
        line.addAll(List.of(arguments));
        return new ProcessBuilder(line)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Waits until the harness has hosts, and returns what holds them. */
    private static List<ProcessHandle> hostsOf(Process harness) {
        await(() -> hosts(harness).size() >= 2, "the harness to make hosts");
        return hosts(harness);
    }

    private static List<ProcessHandle> hosts(Process harness) {
        return harness.descendants()
                .filter(one -> one.info().command().orElse("").endsWith("/unshare"))
                .flatMap(ProcessHandle::children)
                .toList();
    }

    private static Path folderOf(Process harness) throws IOException {
        if (!Files.isDirectory(RUNS)) {
            return null;
        }
        try (Stream<Path> all = Files.list(RUNS)) {
            return all.filter(one -> one.getFileName().toString().startsWith(harness.pid() + "-"))
                    .findFirst()
                    .orElse(null);
        }
    }

    private static List<Path> controlGroupsOf(Process harness) throws IOException {
        try (Stream<Path> all = Files.walk(Path.of("/sys/fs/cgroup"), 2)) {
            return all.filter(one ->
                            one.getFileName()
                                    .toString()
                                    .startsWith("cni-conformance-" + harness.pid() + "-"))
                    .toList();
        }
    }

    private static void signal(String name, Process process) throws Exception {
        new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor();
    }

    private static void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waiting for %s", what).isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }
}
