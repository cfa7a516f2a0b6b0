package dev.pontoon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.conformance.suite.Suite;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

    @TempDir private Path folder;

    private record Answer(int status, String out, String err) {}

    private static Answer answer(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status =
                Main.commandLine(
                                new Main.Surroundings(List.of("cni-conformance"), false),
                                new PrintWriter(out, true),
                                new PrintWriter(err, true))
                        .execute(arguments);
        return new Answer(status, out.toString(), err.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "list", "explain", "compare", "builders", "clean", "pods"})
    void everyCommandHelpsWithExamples(String command) {
        Answer help = answer(command, "--help");

        assertThat(help.status()).isZero();
        assertThat(help.out()).contains("Usage: cni-conformance " + command, "Example");
    }

    @Test
    void completionForShellsIsThere() {
        assertThat(answer("generate-completion").out()).contains("_complete_cni-conformance");
    }

    @Test
    void aWrongCommandLineIsStatus2WithOneSentenceAndNoHelpText() throws IOException {
        executable("bridge");
        executable("unheard-of");
        String plugins = folder.toString();

        misused("no command is given");
        misused("nope", "nope");
        misused("none of [must, should, may, de-facto]", "run", "--level", "hard");
        misused("no CNI version is called 3.0", "run", "--spec-version", "3.0");
        misused("no case is called or begins with nope", "run", "--plugins", plugins, "nope");
        misused("no builder is called lxc", "run", "--plugins", plugins, "--builder", "lxc");
        misused("/nowhere is no folder", "run", "--plugins", "/nowhere");
        misused("say what to do", "pods");
        misused("there is no /nowhere", "pods", "list", "--socket", "/nowhere");
        misused("80 is no pair of ports", "pods", "run", "web", "--port", "80");
        misused("65536:80 is no pair of ports", "pods", "run", "web", "--port", "65536:80");
        misused("static is no executable", "run", "--plugins", plugins, "--type", "static");
        misused(
                "no plugin of type unheard-of",
                "run",
                "--plugins",
                plugins,
                "--type",
                "unheard-of");
        misused(
                "give one of them",
                "run",
                "--plugins",
                plugins,
                "--builder",
                "all",
                "--profile",
                "full");
        misused("at least 1", "run", "--plugins", plugins, "--jobs", "0");
        misused("known findings in /nowhere", "run", "--plugins", plugins, "--known", "/nowhere");
        misused("two reports", "run", "--plugins", plugins, "--tap", "same", "--json", "same");
        misused("is no executable", "run", "--plugins", plugins, "--type", "../bridge/x");
        misused("read the report /nowhere", "compare", "/nowhere", "/nowhere");
        misused("Missing required parameter", "explain");
        misused("several cases", "explain", "del");
    }

    private static void misused(String words, String... arguments) {
        Answer answer = answer(arguments);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(2);
        assertThat(answer.err()).contains(words).startsWith("cni-conformance");
        assertThat(answer.err().lines().count()).isLessThan(8);
    }

    private void executable(String name) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\nexit 1\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void aFolderWithoutAKnownPluginIsStatus2() throws IOException {
        executable("unheard-of");

        misused("holds no plugin that the harness knows", "run", "--plugins", folder.toString());
    }

    @Test
    void aBrokenProfileIsNamed() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("profile.json"), "{\"type\":\"x\",\"is\":[\"blue\"]}");

        misused(
                "read the profile " + file,
                "run",
                "--plugins",
                folder.toString(),
                "--profile-file",
                file.toString());
    }

    @Test
    void listShowsEveryCaseAndWhatItIsAbout() {
        Answer list = answer("list");

        assertThat(list.status()).isZero();
        Suite.all()
                .forEach(one -> assertThat(list.out()).contains(one.id(), one.when(), one.then()));
        assertThat(list.out()).contains("\n" + Suite.all().size() + " cases; next: ");
    }

    @Test
    void listFindsCasesByPrefixAndByAssertion() {
        assertThat(answer("list", "del/rep").out()).contains("del/repeated", "\n1 case; next: ");
        assertThat(answer("list", "del-02").out()).contains("del/repeated");
    }

    @Test
    void listAsJsonHasEveryCase() throws IOException {
        JsonNode json = new ObjectMapper().readTree(answer("list", "--json").out());

        assertThat(json).hasSize(Suite.all().size());
        assertThat(json.get(0).path("level").asText()).isNotEmpty();
    }

    @Test
    void coverageCountsTheCatalogue() {
        assertThat(answer("list", "--coverage").out())
                .containsPattern(
                        "\\n\\d+ assertions: \\d+ covered by cases, \\d+ that no case can decide");
    }

    @Test
    void explainTellsTheSentenceItsPlaceAndHowToRunIt() {
        assertThat(answer("explain", "del/repeated").out())
                .contains(
                        "del/repeated (must)",
                        "Plugins MUST accept multiple `DEL` calls",
                        "https://github.com/containernetworking/cni/blob/spec-v1.1.0/SPEC.md#del-",
                        "next: cni-conformance run del/repeated --verbose");
    }

    @Test
    void twoJsonReportsAreCompared() throws IOException {
        Path old = report("old.json", "passed");
        Path now = report("new.json", "failed");

        assertThat(answer("compare", old.toString(), old.toString()).status()).isZero();
        Answer differing = answer("compare", old.toString(), now.toString());
        assertThat(differing.status()).isEqualTo(1);
        assertThat(differing.out())
                .containsPattern("bridge:del/a@ip-netns +must +passed +failed")
                .contains("exit 1", "1 verdicts differ, 0 are the same");
    }

    private Path report(String name, String outcome) throws IOException {
        return Files.writeString(
                folder.resolve(name),
                """
                {"schema":1,"judged":"x","cases":[{"id":"del/a","level":"must"}],"verdicts":[
                 {"key":"bridge:del/a@ip-netns","case":"del/a","outcome":"%s","findings":[{"actual":"exit 1"}]}]}
                """
                        .formatted(outcome));
    }
}
