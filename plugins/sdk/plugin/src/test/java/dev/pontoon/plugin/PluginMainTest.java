package dev.pontoon.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From variables and standard input to standard output, with a plugin that does what it is told.
 */
@Timeout(60)
class PluginMainTest {
    private static final String CONFIG =
            "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"type\":\"fake\",\"prevResult\":{}}";

    private final FakePlugin plugin = new FakePlugin();
    private final Calls calls = new Calls();
    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();

    private boolean run(String command, String config) {
        return run(Calls.variables(command), new ByteArrayInputStream(config.getBytes(UTF_8)));
    }

    private boolean run(Map<String, String> variables, InputStream in) {
        return PluginMain.run(plugin, calls.call, variables, in, Answer.to(stdout));
    }

    /** The one document that was printed. */
    private JsonNode document() {
        try (MappingIterator<JsonNode> documents =
                new ObjectMapper().readerFor(JsonNode.class).readValues(stdout.toByteArray())) {
            List<JsonNode> all = documents.readAll();
            assertThat(all).as(stdout.toString(UTF_8)).hasSize(1);
            return all.getFirst();
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + stdout.toString(UTF_8), e);
        }
    }

    private JsonNode failed(boolean succeeded, int code) {
        assertThat(succeeded).isFalse();
        assertThat(document().path("code").asInt()).isEqualTo(code);
        assertThat(document().path("msg").asText()).isNotEmpty();
        return document();
    }

    private static String text(String config) {
        return CONFIG.replace("1.1.0", config);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"})
    void addPrintsOneResultOfTheConfigurationsVersion(String version) {
        assertThat(run("ADD", text(version))).isTrue();

        assertThat(document().path("cniVersion").asText()).isEqualTo(version);
        assertThat(stdout.toString(UTF_8)).contains("10.1.0.2/24").endsWith("\n");
        assertThat(plugin.commands()).containsExactly("Add");
    }

    @ParameterizedTest
    @CsvSource({"DEL, Del", "CHECK, Check", "GC, Gc", "STATUS, Status"})
    void otherCommandsPrintNothing(String command, String request) {
        assertThat(run(command, CONFIG)).isTrue();

        assertThat(stdout.toByteArray()).isEmpty();
        assertThat(plugin.commands()).containsExactly(request);
    }

    @ParameterizedTest
    @CsvSource({"ADD", "DEL", "CHECK", "GC", "STATUS"})
    void everyFailureIsOneDocument(String command) {
        RuntimeException failure = new CniException(ErrorCode.TRY_AGAIN_LATER, "busy", "wait");
        plugin.onAdd =
                plugin.onDel =
                        plugin.onOther =
                                call -> {
                                    throw failure;
                                };

        JsonNode document = failed(run(command, CONFIG), 11);
        assertThat(document.path("cniVersion").asText()).isEqualTo("1.1.0");
        assertThat(document.path("msg").asText()).isEqualTo("busy");
        assertThat(document.path("details").asText()).isEqualTo("wait");
        assertThat(plugin.requests).hasSize(1);
    }

    @Test
    void refusalOfTheKernelHasItsOwnCode() {
        plugin.onDel =
                call -> {
                    throw new KernelException("delete cni0", Errno.EBUSY);
                };

        assertThat(failed(run("DEL", CONFIG), 100).path("msg").asText())
                .contains("delete cni0", "EBUSY");
        assertThat(calls.logged()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                IllegalStateException.class,
                NullPointerException.class,
                StackOverflowError.class,
                NoClassDefFoundError.class,
                AssertionError.class
            })
    void bugIsAnInternalErrorWithItsTraceOnTheLog(Class<? extends Throwable> kind) {
        plugin.onAdd =
                call -> {
                    try {
                        throw kind.getConstructor().newInstance();
                    } catch (RuntimeException | Error e) {
                        throw e;
                    } catch (Throwable e) {
                        throw new AssertionError(e);
                    }
                };

        failed(run("ADD", CONFIG), 999);
        assertThat(calls.logged()).contains(kind.getName(), "FakePlugin.add");
    }

    @Test
    void callThatMemoryDoesNotSufficeForIsLeftToOthers() {
        plugin.onAdd =
                call -> {
                    throw new OutOfMemoryError("Java heap space");
                };

        assertThatThrownBy(() -> run("ADD", CONFIG)).isInstanceOf(OutOfMemoryError.class);
        assertThat(stdout.size()).isZero();
    }

    @Test
    void realStackOverflowIsAnswered() {
        plugin.onAdd = call -> endless(1);

        failed(run("ADD", CONFIG), 999);
    }

    @SuppressWarnings("InfiniteRecursion") // That is what is tested.
    private static int endless(int depth) {
        return endless(depth + 1) + 1;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{{", "[]", "{} x", "null"})
    void undecodableInputReachesNoPlugin(String config) {
        for (String command : List.of("ADD", "DEL", "CHECK", "GC", "STATUS")) {
            stdout.reset();
            assertThat(failed(run(command, config), 6).has("cniVersion")).isFalse();
        }
        assertThat(plugin.requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "CHECK, 0.3.1, 1",
        "GC, 1.0.0, 1",
        "STATUS, 0.4.0, 1",
        "ADD, 9.9.9, 1",
        "DEL, abc, 1"
    })
    void wrongVersionIsRefusedAndRepeated(String command, String version, int code) {
        JsonNode document = failed(run(command, text(version)), code);

        assertThat(document.path("cniVersion").asText()).isEqualTo(version);
        assertThat(plugin.requests).isEmpty();
    }

    @Test
    void versionThatThePluginLacksIsRefused() {
        plugin.versions = List.of(CniVersion.V0_4_0, CniVersion.V1_0_0);

        failed(run("ADD", text("0.3.1")), 1);
        assertThat(plugin.requests).isEmpty();
        stdout.reset();
        failed(run("DEL", "{\"name\":\"net\"}"), 1);
        assertThat(plugin.requests).isEmpty();
    }

    @Test
    void checkNeedsAReadablePrevResult() {
        failed(run("CHECK", CONFIG.replace("{}", "null")), 7);
        stdout.reset();
        failed(run("CHECK", CONFIG.replace("{}", "{\"ips\":5}")), 6);
        assertThat(plugin.requests).isEmpty();
    }

    @Test
    void delRunsWithAnUnreadablePrevResult() {
        assertThat(run("DEL", CONFIG.replace("{}", "{\"ips\":5}"))).isTrue();
        assertThat(plugin.commands()).containsExactly("Del");
    }

    @Test
    void badVariablesAreAnsweredWhileInputIsHeldOpen() throws IOException {
        try (PipedOutputStream held = new PipedOutputStream();
                InputStream idle = new PipedInputStream(held)) {
            assertThat(failed(run(Map.of("CNI_COMMAND", "ADD"), idle), 4).path("msg").asText())
                    .contains("CNI_CONTAINERID");
            stdout.reset();
            failed(run(Map.of(), idle), 4);
        }
    }

    @Test
    void versionIsAnsweredWhileInputIsHeldOpen() throws IOException {
        try (PipedOutputStream held = new PipedOutputStream();
                InputStream idle = new PipedInputStream(held)) {
            assertThat(run(Map.of("CNI_COMMAND", "VERSION"), idle)).isTrue();
        }
        assertThat(document().path("supportedVersions")).hasSize(7);
        assertThat(document().path("cniVersion").asText()).isEqualTo("1.1.0");
        assertThat(plugin.requests).isEmpty();
    }

    @Test
    void versionIsAnsweredWithoutInput() {
        InputStream closed = InputStream.nullInputStream();
        try {
            closed.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }

        assertThat(run(Map.of("CNI_COMMAND", "VERSION"), closed)).isTrue();
        assertThat(document().path("cniVersion").asText()).isEqualTo("1.1.0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"garbage|1.1.0", "''|1.1.0", "{\"cniVersion\":\"0.4.0\"}|0.4.0"})
    void versionRepeatsWhatItUnderstands(String config, String expected) {
        assertThat(run("VERSION", config)).isTrue();
        assertThat(document().path("cniVersion").asText()).isEqualTo(expected);
    }

    @Test
    void unreadableInputIsAnInputError() {
        InputStream broken =
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("Input/output error");
                    }
                };

        assertThat(failed(run(Calls.variables("ADD"), broken), 5).path("msg").asText())
                .contains("standard input", "Input/output error");
    }

    @Test
    void resultThatNobodyReadsIsTakenBack() {
        assertThat(runInto(new BrokenOutput())).isFalse();

        assertThat(plugin.commands()).containsExactly("Add", "Del");
        assertThat(calls.logged()).contains("write to standard output", "Broken pipe");
    }

    @Test
    void failureToTakeBackIsLoggedAtLeast() {
        plugin.onDel =
                call -> {
                    throw new KernelException("delete veth0", Errno.EPERM);
                };

        assertThat(runInto(new BrokenOutput())).isFalse();
        assertThat(plugin.commands()).containsExactly("Add", "Del");
    }

    private boolean runInto(OutputStream out) {
        return PluginMain.run(
                plugin,
                calls.call,
                Calls.variables("ADD"),
                new ByteArrayInputStream(CONFIG.getBytes(UTF_8)),
                Answer.to(out));
    }

    private static final class BrokenOutput extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
        }
    }

    @Test
    void resultThatTheVersionCannotTellIsTakenBack() {
        plugin.result = new AddResult(List.of(), List.of(), List.of(), Dns.NONE);

        failed(run("ADD", text("0.2.0")), 7);
        assertThat(plugin.commands()).containsExactly("Add", "Del");
    }

    @Test
    void stopBeforeAddKeepsItFromStarting() {
        calls.stop.request("SIGTERM");

        assertThat(failed(run("ADD", CONFIG), 101).path("msg").asText()).contains("SIGTERM");
        assertThat(plugin.requests).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEL", "GC", "CHECK", "STATUS"})
    void whatIsSoonerDoneThanUndoneIsNotStopped(String command) {
        calls.stop.request("SIGTERM");

        assertThat(run(command, CONFIG)).isTrue();
        assertThat(plugin.requests).hasSize(1);
    }

    @Test
    void stopDuringAddUndoesItsSteps() {
        List<String> undone = new java.util.ArrayList<>();
        plugin.onAdd =
                call -> {
                    try (Undo undo = new Undo(call.stop())) {
                        undo.push("delete a", () -> undone.add("a"));
                        calls.stop.request("SIGTERM");
                        undo.push("delete b", () -> undone.add("b"));
                        throw new AssertionError("went on");
                    }
                };

        failed(run("ADD", CONFIG), 101);
        assertThat(undone).containsExactly("b", "a");
        assertThat(plugin.commands()).containsExactly("Add");
    }

    @Test
    void stopAfterAddTakesItBackAndDoesNotStopThat() {
        plugin.onAdd = call -> calls.stop.request("SIGTERM");
        plugin.onDel = call -> call.stop().check();

        JsonNode document = failed(run("ADD", CONFIG), 101);
        assertThat(plugin.commands()).containsExactly("Add", "Del");
        assertThat(plugin.stopsSeen).containsExactly(false, false);
        assertThat(document.path("details").asText()).doesNotContain("could not");
    }

    @Test
    void whatCouldNotBeTakenBackIsInTheDetails() {
        plugin.onAdd = call -> calls.stop.request("SIGTERM");
        plugin.onDel =
                call -> {
                    throw new KernelException("delete veth0", Errno.EPERM);
                };

        assertThat(failed(run("ADD", CONFIG), 101).path("details").asText())
                .contains("could not remove eth0 of container c1", "delete veth0", "EPERM");
    }

    @Test
    void everyStepThatCouldNotBeUndoneIsInTheDetails() {
        plugin.onAdd =
                call -> {
                    try (Undo undo = new Undo(call.stop())) {
                        for (String name : List.of("first", "second", "third")) {
                            undo.push(
                                    "delete " + name,
                                    () -> {
                                        throw new KernelException("unlink " + name, Errno.EBUSY);
                                    });
                        }
                        throw new CniException(ErrorCode.INVALID_CONFIG, "bad", "hint");
                    }
                };

        assertThat(failed(run("ADD", CONFIG), 7).path("details").asText())
                .startsWith("hint; ")
                .contains("could not delete first: unlink first")
                .contains("could not delete second: unlink second")
                .contains("could not delete third: unlink third");
    }

    @Test
    void stepsThatCouldNotBeUndoneAreToldOfABugAsWell() {
        plugin.onAdd =
                call -> {
                    try (Undo undo = new Undo(call.stop())) {
                        undo.push(
                                "delete it",
                                () -> {
                                    throw new NoClassDefFoundError("gone/With/The/Upgrade");
                                });
                        throw new IllegalStateException("bug");
                    }
                };

        assertThat(failed(run("ADD", CONFIG), 999).path("details").asText())
                .contains("could not delete it", "gone/With/The/Upgrade");
    }
}
