package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Place;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** One run of a {@link Relay}'s script. What is started here is a child of the script. */
final class RelayedCall implements Place {

    private final Path folder;
    private final Map<String, String> environment;
    private final String stdin;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicInteger jobs = new AtomicInteger();

    RelayedCall(Path folder) {
        this.folder = folder;
        environment = environment(read("environ"));
        stdin = read("stdin");
    }

    private String read(String name) {
        try {
            return Files.readString(folder.resolve(name));
        } catch (IOException e) {
            throw new HarnessFault("read what a runtime called with: " + e.getMessage(), e);
        }
    }

    private static Map<String, String> environment(String zeroTerminated) {
        Map<String, String> all = new TreeMap<>();
        for (String pair : zeroTerminated.split("\0", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                all.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        return Map.copyOf(all);
    }

    /** Says that the caller will answer it; whether nobody said so before. */
    boolean take() {
        return taken.compareAndSet(false, true);
    }

    /** The runtime's whole environment for its plugin. */
    Map<String, String> environment() {
        return environment;
    }

    /** One of the variables; empty when the runtime did not set it. */
    String variable(String name) {
        return environment.getOrDefault(name, "");
    }

    /** What the runtime wrote to its plugin. */
    String stdin() {
        return stdin;
    }

    /** Whether it is an ADD or DEL, whatever the word. */
    boolean is(String command) {
        return variable("CNI_COMMAND").equals(command);
    }

    @Override
    public Execution start(Invocation invocation) {
        if (answered.get()) {
            throw new HarnessFault("the runtime's call was answered already; nothing runs in it");
        }
        String job = "job" + jobs.incrementAndGet();
        Path work = folder.resolve(job);
        try {
            Files.createDirectory(work);
            Files.writeString(work.resolve("program"), program(invocation));
            prepareStdin(work, invocation.stdin());
        } catch (IOException e) {
            throw new HarnessFault("hand a program to a runtime's call: " + e.getMessage(), e);
        }
        order("run " + job);
        return new RelayedExecution(this, work, invocation.timeout());
    }

    private void prepareStdin(Path work, Invocation.Stdin stdin) throws IOException {
        byte[] bytes =
                switch (stdin) {
                    case Invocation.Stdin.Bytes(byte[] all) -> all;
                    case Invocation.Stdin.HeldOpen(byte[] first) -> first;
                    case Invocation.Stdin.Closed _, Invocation.Stdin.Unreadable _ -> new byte[0];
                };
        Files.write(work.resolve("bytes"), bytes);
        if (stdin instanceof Invocation.Stdin.HeldOpen) {
            Files.createFile(work.resolve("hold.wanted"));
        }
    }

    private static String program(Invocation invocation) {
        List<String> line = new ArrayList<>(List.of("exec", "env", "-i"));
        invocation.environment().forEach((name, value) -> line.add(quote(name + "=" + value)));
        invocation.command().forEach(word -> line.add(quote(word)));
        line.add(
                switch (invocation.stdin()) {
                    case Invocation.Stdin.Closed _ -> "<&-";
                    case Invocation.Stdin.Unreadable _ -> "</";
                    case Invocation.Stdin.Bytes _, Invocation.Stdin.HeldOpen _ -> "";
                });
        return "echo $$ > \"${0%/*}/pid\"\n" + String.join(" ", line) + "\n";
    }

    private static String quote(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    /** Sends a signal to a process that was started here. */
    void signal(String name, String pid) {
        order("signal " + name + " " + pid);
    }

    /** Lets the script print this and end with that status; nothing when it was let go before. */
    void answer(int exit, String stdout) {
        if (!answered.compareAndSet(false, true)) {
            return;
        }
        try {
            Files.writeString(folder.resolve("answer"), stdout);
        } catch (IOException e) {
            throw new HarnessFault("answer a runtime's call: " + e.getMessage(), e);
        }
        order("answer " + exit);
    }

    private void order(String line) {
        // Opened for reading as well: opening does not block then, even if the runtime killed the
        // script.
        try (var orders = new RandomAccessFile(folder.resolve("orders").toFile(), "rw")) {
            orders.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new HarnessFault("tell a runtime's call to " + line + ": " + e.getMessage(), e);
        }
    }
}
