package dev.pontoon.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher with a script in Java's place: what Java is given, and what the caller gets back.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LauncherIT {

    /**
     * Waits for a signal, then answers as Java does after a roll-back: with a command to be filled
     * in.
     */
    private static final String ROLLS_BACK =
            """
            undo() { kill $!; %s; exit 10; }
            trap 'undo TERM' TERM
            trap 'undo INT' INT
            trap 'undo HUP' HUP
            sleep 60 &
            echo ready >&2
            wait $!
            """;

    @TempDir private static Path compiled;
    @TempDir private Path folder;
    private FakeHome home;

    @BeforeAll
    static void compile() {
        FakeHome.compile(compiled);
    }

    @BeforeEach
    void create() throws IOException {
        home = FakeHome.create(folder.resolve("pontoon"), compiled.resolve("launcher-binary"));
    }

    /** A call that never ends fails its own test, and no more than that. */
    @AfterEach
    void endWhatStillRuns() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void javaIsToldTheJarTheHomeAndThePlugin() throws IOException {
        assertThat(Ended.run(home.call())).isEqualTo(new Ended(0, "", ""));

        String prefix = home.folder().toString();
        assertThat(home.javaArguments())
                .contains("-Dpontoon.home=" + prefix)
                .contains("-Dpontoon.launcher=" + prefix + "/lib/launcher")
                .contains("-Djna.boot.library.path=" + prefix + "/lib")
                .containsSequence("-cp", prefix + "/lib/pontoon.jar")
                .endsWith("dev.pontoon.node.Main", "bridge")
                .doesNotContain("-Xrs");
    }

    @Test
    void linkFromAnywhereLeadsToTheHomeAndNamesThePlugin() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("ptp"), home.plugin());

        assertThat(Ended.run(home.call(Map.of(), link.toString())).status()).isZero();

        assertThat(home.javaArguments())
                .endsWith("ptp")
                .contains("-Dpontoon.home=" + home.folder());
    }

    @Test
    void aotCacheOfThisBuildIsUsedAndNoOther() throws IOException {
        String ours = home.folder() + "/lib/pontoon-" + FakeHome.BUILD + ".aot";
        Files.writeString(home.folder().resolve("lib/pontoon-old.aot"), "");
        Files.writeString(Path.of(ours), "");

        Ended.run(home.call());

        assertThat(home.javaArguments())
                .contains("-XX:AOTCache=" + ours)
                .noneMatch(argument -> argument.contains("pontoon-old"));
    }

    @Test
    void missingAotCacheIsNoError() throws IOException {
        assertThat(Ended.run(home.call()).status()).isZero();

        assertThat(home.javaArguments()).noneMatch(argument -> argument.contains("AOT"));
    }

    @Test
    void variablesThatJavaObeysAreDroppedAndOthersKept() throws IOException {
        var environment =
                Map.of(
                        "JAVA_TOOL_OPTIONS", "-Xint",
                        "JDK_JAVA_OPTIONS", "-Xint",
                        "_JAVA_OPTIONS", "-Xint",
                        "CNI_COMMAND", "ADD",
                        "TRACEPARENT", "00-1");

        Ended.run(home.call(environment, home.plugin().toString()));

        assertThat(home.javaEnvironment())
                .contains("CNI_COMMAND=ADD", "TRACEPARENT=00-1", "LC_ALL=C.UTF-8")
                .noneMatch(line -> line.contains("Xint"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "POSIX", "de_DE.UTF-8"})
    void localeOfTheCallerIsHandedOver(String locale) throws IOException {
        Ended.run(home.call(Map.of("LC_ALL", locale), home.plugin().toString()));

        assertThat(home.javaEnvironment()).contains("LC_ALL=C.UTF-8");
        assertThat(home.javaArguments()).contains("-Dpontoon.lc_all=" + locale);
    }

    @Test
    void absentLocaleIsHandedOverAsAbsent() throws IOException {
        Ended.run(home.call());

        assertThat(home.javaEnvironment()).contains("LC_ALL=C.UTF-8");
        assertThat(home.javaArguments()).noneMatch(argument -> argument.contains("lc_all"));
    }

    @Test
    void standardStreamsAreJavas() throws IOException {
        home.javaDoes("cat; echo log >&2");
        Process process = home.call().start();
        try (var stdin = process.getOutputStream()) {
            stdin.write("{\"name\":\"n\"}".getBytes(UTF_8));
        }

        assertThat(Ended.of(process)).isEqualTo(new Ended(0, "{\"name\":\"n\"}", "log\n"));
    }

    @Test
    void errorThatJavaReportedIsLeftAloneAndFails() throws IOException {
        home.javaDoes("echo '{\"code\":7}'; exit 10");

        assertThat(Ended.run(home.call())).isEqualTo(new Ended(1, "{\"code\":7}\n", ""));
    }

    @ParameterizedTest
    @CsvSource({
        "exit 1, ended with status 1 and no answer",
        "exit 134, ended with status 134 and no answer",
        "kill -KILL $$, ended by signal 9 (Killed)",
        "kill -ABRT $$, ended by signal 6 (Aborted)",
    })
    void endWithoutAnAnswerBecomesOneError(String script, String expected) throws IOException {
        home.javaDoes(script);

        JsonNode error = errorOf(Ended.run(home.call()));

        assertThat(error.path("code").asInt()).isEqualTo(999);
        assertThat(error.path("msg").asText()).startsWith("bridge ").contains(expected);
        assertThat(error.path("details").asText()).contains("DEL");
    }

    @ParameterizedTest
    @CsvSource({
        "kill -TERM $$, SIGTERM",
        "exit 143, SIGTERM",
        "exit 130, SIGINT",
        "exit 129, SIGHUP"
    })
    void javaStoppedBeforeItBeganIsNoInternalError(String script, String signal)
            throws IOException {
        home.javaDoes(script);

        JsonNode error = errorOf(Ended.run(withDefaultSignals()));

        assertThat(error.path("code").asInt()).isEqualTo(101);
        assertThat(error.path("msg").asText())
                .isEqualTo("bridge was stopped by " + signal + " before it had changed anything");
    }

    @Test
    void missingRuntimeIsNamed() throws IOException {
        Files.delete(home.java());

        JsonNode error = errorOf(Ended.run(home.call()));

        assertThat(error.path("msg").asText())
                .isEqualTo("start " + home.java() + " for bridge: No such file or directory");
        assertThat(error.path("details").asText()).contains("scripts/install");
    }

    @Test
    void runtimeThatIsNoProgramIsNamed() throws IOException {
        Files.writeString(home.java(), "not a program");

        assertThat(errorOf(Ended.run(home.call())).path("msg").asText())
                .contains(home.java() + " for bridge: Exec format error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void signalReachesJavaWhoseAnswerIsAwaited(String signal) throws IOException {
        home.javaDoes(ROLLS_BACK.formatted("echo undone after $1"));
        Process process = withDefaultSignals().start();
        assertThat(lineOfErr(process)).isEqualTo("ready");

        send(signal, process.pid());

        assertThat(Ended.of(process)).isEqualTo(new Ended(1, "undone after " + signal + "\n", ""));
    }

    @Test
    void javaHasTheCallersSignalsNotTheLaunchers() throws IOException {
        home.javaDoes("grep -E '^Sig(Blk|Ign)' /proc/self/status");
        var direct =
                home.call(
                        Map.of(),
                        "env",
                        "--default-signal",
                        "grep",
                        "-E",
                        "^Sig(Blk|Ign)",
                        "/proc/self/status");

        assertThat(Ended.run(withDefaultSignals())).isEqualTo(Ended.run(direct));
    }

    @Test
    void ignoredSignalStaysIgnored() throws IOException {
        home.javaDoes("echo ready >&2; read line; echo '{}'; exit 0");
        Process process =
                home.call(Map.of(), "env", "--ignore-signal=HUP", home.plugin().toString()).start();
        assertThat(lineOfErr(process)).isEqualTo("ready");

        send("HUP", process.pid());
        process.getOutputStream().close();

        assertThat(Ended.of(process)).isEqualTo(new Ended(0, "{}\n", ""));
    }

    @Test
    void signalBeforeTheStartKeepsJavaFromStarting() throws IOException {
        String script = "kill -TERM $$; exec '" + home.plugin() + "'";

        Ended ended =
                Ended.run(home.call(Map.of(), "env", "--block-signal=TERM", "sh", "-c", script));

        assertThat(errorOf(ended).path("code").asInt()).isEqualTo(101);
        assertThat(home.javaWasStarted()).isFalse();
    }

    @Test
    void killedLauncherTakesJavaAlong() throws IOException {
        Path told = folder.resolve("told");
        assertThat(Ended.run(new ProcessBuilder("mkfifo", told.toString())).status()).isZero();
        home.javaDoes(ROLLS_BACK.formatted("echo undone after $1 > '" + told + "'"));
        Process process = withDefaultSignals().start();
        assertThat(lineOfErr(process)).isEqualTo("ready");

        process.destroyForcibly();

        assertThat(Files.readString(told)).isEqualTo("undone after TERM\n");
    }

    @Test
    void exitStatusSurvivesACallerThatIgnoresItsChildren() throws IOException {
        home.javaDoes("exit 10");

        Ended ended =
                Ended.run(
                        home.call(
                                Map.of(), "env", "--ignore-signal=CHLD", home.plugin().toString()));

        assertThat(ended).isEqualTo(new Ended(1, "", ""));
    }

    @Test
    void closedInputIsEmptyInput() throws IOException {
        home.javaDoes("cat; echo end");

        Ended ended =
                Ended.run(home.call(Map.of(), "sh", "-c", "exec '" + home.plugin() + "' <&-"));

        assertThat(ended).isEqualTo(new Ended(0, "end\n", ""));
    }

    @Test
    void resultThatNobodyCanReadIsNoSuccess() throws IOException {
        home.javaDoes("echo '{}' || exit 1");

        Ended ended =
                Ended.run(home.call(Map.of(), "sh", "-c", "exec '" + home.plugin() + "' >&-"));

        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.err())
                .contains("bridge ended with status 1", "write this to standard output");
    }

    @Test
    void brokenPipeIsReportedAndNotDiedFrom() throws IOException {
        home.javaDoes("read line; exit 1");
        Process process = home.call().start();

        process.getInputStream().close();
        process.getOutputStream().close();

        assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8))
                .contains("bridge ended with status 1", "Broken pipe");
        assertThat(process.onExit().join().exitValue()).isEqualTo(1);
    }

    @Test
    void errorIsJsonWhateverThePluginIsCalled() throws IOException {
        home.javaDoes("exit 1");
        String name = "$(printf '/tmp/a\"\\\\\\n\\377\\303\\251')";

        Ended ended =
                Ended.run(
                        home.call(
                                Map.of(),
                                "bash",
                                "-c",
                                "exec -a \"" + name + "\" '" + home.plugin() + "'"));

        assertThat(new ObjectMapper().readTree(ended.out()).path("msg").asText())
                .startsWith("a\"\\\n?é ended");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version"})
    void questionsAreAnsweredWithoutJava(String option) throws IOException {
        Ended ended = Ended.run(home.call(Map.of(), home.plugin().toString(), option));

        assertThat(ended.status()).isZero();
        assertThat(ended.out())
                .contains("bridge of Pontoon, build " + FakeHome.BUILD + ", in " + home.folder());
        assertThat(home.javaWasStarted()).isFalse();
    }

    @Test
    void underItsOwnNameItIsNoPlugin() {
        String launcher = home.folder().resolve("lib/launcher").toString();

        Ended usage = Ended.run(home.call(Map.of(), launcher));
        Ended command = Ended.run(home.call(Map.of(), launcher, "--java-command"));

        assertThat(usage.status()).isEqualTo(2);
        assertThat(usage.err()).startsWith("usage: ");
        assertThat(command.out().lines())
                .startsWith(home.java().toString())
                .doesNotContain("dev.pontoon.node.Main");
        assertThat(home.javaWasStarted()).isFalse();
    }

    /** A call in which no signal is ignored, however the tests themselves were started. */
    private ProcessBuilder withDefaultSignals() {
        return home.call(Map.of(), "env", "--default-signal", home.plugin().toString());
    }

    private static void send(String signal, long pid) {
        var kill = new ProcessBuilder(List.of("kill", "-" + signal, Long.toString(pid)));
        assertThat(Ended.run(kill).status()).isZero();
    }

    /** Reads one line and no byte more, so that the rest is there for {@link Ended}. */
    private static String lineOfErr(Process process) throws IOException {
        var line = new StringBuilder();
        var reader = process.getErrorStream();
        for (int read = reader.read(); read != '\n' && read != -1; read = reader.read()) {
            line.append((char) read);
        }
        return line.toString();
    }

    private static JsonNode errorOf(Ended ended) throws IOException {
        assertThat(ended.status()).isEqualTo(1);
        JsonNode error = new ObjectMapper().readTree(ended.out());
        assertThat(error.fieldNames()).toIterable().containsExactly("code", "msg", "details");
        return error;
    }
}
