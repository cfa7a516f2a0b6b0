package dev.pontoon.conformance.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A shell that stays in a host and runs one tool after another. Looking at a host takes many tools,
 * and behind an nsenter(1) of its own each would cost several times as much.
 *
 * <p>What a tool prints goes to files, so that what it leaves running cannot spoil a later answer.
 */
final class Console implements AutoCloseable {

    private static final String FOLDER = Host.OWN + "/console";

    /** A request is a line of quoted words, with $n for a line's end; the answer is the status. */
    private static final String LOOP =
            """
            mkdir -p "$0"
            n='
            '
            while IFS= read -r request; do
                (eval "exec $request") > "$0/out" 2> "$0/err" < /dev/null
                echo $?
            done
            """;

    private final List<String> prefix;
    private final Path folder;
    private final ReentrantLock asking = new ReentrantLock();
    private @Nullable Process shell;

    /**
     * A console that begins with its first request.
     *
     * @param prefix enters the host
     * @param root where the host's files are found from outside
     */
    Console(List<String> prefix, Path root) {
        this.prefix = List.copyOf(prefix);
        this.folder = Path.of(root + FOLDER);
    }

    /** Runs a tool to its end; empty while another thread's tool is running. */
    Optional<Output> ask(Invocation tool) {
        if (!asking.tryLock()) {
            return Optional.empty();
        }
        try {
            return Optional.of(answer(tool));
        } catch (IOException e) {
            close();
            throw new HarnessFault("ask a host: " + e.getMessage(), e);
        } finally {
            asking.unlock();
        }
    }

    private Output answer(Invocation tool) throws IOException {
        long started = System.nanoTime();
        Process running = shell(tool.environment());
        var late = new CompletableFuture<Boolean>();
        late.completeOnTimeout(true, tool.timeout().toNanos(), TimeUnit.NANOSECONDS)
                .thenAccept(isLate -> {
                    if (isLate) {
                        end(running);
                    }
                });
        running.getOutputStream().write(request(tool.command()));
        running.getOutputStream().flush();
        Optional<Integer> status = status(running);
        late.complete(false);
        if (status.isEmpty()) {
            close();
        }
        return new Output(
                status.orElse(128 + 9),
                taken("out"),
                taken("err"),
                status.isPresent() ? Output.Ending.BY_ITSELF : Output.Ending.KILLED,
                Duration.ofNanos(System.nanoTime() - started));
    }

    private Process shell(Map<String, String> environment) throws IOException {
        if (shell == null || !shell.isAlive()) {
            List<String> line = new ArrayList<>(prefix);
            line.addAll(List.of("sh", "-c", LOOP, FOLDER));
            var builder = new ProcessBuilder(line);
            builder.environment().clear();
            builder.environment().putAll(environment);
            shell = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        }
        return shell;
    }

    private static byte[] request(List<String> command) {
        return (command.stream().map(Console::quoted).collect(Collectors.joining(" ")) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''").replace("\n", "'\"$n\"'") + "'";
    }

    /** The line that ends an answer; empty when the shell ended instead. */
    private static Optional<Integer> status(Process running) throws IOException {
        int status = 0;
        for (int digit = running.getInputStream().read();
                digit != '\n';
                digit = running.getInputStream().read()) {
            if (digit < 0) {
                return Optional.empty();
            }
            status = status * 10 + digit - '0';
        }
        return Optional.of(status);
    }

    /** Takes a file away, so that whatever still holds it open writes nowhere. */
    private byte[] taken(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            return new byte[0];
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        return bytes;
    }

    private static void end(Process running) {
        running.descendants().forEach(ProcessHandle::destroyForcibly);
        running.destroyForcibly();
    }

    @Override
    public void close() {
        if (shell != null) {
            end(shell);
            shell = null;
        }
    }
}
