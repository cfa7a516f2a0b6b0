package dev.pontoon.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** What a process left: its exit status, and all of its standard output and standard error. */
record Ended(int status, String out, String err) {

    /** Waits for the end of {@code process}, reading both streams so that neither can block it. */
    static Ended of(Process process) {
        var err = CompletableFuture.supplyAsync(() -> readAll(process.getErrorStream()));
        String out = readAll(process.getInputStream());
        return new Ended(process.onExit().join().exitValue(), out, err.join());
    }

    /** Runs {@code builder}'s command with nothing on standard input. */
    static Ended run(ProcessBuilder builder) {
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            return of(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String readAll(InputStream stream) {
        try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
