package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A folder laid out as an installation, with the real launcher and, in place of Java, a shell
 * script that writes down how it was called and then does what a test says.
 */
record FakeHome(Path folder) {

    /** What the launcher takes itself for. */
    static final String BUILD = "0123abc";

    private static final Path SOURCES = Path.of("src", "main", "c");

    /** Compiles the launcher once; the binary may be copied into many homes. */
    static Path compile(Path folder) {
        Path binary = folder.resolve("launcher-binary");
        var command =
                new ArrayList<>(List.of("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2"));
        command.addAll(List.of("-DBUILD=\"" + BUILD + "\"", "-o", binary.toString()));
        for (String source : List.of("launcher.c", "handover.c", "failure.c", "memory.c")) {
            command.add(SOURCES.resolve(source).toString());
        }
        Ended compiler = Ended.run(new ProcessBuilder(command));
        assertThat(compiler.status()).as(compiler.err()).isZero();
        return binary;
    }

    static FakeHome create(Path folder, Path binary) throws IOException {
        Files.createDirectories(folder.resolve("bin"));
        Files.createDirectories(folder.resolve("lib"));
        Files.createDirectories(folder.resolve("runtime/bin"));
        Files.copy(binary, folder.resolve("lib/launcher"));
        Files.createSymbolicLink(folder.resolve("bin/bridge"), Path.of("../lib/launcher"));
        var home = new FakeHome(folder.toRealPath());
        home.javaDoes("exit 0");
        return home;
    }

    Path plugin() {
        return folder.resolve("bin/bridge");
    }

    Path java() {
        return folder.resolve("runtime/bin/java");
    }

    /** Writes the script for Bash that stands in for Java; dash would unblock blocked signals. */
    void javaDoes(String script) throws IOException {
        String recording =
                """
                #!/bin/bash
                printf '%%s\\n' "$@" > '%1$s/arguments'
                env > '%1$s/environment'
                """;
        Files.deleteIfExists(java());
        Files.writeString(java(), recording.formatted(folder) + script + "\n");
        Files.setPosixFilePermissions(java(), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    boolean javaWasStarted() {
        return Files.exists(folder.resolve("arguments"));
    }

    List<String> javaArguments() throws IOException {
        return Files.readAllLines(folder.resolve("arguments"));
    }

    List<String> javaEnvironment() throws IOException {
        return Files.readAllLines(folder.resolve("environment"));
    }

    /** A call of {@code command} whose environment is {@code environment} and nothing else. */
    ProcessBuilder call(Map<String, String> environment, String... command) {
        var builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }

    ProcessBuilder call() {
        return call(Map.of(), plugin().toString());
    }
}
