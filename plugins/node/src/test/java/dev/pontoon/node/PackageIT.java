package dev.pontoon.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The folder that scripts/package makes, used the way a runtime and an administrator use it. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PackageIT {

    private static final Path PACKAGE =
            Path.of("../../scripts/package").toAbsolutePath().normalize();

    /**
     * A configuration of 10 MB of small objects, which is the most expensive kind to hold in
     * memory.
     */
    private static final String HUGE =
            "{\"cniVersion\":\"9.9.9\",\"name\":\"n\",\"type\":\"loopback\",\"args\":["
                    + "{\"src\":\"10.0.0.0/24\",\"gw\":\"10.1.1.1\"},".repeat(250_000)
                    + "{}]}";

    private Path dist;

    @BeforeEach
    void find() {
        String folder = System.getProperty("pontoon.dist");
        assumeTrue(folder != null, "needs: -Dpontoon.dist, the folder that scripts/package made");
        dist = Path.of(folder);
    }

    /** A call that never ends fails its own test, and no more than that. */
    @AfterEach
    void endWhatStillRuns() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void everyPluginIsALinkToTheOneLauncher() throws IOException {
        List<Path> plugins = files("bin");

        assertThat(plugins)
                .extracting(Path::getFileName)
                .extracting(Path::toString)
                .contains("bridge", "host-local");
        for (Path plugin : plugins) {
            assertThat(Files.readSymbolicLink(plugin)).isEqualTo(Path.of("../lib/launcher"));
        }
    }

    @Test
    void everyPluginAnswersWithNothingInItsEnvironment() throws IOException {
        for (Path plugin : files("bin")) {
            Ended ended = Ended.run(call(Map.of("CNI_COMMAND", "VERSION"), plugin));

            assertThat(ended.status()).as("%s: %s", plugin, ended).isZero();
            assertThat(ended.err()).isEmpty();
            assertThat(json(ended.out()).path("supportedVersions")).hasSizeGreaterThan(3);
        }
    }

    @Test
    void optionsForAnotherJavaChangeNothing() {
        var environment =
                Map.of(
                        "CNI_COMMAND",
                        "VERSION",
                        "JAVA_TOOL_OPTIONS",
                        "-Xbad",
                        "JDK_JAVA_OPTIONS",
                        "-Xbad");

        assertThat(Ended.run(call(environment, loopback())).status()).isZero();
    }

    @Test
    void classesComeFromTheCacheOfThisBuild() throws IOException {
        List<String> command = new ArrayList<>(javaCommand());
        command.addAll(
                List.of("-XX:AOTMode=on", "-XX:AOTCache=" + cache(), "-Xlog:class+load:stderr"));
        command.addAll(List.of("dev.pontoon.node.Main", "loopback"));

        Ended ended =
                Ended.run(call(Map.of("CNI_COMMAND", "VERSION"), command.toArray(String[]::new)));

        assertThat(ended.status()).as(ended.err()).isZero();
        List<String> ours =
                ended.err().lines().filter(line -> line.contains(" dev.pontoon.")).toList();
        assertThat(ours).isNotEmpty().allMatch(line -> line.contains("shared objects file"));
    }

    @Test
    void launcherGivesJavaTheCache() throws IOException {
        Process process = unfinishedCall();
        try {
            Path maps = Path.of("/proc", Long.toString(javaOf(process).pid()), "maps");
            Await.until(
                    "the cache in " + maps,
                    () -> read(maps),
                    text -> text.contains(cache().toString()));
        } finally {
            process.getOutputStream().close();
        }
        Ended.of(process);
    }

    @Test
    void brokenDownJavaIsOneErrorDocument() throws IOException {
        Process process = unfinishedCall();
        ProcessHandle java = javaOf(process);
        Path maps = Path.of("/proc", Long.toString(java.pid()), "maps");
        Await.until(
                "the jar or the cache",
                () -> read(maps),
                text -> text.contains("pontoon.jar") || text.contains(".aot"));

        Ended.run(new ProcessBuilder("kill", "-SEGV", Long.toString(java.pid())));

        Ended ended = Ended.of(process);
        assertThat(ended.status()).isEqualTo(1);
        assertThat(json(ended.out()).path("code").asInt()).isEqualTo(999);
    }

    @Test
    void hugeConfigurationIsRead() throws IOException {
        Process process = attachment().start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(HUGE.getBytes(UTF_8));
        }

        Ended ended = Ended.of(process);

        assertThat(ended.status()).isEqualTo(1);
        assertThat(json(ended.out()).path("code").asInt()).as(ended.out()).isEqualTo(1);
    }

    @Test
    void nothingIsMissingOrDamaged() {
        var check =
                new ProcessBuilder("sha256sum", "--quiet", "-c", "lib/SHA256SUMS")
                        .directory(dist.toFile());

        assertThat(Ended.run(check)).isEqualTo(new Ended(0, "", ""));
    }

    @Test
    void completionForBashKnowsTheCommands() {
        var bash =
                new ProcessBuilder(
                        "bash",
                        "-c",
                        ". \"$1\"; COMP_WORDS=(pontoon gc --de); COMP_CWORD=2; _complete_pontoon; echo ${COMPREPLY[@]}",
                        "bash",
                        dist.resolve("share/bash-completion/completions/pontoon").toString());

        assertThat(Ended.run(bash).out()).isEqualTo("--dead\n");
    }

    @Test
    void everyCommandHasAManualPage() throws IOException {
        assertThat(files("share/man/man1"))
                .extracting(Path::getFileName)
                .extracting(Path::toString)
                .contains("pontoon.1", "pontoon-gc.1", "pontoon-service-start.1");
    }

    @Test
    void sameJarMakesTheSameFiles(@TempDir Path folder) throws IOException {
        Path again = Files.createDirectory(folder.resolve("elsewhere")).resolve("again");

        Ended ended = packageInto(again, dist.resolveSibling("pontoon.jar"));

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(sumsWithoutCache(again))
                .hasSizeGreaterThan(30)
                .isEqualTo(sumsWithoutCache(dist));
        assertThat(again.getParent())
                .isDirectoryNotContaining("glob:**.new*")
                .isDirectoryNotContaining("glob:**.old*");
    }

    /**
     * Threads of the training may meet in another order, and the cache is in the order they met.
     */
    private static List<String> sumsWithoutCache(Path dist) throws IOException {
        return Files.readAllLines(dist.resolve("lib/SHA256SUMS")).stream()
                .filter(line -> !line.endsWith(".aot"))
                .toList();
    }

    @Test
    void failedPackagingLeavesTheLastOne(@TempDir Path folder) throws IOException {
        Path lib = Files.createDirectories(folder.resolve("dist/lib"));
        Files.writeString(lib.resolve("build-id"), "last");
        Path jar = Files.writeString(folder.resolve("broken.jar"), "no jar");

        Ended ended = packageInto(folder.resolve("dist"), jar);

        assertThat(ended.status()).isNotZero();
        assertThat(lib.resolve("build-id")).hasContent("last");
        assertThat(folder).isDirectoryNotContaining("glob:**.new*");
    }

    @Test
    void folderOfSomethingElseIsRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("letter"), "dear");

        Ended ended = packageInto(folder, dist.resolveSibling("pontoon.jar"));

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains(folder + " holds something else");
        assertThat(file).hasContent("dear");
    }

    private static Ended packageInto(Path folder, Path jar) {
        return Ended.run(
                new ProcessBuilder(PACKAGE.toString(), "--jar", jar.toString(), folder.toString()));
    }

    private Path loopback() {
        return dist.resolve("bin/loopback");
    }

    private Path cache() {
        return dist.resolve("lib/pontoon-" + read(dist.resolve("lib/build-id")).strip() + ".aot");
    }

    private List<Path> files(String folder) throws IOException {
        try (Stream<Path> files = Files.list(dist.resolve(folder))) {
            return files.sorted().toList();
        }
    }

    private List<String> javaCommand() {
        Ended ended =
                Ended.run(
                        call(Map.of(), dist.resolve("lib/launcher").toString(), "--java-command"));
        return ended.out().lines().toList();
    }

    /** A CHECK, which could do no harm even if it went further than to read its configuration. */
    private ProcessBuilder attachment() {
        var environment =
                Map.of(
                        "CNI_COMMAND", "CHECK",
                        "CNI_CONTAINERID", "c1",
                        "CNI_IFNAME", "eth0",
                        "CNI_NETNS", "/nonexistent",
                        "CNI_PATH", dist.resolve("bin").toString());
        return call(environment, loopback());
    }

    /** A call that waits for the rest of its configuration. */
    private Process unfinishedCall() throws IOException {
        Process process = attachment().start();
        process.getOutputStream().write('{');
        process.getOutputStream().flush();
        return process;
    }

    private static ProcessHandle javaOf(Process launcher) {
        return Await.until(
                        "Java", () -> launcher.children().toList(), children -> !children.isEmpty())
                .getFirst();
    }

    private static ProcessBuilder call(Map<String, String> environment, Path program) {
        return call(environment, program.toString());
    }

    private static ProcessBuilder call(Map<String, String> environment, String... command) {
        var builder = new ProcessBuilder(Arrays.asList(command));
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text);
    }
}
