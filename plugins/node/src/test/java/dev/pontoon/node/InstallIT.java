package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * scripts/install and scripts/uninstall, with every path inside a temporary folder. The service,
 * which is one for a whole machine, is left to {@link InstalledServiceIT}.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class InstallIT {

    @TempDir private static Path compiled;
    @TempDir private Path temporary;
    private Path prefix;
    private Path binDir;

    @BeforeAll
    static void compile() {
        FakeHome.compile(compiled);
    }

    @BeforeEach
    void name() throws IOException {
        Path node = temporary.toRealPath().resolve("no de");
        prefix = node.resolve("pontoon");
        binDir = node.resolve("cni bin");
    }

    /** A call that never ends fails its own test, and no more than that. */
    @AfterEach
    void endWhatStillRuns() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void installsLinksThatRun() throws IOException {
        Ended ended = install(answering("first"));

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(Files.readSymbolicLink(binDir.resolve("bridge")))
                .isEqualTo(prefix.resolve("bin/bridge"));
        assertThat(answer("bridge")).isEqualTo("first bridge\n");
        assertThat(answer("loopback")).isEqualTo("first loopback\n");
    }

    @Test
    void installingTwiceChangesNothing() throws IOException {
        FakePackage made = answering("first");
        install(made);
        List<String> before = tree();

        Ended again = install(made);

        assertThat(again.status()).isZero();
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void foreignFilesAreNamedAllAtOnceAndNothingChanges() throws IOException {
        foreign("bridge", "other bridge");
        foreign("loopback", "other loopback");
        List<String> before = tree();

        Ended ended = install(answering("first"));

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err())
                .contains(
                        binDir + "/bridge",
                        binDir + "/loopback",
                        "--replace",
                        "nothing was changed");
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void linkToSomethingElseIsForeign() throws IOException {
        Files.createDirectories(binDir);
        Files.createSymbolicLink(binDir.resolve("bridge"), Path.of("/nonexistent"));

        assertThat(install(answering("first")).err()).contains(binDir + "/bridge");
    }

    @Test
    void replacedFilesAreKeptAndPutBack() throws IOException {
        foreign("bridge", "other bridge");
        Files.createSymbolicLink(binDir.resolve("loopback"), Path.of("elsewhere"));

        Ended ended = install(answering("first"), "--replace");

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(answer("bridge")).isEqualTo("first bridge\n");
        assertThat(binDir.resolve("bridge.before-pontoon")).hasContent("other bridge");
        assertThat(Files.readSymbolicLink(binDir.resolve("loopback.before-pontoon")))
                .isEqualTo(Path.of("elsewhere"));

        assertThat(uninstall().status()).isZero();

        assertThat(binDir.resolve("bridge")).hasContent("other bridge");
        assertThat(Files.readSymbolicLink(binDir.resolve("loopback")))
                .isEqualTo(Path.of("elsewhere"));
        assertThat(names(binDir)).containsExactly("bridge", "loopback");
    }

    @Test
    void fileThatIsNotOfOurKeepingIsNeverOverwritten() throws IOException {
        foreign("bridge", "other bridge");
        foreign("bridge.before-pontoon", "somebody's");
        List<String> before = tree();

        Ended ended = install(answering("first"), "--replace");

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains("cannot be kept", binDir + "/bridge");
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void newerFileInPlaceOfOurLinkIsKeptInsteadOfTheOlder() throws IOException {
        foreign("bridge", "other bridge");
        install(answering("first"), "--replace");
        Files.delete(binDir.resolve("bridge"));
        foreign("bridge", "newer bridge");

        assertThat(install(answering("first")).status()).isEqualTo(1);
        assertThat(install(answering("first"), "--replace").status()).isZero();

        assertThat(answer("bridge")).isEqualTo("first bridge\n");
        assertThat(uninstall().status()).isZero();
        assertThat(binDir.resolve("bridge")).hasContent("newer bridge");
    }

    @Test
    void damagedPackageIsRefused() throws IOException {
        FakePackage made = answering("first");
        Files.writeString(made.folder().resolve("lib/pontoon.jar"), "torn");

        Ended ended = install(made);

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains("damaged or incomplete");
        assertThat(prefix).doesNotExist();
    }

    @Test
    void packageThatDoesNotRunHereIsRefused() throws IOException {
        Ended ended = install(create("broken", "echo 'no such machine'; exit 3", "bridge"));

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains("does not run on this machine", "ended with status 3");
        assertThat(prefix).doesNotExist();
        assertThat(binDir).doesNotExist();
    }

    @Test
    void prefixOfSomethingElseIsRefused() throws IOException {
        Files.createDirectories(prefix);
        Files.writeString(prefix.resolve("letter"), "dear");

        Ended ended = install(answering("first"));

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains(prefix + " holds something else");
        assertThat(names(prefix)).containsExactly("letter");
    }

    @Test
    void missingPackageSaysHowToMakeOne() {
        Ended ended = run(Path.of("../../scripts/install"), "--from", temporary.toString());

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains("make one with scripts/package");
    }

    @Test
    void runningCallKeepsItsBuildThroughAnUpgrade() throws IOException {
        String waits =
                "[ \"$CNI_COMMAND\" = VERSION ] || read line; cat \"${0%/runtime*}/lib/pontoon.jar\"";
        install(create("first", waits, "bridge"));
        var builder = new ProcessBuilder(binDir.resolve("bridge").toString());
        builder.environment().put("CNI_COMMAND", "ADD");
        Process call = builder.start();

        assertThat(install(create("second", waits, "bridge")).status()).isZero();

        assertThat(answer("bridge")).isEqualTo("second");
        call.getOutputStream().close();
        assertThat(Ended.of(call)).isEqualTo(new Ended(0, "first", ""));
    }

    @Test
    void upgradesCostNoCall() throws IOException {
        FakePackage[] builds = {answering("first"), answering("second"), answering("third")};
        install(builds[0]);
        var upgrades = CompletableFuture.supplyAsync(() -> installInTurn(builds));
        var answers = CompletableFuture.supplyAsync(() -> answersUntil(upgrades));

        assertThat(isThereUntil(upgrades, binDir.resolve("bridge"))).isTrue();
        assertThat(upgrades.join()).isZero();
        assertThat(answers.join())
                .containsOnly("first bridge\n", "second bridge\n", "third bridge\n");
    }

    @Test
    void onlyTheLastTwoBuildsStay() throws IOException {
        for (String build : List.of("first", "second", "third")) {
            install(answering(build));
        }

        assertThat(names(prefix.resolve("releases"))).containsExactly("second", "third");
    }

    @Test
    void sameBuildWithOtherFilesIsInstalledBesideTheOldOne() throws IOException {
        install(answering("first"));
        Files.writeString(prefix.resolve("releases/first/lib/pontoon.jar"), "torn");

        assertThat(install(answering("first")).status()).isZero();

        assertThat(prefix.resolve("lib/pontoon.jar")).hasContent("first");
    }

    @Test
    void pluginThatTheNewBuildHasNotIsUnlinked() throws IOException {
        foreign("loopback", "other loopback");
        install(answering("first"), "--replace");

        install(create("second", "exit 0", "bridge"));

        assertThat(names(binDir)).containsExactly("bridge", "loopback");
        assertThat(binDir.resolve("loopback")).hasContent("other loopback");
    }

    @Test
    void uninstallLeavesNothing() throws IOException {
        install(answering("first"));

        Ended ended = run(prefix.resolve("current/uninstall"));

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out()).contains("/var/lib/cni/networks", "/run/pontoon", "left alone");
        assertThat(prefix).doesNotExist();
        assertThat(names(binDir)).isEmpty();
    }

    @Test
    void uninstallLeavesWhatHasReplacedItsLink() throws IOException {
        install(answering("first"));
        Files.delete(binDir.resolve("bridge"));
        foreign("bridge", "newer bridge");

        Ended ended = uninstall();

        assertThat(ended.out()).contains("leave " + binDir + "/bridge");
        assertThat(binDir.resolve("bridge")).hasContent("newer bridge");
        assertThat(prefix).doesNotExist();
    }

    @Test
    void twoFoldersOfPluginsAreServedUntilTheLastIsLeft() throws IOException {
        Path second = temporary.toRealPath().resolve("second");
        FakePackage made = answering("first");
        install(made);
        assertThat(install(made, "--bin-dir", second.toString()).status()).isZero();

        assertThat(uninstall("--bin-dir", binDir.toString()).status()).isZero();
        assertThat(names(binDir)).isEmpty();
        assertThat(second.resolve("bridge")).exists();

        assertThat(uninstall().status()).isZero();
        assertThat(names(second)).isEmpty();
        assertThat(prefix).doesNotExist();
    }

    @Test
    void uninstallWaitsForRunningCalls() throws IOException {
        install(
                create(
                        "first",
                        "[ \"$CNI_COMMAND\" = VERSION ] || read line; cat \"$0\"",
                        "bridge"));
        var builder = new ProcessBuilder(binDir.resolve("bridge").toString());
        builder.environment().put("CNI_COMMAND", "ADD");
        Process call = builder.start();
        Process uninstall =
                new ProcessBuilder(prefix.resolve("current/uninstall").toString()).start();
        String line;
        try (var out = uninstall.inputReader()) {
            do {
                line = out.readLine();
            } while (line != null && !line.contains("wait for the calls"));
            assertThat(line).isNotNull();

            call.getOutputStream().close();
            assertThat(Ended.of(call).status()).isZero();
            assertThat(uninstall.onExit().join().exitValue()).isZero();
        }
        assertThat(prefix).doesNotExist();
    }

    @Test
    void uninstallWithoutAnInstallationSaysSo() {
        Ended ended = run(Path.of("../../scripts/uninstall"), "--prefix", prefix.toString());

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err()).contains("not installed in " + prefix);
    }

    @Test
    void realPackageUsesItsCacheWhereItIsInstalled() throws IOException {
        String dist = System.getProperty("pontoon.dist");
        assumeTrue(dist != null, "needs: -Dpontoon.dist, the folder that scripts/package made");
        assertThat(install(new FakePackage(Path.of(dist))).status()).isZero();

        Path launcher = prefix.resolve("lib/launcher").toRealPath();
        String build = Files.readString(prefix.resolve("lib/build-id")).strip();
        List<String> command =
                new ArrayList<>(
                        Ended.run(new ProcessBuilder(launcher.toString(), "--java-command"))
                                .out()
                                .lines()
                                .toList());
        command.add("-XX:AOTCache=" + launcher.resolveSibling("pontoon-" + build + ".aot"));
        command.addAll(List.of("-XX:AOTMode=on", "dev.pontoon.node.Main", "--list"));
        Ended ended = Ended.run(new ProcessBuilder(command));

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out().lines()).contains("loopback");
    }

    /** A package whose plugins answer with its name and theirs. */
    private FakePackage answering(String build) throws IOException {
        return create(
                build,
                "for plugin; do :; done; echo \"" + build + " $plugin\"",
                "bridge",
                "loopback");
    }

    private FakePackage create(String build, String java, String... plugins) throws IOException {
        Path folder = Files.createTempDirectory(temporary, "package").resolve("dist");
        return FakePackage.create(
                folder,
                compiled.resolve("launcher-binary"),
                build.replace(' ', '-'),
                java,
                plugins);
    }

    private int installInTurn(FakePackage[] builds) {
        int failures = 0;
        for (int round = 0; round < 8; round++) {
            failures += install(builds[(round + 1) % builds.length]).status();
        }
        return failures;
    }

    private List<String> answersUntil(CompletableFuture<Integer> end) {
        List<String> answers = new ArrayList<>();
        do {
            answers.add(answer("bridge"));
        } while (!end.isDone());
        return answers;
    }

    /** Looks all the time: what is removed and made again is missing for less than a call takes. */
    private static boolean isThereUntil(CompletableFuture<Integer> end, Path file) {
        boolean there = true;
        while (!end.isDone()) {
            there &= Files.exists(file);
        }
        return there;
    }

    private Ended install(FakePackage made, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--no-service"));
        arguments.addAll(List.of("--prefix", prefix.toString()));
        arguments.addAll(List.of("--bin-dir", binDir.toString()));
        arguments.addAll(Arrays.asList(more));
        return run(made.folder().resolve("install"), arguments.toArray(String[]::new));
    }

    private Ended uninstall(String... more) {
        return run(prefix.resolve("current/uninstall"), more);
    }

    private static Ended run(Path script, String... arguments) {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(Arrays.asList(arguments));
        return Ended.run(new ProcessBuilder(command));
    }

    private String answer(String plugin) {
        var builder = new ProcessBuilder(binDir.resolve(plugin).toString());
        builder.environment().put("CNI_COMMAND", "VERSION");
        Ended ended = Ended.run(builder);
        return ended.status() == 0 ? ended.out() : ended.toString();
    }

    private void foreign(String name, String content) throws IOException {
        Files.createDirectories(binDir);
        Files.writeString(binDir.resolve(name), content);
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /**
     * Every path under the node's folders, with what a link points to and when a file was last
     * changed.
     */
    private List<String> tree() throws IOException {
        List<String> seen = new ArrayList<>();
        try (Stream<Path> files = Files.walk(prefix.getParent())) {
            for (Path file :
                    files.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
                            .sorted()
                            .toList()) {
                seen.add(
                        file
                                + " "
                                + (Files.isSymbolicLink(file)
                                        ? Files.readSymbolicLink(file)
                                        : Files.size(file)));
            }
        }
        return seen;
    }
}
