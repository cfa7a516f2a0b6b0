package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A folder laid out as scripts/package does it, small, with a shell script in Java's place. */
record FakePackage(Path folder) {

    private static final Path SCRIPTS = Path.of("../../scripts");

    /** Makes a package whose plugins, when called, run {@code java}, a shell script. */
    static FakePackage create(
            Path folder, Path launcher, String build, String java, String... plugins)
            throws IOException {
        for (String part : new String[] {"bin", "lib", "runtime/bin"}) {
            Files.createDirectories(folder.resolve(part));
        }
        Files.copy(launcher, folder.resolve("lib/launcher"));
        Files.writeString(folder.resolve("lib/build-id"), build + "\n");
        Files.writeString(folder.resolve("lib/pontoon.jar"), build);
        Path program =
                Files.writeString(folder.resolve("runtime/bin/java"), "#!/bin/sh\n" + java + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String plugin : plugins) {
            Files.createSymbolicLink(
                    folder.resolve("bin").resolve(plugin), Path.of("../lib/launcher"));
        }
        Files.copy(Path.of("systemd/pontoon.service"), folder.resolve("lib/pontoon.service"));
        Files.copy(SCRIPTS.resolve("install"), folder.resolve("install"));
        Files.copy(SCRIPTS.resolve("uninstall"), folder.resolve("uninstall"));
        var made = new FakePackage(folder);
        made.writeSums();
        return made;
    }

    private void writeSums() {
        String sums =
                "find bin lib runtime -type f -exec sha256sum {} + > sums; mv sums lib/SHA256SUMS";
        var builder = new ProcessBuilder("sh", "-c", sums);
        assertThat(Ended.run(builder.directory(folder.toFile())).status()).isZero();
    }
}
