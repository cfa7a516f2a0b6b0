package dev.pontoon.node;

import dev.pontoon.testing.Host;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Output;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * Another kernel, run as a process: Debian's {@code user-mode-linux}, unpacked into this module's
 * target folder and not installed. For features that the machine's own kernel may lack.
 */
record UserModeLinux(Path root) {

    private static final Path CACHE = Path.of("target/uml").toAbsolutePath();
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String FETCH =
            "apt-get -q download user-mode-linux && dpkg -x user-mode-linux_*.deb . && rm *.deb";

    /** Unpacks the package once; skips the test where it is not to be had. */
    static UserModeLinux require() {
        Need.root();
        Need.tool("busybox");
        var linux = new UserModeLinux(CACHE);
        if (!Files.isExecutable(linux.program())) {
            fetch();
        }
        Need.file(linux.program());
        return linux;
    }

    private static void fetch() {
        try {
            Files.createDirectories(CACHE);
            Process process =
                    new ProcessBuilder("sh", "-c", FETCH)
                            .directory(CACHE.toFile())
                            .redirectErrorStream(true)
                            .start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes());
            if (process.waitFor() != 0) {
                throw new TestAbortedException("needs: user-mode-linux (" + said.strip() + ")");
            }
        } catch (IOException e) {
            throw new TestAbortedException("needs: user-mode-linux (" + e.getMessage() + ")", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while fetching user-mode-linux", e);
        }
    }

    private Path program() {
        return root.resolve("usr/bin/linux.uml");
    }

    /** The folder with {@code modules.dep}. */
    private Path modules() {
        try (Stream<Path> versions = Files.list(root.resolve("usr/lib/uml/modules"))) {
            return versions.findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException("find the modules of user-mode-linux", e);
        }
    }

    /**
     * Boots, runs the script of that name among the test resources as root, and switches off.
     *
     * @return the folder with what the script wrote; it goes with the host
     */
    Path run(Host host, String script, List<String> modules, PackagedPontoon pontoon) {
        Path results = host.temp().resolve("results");
        Path init = resource(host, "init.sh");
        Path job = resource(host, script);
        try {
            Files.createDirectory(results);
        } catch (IOException e) {
            throw new UncheckedIOException("make " + results, e);
        }
        Output booted =
                host.command(
                                program().toString(),
                                "mem=1024M",
                                "rootfstype=hostfs",
                                "rootflags=/",
                                "ro",
                                "init=" + init,
                                "con=null",
                                "con0=null,fd:1",
                                "ssl=null",
                                "quiet",
                                "uml_dir=" + host.temp() + "/",
                                "RESULTS=" + results,
                                "JOB=" + job,
                                "KERNEL=" + modules(),
                                "MODULES=" + String.join(",", modules),
                                "PONTOON=" + pontoon.folder())
                        .timeout(LIMIT)
                        .run();
        requireEnd(results, booted);
        return results;
    }

    /** A kernel that could not start is no fault of what was to be tested in it. */
    private static void requireEnd(Path results, Output booted) {
        if (!Files.exists(results.resolve("log"))) {
            throw new TestAbortedException("needs: user-mode-linux (" + booted.transcript() + ")");
        }
        String status = read(results, "status").strip();
        if (!status.equals("0")) {
            throw new AssertionError("the script ended with " + status + read(results, "log"));
        }
    }

    static String read(Path results, String name) {
        try {
            Path file = results.resolve(name);
            return Files.exists(file) ? Files.readString(file) : "(no file " + name + ") ";
        } catch (IOException e) {
            throw new UncheckedIOException("read " + name, e);
        }
    }

    private static Path resource(Host host, String name) {
        Path file = host.temp().resolve(name);
        try (InputStream in = UserModeLinux.class.getResourceAsStream("/uml/" + name)) {
            if (in == null) {
                throw new IllegalStateException("missing resource uml/" + name);
            }
            Files.copy(in, file);
            if (!file.toFile().setExecutable(true)) {
                throw new IOException("cannot be made executable: " + file);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("copy uml/" + name, e);
        }
    }
}
