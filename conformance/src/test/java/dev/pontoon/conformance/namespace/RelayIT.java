package dev.pontoon.conformance.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Invocation.Stdin;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Output.Ending;
import dev.pontoon.conformance.host.RunFolder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What runs in a relayed call is treated as any program is. */
@Tag("kernel")
class RelayIT {

    private static final Duration MOST = Duration.ofSeconds(10);

    private final RunFolder run = RunFolder.create();
    private final Host host = Host.create(run);
    private Execution runtime;
    private RelayedCall call;

    @BeforeEach
    void call() {
        var relay = Relay.install(host, "test");
        var environment = new TreeMap<>(Map.of("CNI_COMMAND", "ADD", "TWO", "1\n2=3"));
        runtime =
                host.start(
                        new Invocation(
                                List.of(relay.script()), environment, Stdin.text("{}"), MOST));
        call = relay.take("a call", MOST, one -> one.is("ADD"));
    }

    @AfterEach
    void end() {
        call.answer(0, "");
        runtime.await();
        host.close();
        run.close();
    }

    private Output run(Stdin stdin, Duration timeout, String script) {
        var environment = new TreeMap<>(Map.of("PATH", "/usr/bin:/bin", "WORD", "it's\n\"so\" $1"));
        return call.run(
                new Invocation(List.of("/bin/sh", "-c", script), environment, stdin, timeout));
    }

    @Test
    void theCallTellsWhatTheRuntimeGave() {
        assertThat(call.variable("TWO")).isEqualTo("1\n2=3");
        assertThat(call.environment()).containsOnlyKeys("CNI_COMMAND", "TWO");
        assertThat(call.stdin()).isEqualTo("{}");
    }

    @Test
    void theRuntimeGetsTheAnswer() {
        call.answer(7, "{\"code\":100}");
        Output seen = runtime.await();
        assertThat(seen.exit()).isEqualTo(7);
        assertThat(seen.out()).isEqualTo("{\"code\":100}");
        assertThat(seen.err()).isEmpty();
    }

    @Test
    void inputOutputAndStatusArePassedOn() {
        Output seen = run(Stdin.text("in"), MOST, "cat; echo \"$WORD\" >&2; exit 3");
        assertThat(seen.exit()).isEqualTo(3);
        assertThat(seen.out()).isEqualTo("in");
        assertThat(seen.err()).isEqualTo("it's\n\"so\" $1\n");
        assertThat(seen.ending()).isEqualTo(Ending.BY_ITSELF);
    }

    @Test
    void inputThatNobodyReadsDoesNoHarm() {
        assertThat(run(Stdin.text("a".repeat(1 << 20)), MOST, "exit 0").exit()).isZero();
    }

    @Test
    void inputMayBeClosedOrUnreadable() {
        assertThat(run(new Stdin.Closed(), MOST, "cat").err()).contains("Bad file descriptor");
        assertThat(run(new Stdin.Unreadable(), MOST, "cat").err()).contains("Is a directory");
    }

    @Test
    void inputMayNeverEnd() {
        var held = new Stdin.HeldOpen("line\n".getBytes(StandardCharsets.UTF_8));
        assertThat(run(held, MOST, "read -r x; echo $x").out()).isEqualTo("line\n");
        assertThat(run(held, Duration.ofMillis(300), "exec cat").ending())
                .isEqualTo(Ending.TERMINATED);
    }

    @Test
    void programsAreEndedWhenTheirTimeIsOver() {
        Duration brief = Duration.ofMillis(300);
        Output asked = run(Stdin.text(""), brief, "exec sleep 60");
        assertThat(asked.ending()).isEqualTo(Ending.TERMINATED);
        assertThat(asked.signal()).hasValue(15);
        Output stubborn = run(Stdin.text(""), brief, "trap '' TERM; while :; do sleep 1; done");
        assertThat(stubborn.ending()).isEqualTo(Ending.KILLED);
    }

    @Test
    void outputThatIsHeldOpenIsNoticed() {
        Output seen = run(Stdin.text(""), MOST, "sleep 5 & echo said");
        assertThat(seen.ending()).isEqualTo(Ending.OUTPUT_HELD_OPEN);
        assertThat(seen.out()).isEqualTo("said\n");
    }

    @Test
    void severalProgramsRunAtOnce() {
        // The first ends once the second has come to its end.
        String await = "until [ -e /run/second-was-here ]; do sleep 0.01; done";
        List<Execution> both =
                List.of(
                        call.start(Invocation.tool(List.of("/bin/sh", "-c", await))),
                        call.start(Invocation.tool(List.of("touch", "/run/second-was-here"))));
        both.forEach(each -> assertThat(each.await().exit()).isZero());
    }
}
