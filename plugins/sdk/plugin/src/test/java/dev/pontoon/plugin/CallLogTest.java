package dev.pontoon.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The line that tells of a call, and who is told beside. */
class CallLogTest {
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private final FakePlugin plugin = new FakePlugin();
    private final Calls calls = new Calls();
    private final List<CallRecord> told = new ArrayList<>();

    private String run(String log, Map<String, String> variables) {
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        String config =
                "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"type\":\"fake\",\"prevResult\":{}"
                        + (log.isEmpty() ? "" : ",\"log\":\"" + log + "\"")
                        + "}";
        Call call =
                new Call(
                        Installation.NONE,
                        calls.stop,
                        calls.call.log(),
                        Caller.THIS_PROCESS,
                        new Timing(),
                        told::add);
        PluginMain.run(
                plugin,
                call,
                variables,
                new ByteArrayInputStream(config.getBytes(UTF_8)),
                Answer.to(stdout));
        return stdout.toString(UTF_8);
    }

    private static JsonNode json(String line) throws IOException {
        return new ObjectMapper().readTree(line);
    }

    @Test
    void tellsOfACallThatSucceeds() throws IOException {
        Map<String, String> variables = Calls.variables("DEL");
        variables.put("TRACEPARENT", TRACE);
        run("stderr", variables);

        JsonNode line = json(calls.logged());
        assertThat(line.path("plugin").asText()).isEqualTo("fake");
        assertThat(line.path("verb").asText()).isEqualTo("DEL");
        assertThat(line.path("network").asText()).isEqualTo("net");
        assertThat(line.path("containerID").asText()).isEqualTo("c1");
        assertThat(line.path("ifname").asText()).isEqualTo("eth0");
        assertThat(line.path("code").asInt(-1)).isZero();
        assertThat(line.has("error")).isFalse();
        assertThat(line.path("ms").asDouble()).isPositive();
        assertThat(line.path("steps").path("read").isNumber()).isTrue();
        assertThat(line.path("traceparent").asText()).isEqualTo(TRACE);
        assertThat(told).hasSize(1);
    }

    @Test
    void tellsOfACallThatFails(@TempDir Path folder) throws IOException {
        plugin.onAdd =
                call -> {
                    throw new CniException(ErrorCode.NO_ADDRESS, "none is free");
                };
        Path log = folder.resolve("calls.log");
        run(log.toString(), Calls.variables("ADD"));
        run(log.toString(), Calls.variables("ADD"));

        List<String> lines = Files.readAllLines(log);
        assertThat(lines).hasSize(2);
        assertThat(json(lines.getLast()).path("code").asInt()).isEqualTo(104);
        assertThat(json(lines.getLast()).path("error").asText()).isEqualTo("none is free");
        assertThat(told).extracting(CallRecord::code).containsExactly(104, 104);
    }

    @Test
    void saysNothingUnlessAsked() {
        run("", Calls.variables("DEL"));
        assertThat(calls.logged()).isEmpty();
        assertThat(told).hasSize(1);
    }

    @Test
    void theRuntimeMayAskForAllNetworks() {
        Map<String, String> variables = Calls.variables("DEL");
        variables.put("PONTOON_LOG", "stderr");
        run("", variables);
        assertThat(calls.logged()).contains("\"verb\":\"DEL\"");
    }

    @Test
    void aRuntimeThatNamesNoTargetIsServedAllTheSame() {
        Map<String, String> variables = Calls.variables("DEL");
        variables.put("PONTOON_LOG", "calls.log");
        assertThat(run("", variables)).isEmpty();
        assertThat(calls.logged()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"stdout", "calls.log", "journal"})
    void refusesATargetThatThereIsNot(String log) {
        assertThat(run(log, Calls.variables("DEL"))).contains("\"code\":7", "must be stderr");
        assertThat(told).extracting(CallRecord::code).containsExactly(7);
    }

    @Test
    void aLogThatCannotBeWrittenDoesNotMakeTheCallFail() {
        assertThat(run("/nowhere/calls.log", Calls.variables("DEL"))).isEmpty();
        assertThat(calls.logged()).contains("fake: write to the log /nowhere/calls.log");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"
            })
    void whatIsNoTraceIsNotCarried(String text) {
        assertThat(TraceContext.parent(Map.of("TRACEPARENT", text))).isEmpty();
    }
}
