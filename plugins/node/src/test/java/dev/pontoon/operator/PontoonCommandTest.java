package dev.pontoon.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.protocol.CniException;
import dev.pontoon.runtime.Documents;
import dev.pontoon.runtime.Target;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The operator's command, as far as it touches nothing. */
final class PontoonCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... words) {
        return PontoonCommand.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(words);
    }

    @Test
    void everyCommandHelps() {
        for (String name : PontoonCommand.commandLine().getSubcommands().keySet()) {
            assertThat(run(name, "--help")).as(name).isZero();
            assertThat(out.toString()).contains("Usage: pontoon " + name);
        }
    }

    @Test
    void tellsItsVersion() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("pontoon, build ").contains("CNI 0.1.0 ", " 1.1.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"add", "oci-hook", "gc", "gc n1", "gc --valid c1:eth0", "list a b"})
    void whatIsMissingIsUsage(String words) {
        assertThat(run(words.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains("Usage: pontoon");
    }

    @Test
    void failureIsAnErrorDocumentWithJson(@TempDir Path folder) {
        int status = run("add", "n1", "/run/netns/c1", "--json", "--conf-dir", folder.toString());

        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).startsWith("pontoon: no network \"n1\" in " + folder);
        assertThat(out.toString()).contains("\"code\": 7", "\"msg\"");
    }

    /** What {@code cnitool add n1 /run/netns/web} of libcni 1.3 calls the container. */
    @Test
    void containerIsCalledAsCnitoolCallsIt() {
        assertThat(TargetOptions.idOf("/run/netns/web")).isEqualTo("cnitool-82e215debf7df4651d36");
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "A=", "=b", "A=b=c", "A=b;"})
    void argumentsThatAreNoPairsAreRefused(String args) {
        assertThatThrownBy(() -> new Target("c1", "eth0", "", args, Documents.object()))
                .isInstanceOf(CniException.class)
                .hasMessageContaining("CNI_ARGS");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 s", "119, 119 s", "120, 2 min", "7199, 119 min", "7200, 2 h", "172800, 2 d"})
    void ageHasOneUnit(long seconds, String text) {
        assertThat(Seen.age(Instant.EPOCH, Instant.ofEpochSecond(seconds))).isEqualTo(text);
    }

    @Test
    void everyCommandHasAManualPageAndACompletion(@TempDir Path folder) throws IOException {
        Share.write(folder);

        Path pages = folder.resolve("man/man1");
        for (CommandLine each : PontoonCommand.commandLine().getSubcommands().values()) {
            String page =
                    Files.readString(pages.resolve("pontoon-" + each.getCommandName() + ".1"));
            assertThat(page).contains(".SH NAME\npontoon\\-", ".SH SYNOPSIS", "\\-\\-help");
            assertThat(page.lines().filter(line -> line.startsWith("'"))).isEmpty();
        }
        assertThat(Files.readString(pages.resolve("pontoon-gc.1")))
                .contains(".SH EXIT STATUS", ".B 1\nsomething is left");
        assertThat(Files.readString(pages.resolve("pontoon.1")))
                .contains("pontoon\\-oci\\-hook (1)");
        assertThat(Files.readString(folder.resolve("bash-completion/completions/pontoon")))
                .contains(List.of("oci-hook", "--dry-run", "--valid-file"));
    }
}
