package dev.pontoon.plugin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Request;
import dev.pontoon.testing.Await;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Delegation to programs: shell scripts that write down how they were called. */
@Timeout(120)
class DelegateTest {
    private static final String RESULT =
            "{\"cniVersion\":\"1.1.0\",\"ips\":[{\"address\":\"10.1.0.2/24\"}]}";
    private static final Attachment ONE = new Attachment("net", "c1", "eth0");

    @TempDir private Path bin;
    private final Calls calls = new Calls();
    private NetworkConfig config = Calls.config(",\"ipam\":{\"type\":\"stub\"}");

    /** A delegate that first notes its command in the file "calls". */
    private Path stub(String script) {
        return program("stub", "echo $CNI_COMMAND >> " + bin + "/calls\n" + script);
    }

    private Path program(String name, String script) {
        try {
            Path file = Files.writeString(bin.resolve(name), "#!/bin/sh\n" + script + "\n");
            return Files.setPosixFilePermissions(
                    file, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String onAdd(String script) {
        return "if [ $CNI_COMMAND = ADD ]; then\n" + script + "\nfi";
    }

    private String called() {
        Path file = bin.resolve("calls");
        return Files.exists(file) ? read(file).replace("\n", " ").strip() : "";
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, ISO_8859_1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Environment environment(String command) {
        return Calls.environment(command, Map.of("CNI_PATH", bin.toString()));
    }

    private Delegate delegate(String command) {
        return Delegate.ipam(config, environment(command), calls.call).orElseThrow();
    }

    private AddResult add() {
        return delegate("ADD").add(new Request.Add(config, ONE, environment("ADD")));
    }

    private void del() {
        delegate("DEL").del(new Request.Del(config, ONE, environment("DEL")));
    }

    private static CniException failure(ThrowingCallable call) {
        CniException thrown = catchThrowableOfType(CniException.class, call);
        assertThat(thrown).isNotNull();
        return thrown;
    }

    @Test
    void resultOfAProgramIsRead() {
        stub("cat > /dev/null; echo '" + RESULT + "'");

        assertThat(add().ips().getFirst().address()).hasToString("10.1.0.2/24");
        assertThat(called()).isEqualTo("ADD");
    }

    @Test
    void otherCommandsAreRunOnceEach() {
        stub("echo ignored");
        del();
        delegate("CHECK").check(new Request.Check(config, ONE, environment("CHECK")));
        delegate("GC").gc(new Request.Gc(config, environment("GC")));
        delegate("STATUS").status(new Request.Status(config, environment("STATUS")));

        assertThat(called()).isEqualTo("DEL CHECK GC STATUS");
    }

    @Test
    void configurationWithoutIpamHasNoDelegate() {
        for (String ipam : List.of("", ",\"ipam\":{}", ",\"ipam\":null")) {
            config = Calls.config(ipam);
            assertThat(Delegate.ipam(config, environment("ADD"), calls.call)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../stub", "/bin/true", "a/b", "..", ".", "stub/", "stub\\u0000"})
    void nameThatIsNoFileNameIsRefused(String type) {
        stub("true");
        config = Calls.config(",\"ipam\":{\"type\":\"" + type + "\"}");

        CniException refused = failure(() -> delegate("ADD"));
        assertThat(refused.code()).isEqualTo(7);
        assertThat(refused.text()).contains("ipam.type");
        assertThat(called()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ADD, 105", "DEL, 105", "CHECK, 105", "GC, 105", "STATUS, 50"})
    void missingProgramIsNamed(String command, int code) {
        CniException refused = failure(() -> delegate(command));

        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.text()).contains("stub", bin.toString());
    }

    @Test
    void nameThatTheLocaleCannotExpressIsMerelyMissing() {
        config = Calls.config(",\"ipam\":{\"type\":\"\ud83d\ude00\ud800\"}");

        assertThat(failure(() -> delegate("ADD")).code()).isEqualTo(105);
    }

    @Test
    void pluginThatGivesNoAddressesIsNotAsked() {
        config = Calls.config(",\"ipam\":{\"type\":\"fake\"}");
        FakePlugin sibling = new FakePlugin();
        sibling.givesAddresses = false;
        Installation installation = Installation.of(bin.resolve("pontoon"), List.of(sibling));
        Environment noPath = Calls.environment("DEL", Map.of("CNI_PATH", ""));

        CniException failure =
                failure(() -> Delegate.ipam(config, noPath, calls.with(installation)));

        assertThat(failure.code()).isEqualTo(7);
        assertThat(failure.text()).contains("must be an IPAM plugin; fake is none");
    }

    @Test
    void withoutPathOnlyWhatIsInstalledTogetherIsFound() {
        Map<String, String> noPath = Map.of("CNI_PATH", "");
        Environment environment = Calls.environment("ADD", noPath);
        assertThat(failure(() -> Delegate.ipam(config, environment, calls.call)).code())
                .isEqualTo(4);

        config = Calls.config(",\"ipam\":{\"type\":\"fake\"}");
        FakePlugin sibling = new FakePlugin();
        Installation installation = Installation.of(bin.resolve("pontoon"), List.of(sibling));
        Delegate.ipam(config, environment, calls.with(installation))
                .orElseThrow()
                .add(new Request.Add(config, ONE, environment));
        assertThat(sibling.commands()).containsExactly("Add");
    }

    @Test
    void firstRegularFileOfThePathIsRun() throws IOException {
        Path first = Files.createDirectories(bin.resolve("first/stub")).getParent();
        stub("echo '" + RESULT + "'");
        Path last = Files.createDirectory(bin.resolve("last"));
        Files.writeString(last.resolve("stub"), "not run");
        String path = "/nowhere:" + first + ":" + bin + ":" + last;
        Environment environment = Calls.environment("ADD", Map.of("CNI_PATH", path));

        Delegate.ipam(config, environment, calls.call)
                .orElseThrow()
                .add(new Request.Add(config, ONE, environment));
        assertThat(called()).isEqualTo("ADD");
    }

    @Test
    void ownExecutableIsCalledInProcess() throws IOException {
        Path own = program("pontoon", "exit 99");
        Files.createSymbolicLink(bin.resolve("fake"), own);
        Files.createLink(bin.resolve("stub"), own);
        FakePlugin sibling = new FakePlugin();
        Call call = calls.with(Installation.of(own, List.of(sibling)));

        config = Calls.config(",\"ipam\":{\"type\":\"fake\"}");
        Environment environment = environment("ADD");
        Request.Add add = new Request.Add(config, ONE, environment);
        assertThat(Delegate.ipam(config, environment, call).orElseThrow().add(add))
                .isEqualTo(sibling.result);

        // A name that this installation does not serve is left to the program.
        config = Calls.config(",\"ipam\":{\"type\":\"stub\"}");
        Delegate program = Delegate.ipam(config, environment, call).orElseThrow();
        assertThat(failure(() -> program.add(new Request.Add(config, ONE, environment))).text())
                .contains("status 99");
        assertThat(sibling.commands()).containsExactly("Add");
    }

    @Test
    void standardInputIsByteForByteTheConfiguration() throws IOException {
        String padding = "é".repeat(500_000);
        byte[] document =
                (" {\"name\":\"net\",\"ipam\":{\"type\":\"stub\"}, \"x\":1e2,\"args\":\""
                                + padding
                                + "\"}\n\n")
                        .getBytes(UTF_8);
        config = NetworkConfig.read(document);
        stub("cat > " + bin + "/stdin");

        del();
        assertThat(Files.readAllBytes(bin.resolve("stdin"))).isEqualTo(document);
    }

    @Test
    void largeOutputOnBothStreamsIsRead() {
        String padding = "y".repeat(200);
        stub(
                "i=0; while [ $i -lt 3000 ]; do echo "
                        + padding
                        + " >&2; echo '                                                    ';"
                        + " i=$((i+1)); done; echo '"
                        + RESULT
                        + "'");

        assertThat(add().ips()).hasSize(1);
        assertThat(calls.logged().lines().filter(each -> each.contains(padding))).hasSize(3000);
    }

    @Test
    void programNeedNotReadItsInput() {
        config =
                Calls.config(
                        ",\"ipam\":{\"type\":\"stub\"},\"args\":\"" + "x".repeat(1_000_000) + "\"");
        stub("exec 0<&-; echo '" + RESULT + "'");

        assertThat(add().ips()).hasSize(1);
    }

    @Test
    void standardErrorIsPassedOnWhetherItSucceedsOrFails() {
        stub("echo careful >&2; echo again >&2");
        del();
        assertThat(calls.logged()).isEqualTo("stub: careful\nstub: again\n");

        stub("echo mourning >&2; exit 3");
        assertThat(failure(this::del).text()).contains("status 3", "mourning");
        assertThat(calls.logged()).contains("stub: mourning\n");
    }

    @Test
    void failedAddIsRolledBackAndItsOwnErrorTold() {
        stub(onAdd("echo '{\"code\":777,\"msg\":\"pool is full\",\"details\":\"d\"}'; exit 1"));

        CniException failure = failure(this::add);
        assertThat(failure.code()).isEqualTo(777);
        assertThat(failure.text()).isEqualTo("pool is full");
        assertThat(failure.details()).isEqualTo("d");
        assertThat(failure.getSuppressed()).isEmpty();
        assertThat(called()).isEqualTo("ADD DEL");
    }

    @Test
    void failedRollBackIsAttached() {
        stub("echo '{\"code\":777,\"msg\":\"no '$CNI_COMMAND'\"}'; exit 1");

        CniException failure = failure(this::add);
        assertThat(failure.text()).isEqualTo("no ADD");
        assertThat(failure.getSuppressed()).hasSize(1);
        assertThat(failure.getSuppressed()[0])
                .isInstanceOf(UndoFailedException.class)
                .hasMessageContaining("no DEL");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "echo oops",
                "echo null",
                "echo '[]'",
                "echo '{} {}'",
                "echo '{\"ips\":[{\"address\":\"10.0.0.1\"}]}'",
                "echo '{\"cniVersion\":\"9.9.9\"}'"
            })
    void outputThatIsNoResultIsAFailure(String script) {
        stub(onAdd(script));

        assertThat(failure(this::add).text()).contains("stub");
        assertThat(called()).isEqualTo("ADD DEL");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "exit 1|status 1|",
                "exit 255|status 255|",
                "echo oops; exit 2|status 2|oops",
                "echo '{\"msg\":\"no code\"}'; exit 2|status 2|no code",
                "echo sorry >&2; exit 3|status 3|sorry",
                "kill -9 $$|status 137|"
            })
    void failureWithoutDocumentIsToldWithWhatWasSaid(String script, String status, String said) {
        stub(script);

        CniException failure = failure(this::del);
        assertThat(failure.code()).isEqualTo(105);
        assertThat(failure.text()).contains("stub", "DEL", status, said == null ? "" : said);
        assertThat(called()).isEqualTo("DEL");
    }

    @Test
    void longOutputIsShortenedInTheMessage() {
        stub("head -c 100000 /dev/zero | tr '\\0' x; exit 1");

        assertThat(failure(this::del).text()).hasSizeBetween(2000, 2500);
    }

    @Test
    void fileThatCannotBeRunIsToldWithTheReason() throws IOException {
        Files.setPosixFilePermissions(stub("true"), PosixFilePermissions.fromString("rw-r--r--"));

        CniException failure = failure(this::del);
        assertThat(failure.code()).isEqualTo(105);
        assertThat(failure.text()).contains("stub", "Permission denied");
    }

    @Test
    void resultOfAnOlderVersionIsConverted() {
        stub("echo '{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.1.0.9/24\"}}'");
        assertThat(add().ips().getFirst().address()).hasToString("10.1.0.9/24");

        stub("echo '{\"ips\":[{\"address\":\"10.1.0.8/24\"}]}'");
        assertThat(add().ips().getFirst().address()).hasToString("10.1.0.8/24");
    }

    @Test
    void programThatIsBeingReplacedIsRunOnceItIsThere() throws Exception {
        Path program = Files.copy(Path.of("/bin/true"), bin.resolve("stub"));
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<?> running;
            try (OutputStream writer = Files.newOutputStream(program, StandardOpenOption.APPEND)) {
                running = thread.submit(this::del);
                // It is being tried at least twice when the thread is found in its pause.
                Await.until("a second attempt", () -> isPausing());
                assertThat(running.isDone()).isFalse();
            }
            running.get();
        }
    }

    private static boolean isPausing() {
        for (Map.Entry<Thread, StackTraceElement[]> each : Thread.getAllStackTraces().entrySet()) {
            List<String> frames =
                    Arrays.stream(each.getValue()).map(StackTraceElement::getMethodName).toList();
            if (frames.contains("sleep") && frames.contains("start")) {
                return true;
            }
        }
        return false;
    }

    @Test
    void stopEndsAHangingAddAndRollsItBack() throws Exception {
        stub(
                onAdd(
                        "echo $$ > "
                                + bin
                                + "/pid.new; mv "
                                + bin
                                + "/pid.new "
                                + bin
                                + "/pid; exec sleep 1000"));
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<?> running = thread.submit(this::add);
            Await.until("the delegate", () -> Files.exists(bin.resolve("pid")));
            calls.stop.request("SIGTERM");

            CniException failure = failure(() -> unwrapped(running));
            assertThat(failure.code()).isEqualTo(101);
        }
        assertThat(called()).isEqualTo("ADD DEL");
        long pid = Long.parseLong(read(bin.resolve("pid")).strip());
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void stopDoesNotEndADel() {
        stub("echo done");
        calls.stop.request("SIGTERM");

        del();
        assertThat(called()).isEqualTo("DEL");
    }

    private static void unwrapped(Future<?> running) throws Throwable {
        try {
            running.get();
        } catch (java.util.concurrent.ExecutionException e) {
            throw e.getCause();
        }
    }

    /** What a daemon inherits stays open as long as it lives; nobody waits for that. */
    @ParameterizedTest
    @ValueSource(strings = {"", "< /dev/null", "> /dev/null", "2> /dev/null"})
    void daemonLeftBehindHoldsNobodyUp(String redirection) {
        config =
                Calls.config(
                        ",\"ipam\":{\"type\":\"stub\"},\"args\":\"" + "x".repeat(1_000_000) + "\"");
        stub("sleep 1000 " + redirection + " &\necho $! > " + bin + "/pid\necho late >&2; exit 0");
        try {
            del();
            long pid = Long.parseLong(read(bin.resolve("pid")).strip());
            assertThat(ProcessHandle.of(pid).orElseThrow().isAlive()).isTrue();
        } finally {
            ProcessHandle.of(Long.parseLong(read(bin.resolve("pid")).strip()))
                    .ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void interruptedCallEndsItsProgram() throws Exception {
        stub(
                "echo $$ > "
                        + bin
                        + "/pid.new; mv "
                        + bin
                        + "/pid.new "
                        + bin
                        + "/pid; exec sleep 1000");
        List<Throwable> thrown = new ArrayList<>();
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                del();
                            } catch (RuntimeException e) {
                                thrown.add(e);
                            }
                        });
        Await.until("the delegate", () -> Files.exists(bin.resolve("pid")));
        thread.interrupt();
        thread.join();

        assertThat(thrown).hasSize(1);
        assertThat(thrown.getFirst()).hasMessageContaining("interrupted");
        long pid = Long.parseLong(read(bin.resolve("pid")).strip());
        Await.until(
                "the end of the delegate",
                () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void programRunsInTheNamespacesOfItsCaller() throws IOException {
        stub(
                "readlink /proc/self/ns/net /proc/self/ns/mnt > "
                        + bin
                        + "/ns; pwd >> "
                        + bin
                        + "/ns");
        del();

        assertThat(read(bin.resolve("ns")))
                .isEqualTo(
                        Files.readSymbolicLink(Path.of("/proc/self/ns/net"))
                                + "\n"
                                + Files.readSymbolicLink(Path.of("/proc/self/ns/mnt"))
                                + "\n"
                                + Path.of("").toAbsolutePath()
                                + "\n");
    }

    @Test
    void variablesOfTheCallReplaceThoseOfTheProcess() {
        stub("env -0 > " + bin + "/env");
        Environment environment =
                Calls.environment(
                        "DEL", Map.of("CNI_PATH", bin.toString(), "FOO", "a\nb=c", "EMPTY", ""));
        Delegate.ipam(config, environment, calls.call)
                .orElseThrow()
                .del(new Request.Del(config, ONE, environment));

        assertThat(variables(bin.resolve("env")))
                .contains("FOO=a\nb=c", "EMPTY=", "CNI_COMMAND=DEL", "CNI_CONTAINERID=c1")
                .noneMatch(each -> each.startsWith("PATH=") && !each.startsWith("PATH=/usr/local"))
                .noneMatch(each -> each.startsWith("HOME=") || each.startsWith("JAVA_HOME="));
    }

    private static List<String> variables(Path dump) {
        List<String> variables = new ArrayList<>(List.of(read(dump).split("\0")));
        // The shell's own.
        variables.removeIf(each ->
                each.startsWith("PWD=")
                        || each.startsWith("OLDPWD=")
                        || each.startsWith("SHLVL=")
                        || each.startsWith("_="));
        return variables.stream().sorted().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "C.UTF-8", "nonsense"})
    void everyByteOfTheEnvironmentIsHandedOn(String locale) throws Exception {
        stub(onAdd("cat > " + bin + "/stdin; env -0 > " + bin + "/seen; echo '" + RESULT + "'"));
        program(
                "caller",
                "export LC_ALL="
                        + locale
                        + " CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_IFNAME=eth0\n"
                        + "export CNI_NETNS=/run/netns/x CNI_ARGS='IgnoreUnknown=1;X=y' CNI_PATH="
                        + bin
                        + "\nBAD=$(printf 'a\\377\\300\\200b'); UTF=$(printf 'caf\\303\\251')\n"
                        + "LINES=$(printf 'x\\ny=z'); export BAD UTF LINES EMPTY= TRACEPARENT=00-1\n"
                        + "export JAVA_TOOL_OPTIONS=-Dx=y LD_LIBRARY_PATH=/nowhere\n"
                        + "env -0 > "
                        + bin
                        + "/given\n"
                        + "exec \"$@\"");
        byte[] document =
                "{\"name\":\"net\",\"ipam\":{\"type\":\"stub\"},\"x\":\"é\"}".getBytes(UTF_8);

        run(
                document,
                bin + "/caller",
                javaCommand(),
                "-cp",
                System.getProperty("java.class.path"),
                DelegateDriver.class.getName());
        assertThat(variables(bin.resolve("seen"))).isEqualTo(variables(bin.resolve("given")));
        assertThat(read(bin.resolve("seen"))).contains("BAD=a\u00ff\u00c0\u0080b");
        assertThat(Files.readAllBytes(bin.resolve("stdin"))).isEqualTo(document);
    }

    private static String javaCommand() {
        return ProcessHandle.current().info().command().orElseThrow();
    }

    private void run(byte[] stdin, String... command) throws Exception {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(bin.resolve("output").toFile())
                        .start();
        try (OutputStream out = process.getOutputStream()) {
            out.write(stdin);
        }
        assertThat(process.waitFor()).as(read(bin.resolve("output"))).isZero();
    }
}
