package dev.pontoon.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The process that keeps a host's namespaces alive. It waits for the end of its standard input, so
 * that it notices the death of this JVM, and then kills whoever still lives in the host.
 */
final class Holder implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 20;

    private final Process process;
    private final Path folder;

    private Holder(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
    }

    static Holder start() {
        try {
            Path folder = Files.createTempDirectory("pontoon-host-").toRealPath();
            var holder = new Holder(launchIn(folder), folder);
            Files.createDirectory(holder.temp());
            Files.createDirectory(holder.pipes());
            holder.awaitReady();
            return holder;
        } catch (IOException e) {
            throw new UncheckedIOException("make a private host: " + e.getMessage(), e);
        }
    }

    /** A started holder is closed together with its folder; one that never started leaves none. */
    private static Process launchIn(Path folder) throws IOException {
        try {
            return launch(folder);
        } catch (IOException | RuntimeException e) {
            Files.delete(folder);
            throw e;
        }
    }

    private static Process launch(Path folder) throws IOException {
        // The parent of the temporary folder is what test and host share.
        String shared = folder.resolveSibling("").toString();
        var builder =
                new ProcessBuilder(
                        List.of(
                                "unshare",
                                "-n",
                                "-m",
                                "--propagation",
                                "private",
                                "sh",
                                "-c",
                                Resource.text("holder.sh"),
                                "pontoon-host",
                                shared));
        builder.environment().clear();
        builder.environment().put("PATH", Command.PATH);
        return builder.redirectErrorStream(true).start();
    }

    private void awaitReady() throws IOException {
        var said = new StringBuilder();
        var reader =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = reader.readLine();
        while (line != null && !line.equals("ready")) {
            said.append(line).append('\n');
            line = reader.readLine();
        }
        if (line == null) {
            close();
            throw new IllegalStateException("make a private host: " + said);
        }
    }

    long pid() {
        return process.pid();
    }

    Path temp() {
        return folder.resolve("temp");
    }

    Path pipes() {
        return folder.resolve("pipes");
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IllegalStateException(
                        "close host: its processes did not end in " + PATIENCE_SECONDS + " s");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("close host " + pid(), e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while closing host " + pid(), e);
        } finally {
            deleteTree(folder);
        }
    }

    /** Runs after the mount namespace is gone: nothing can be mounted below the folder any more. */
    private static void deleteTree(Path folder) {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException _) {
            // A test may remove its own folder.
        } catch (IOException e) {
            throw new UncheckedIOException("delete " + folder, e);
        }
    }

    /** The scripts that lie beside the classes. */
    static final class Resource {
        private Resource() {}

        static String text(String name) {
            try (InputStream in = Holder.class.getResourceAsStream(name)) {
                if (in == null) {
                    throw new IllegalStateException("missing resource " + name);
                }
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException("read resource " + name, e);
            }
        }
    }
}
