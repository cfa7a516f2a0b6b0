package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Wait;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a runtime is given in a plugin's or a hook's stead: a script that reports each of its runs
 * and then does what the harness says, as a child of the runtime. So it is the runtime that calls,
 * and the harness that decides what and when.
 *
 * <p>One relay may serve any number of containers; whoever waits says which call is theirs.
 */
final class Relay {

    private final Host host;
    private final String folder;
    private final Map<String, RelayedCall> seen = new ConcurrentHashMap<>();

    private Relay(Host host, String folder) {
        this.host = host;
        this.folder = folder;
    }

    /**
     * Makes a relay.
     *
     * @param name of a folder below the harness's own; the same name twice is the same relay
     */
    static Relay install(Host host, String name) {
        var relay = new Relay(host, Host.OWN + "/relay/" + name);
        relay.copyTo(relay.folder + "/relay");
        return relay;
    }

    /** The folder with the script, which is called {@code relay} there. */
    String folder() {
        return folder;
    }

    /** The script. */
    String script() {
        return folder + "/relay";
    }

    /** Writes the script to another place too. */
    void copyTo(String path) {
        host.writeScript(path, text().replace("@FOLDER@", folder));
    }

    private static String text() {
        try (InputStream stream = Relay.class.getResourceAsStream("relay.sh")) {
            if (stream == null) {
                throw new HarnessFault("the harness's own file relay.sh is missing");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new HarnessFault("read relay.sh", e);
        }
    }

    /**
     * Waits for a call nobody has taken yet.
     *
     * @throws HarnessFault when none comes in time
     */
    RelayedCall take(String what, Duration most, Predicate<RelayedCall> mine) {
        return Wait.until(what, most, () -> pending(mine));
    }

    /** A call nobody has taken yet; whoever gets it here has taken it. */
    Optional<RelayedCall> pending(Predicate<RelayedCall> mine) {
        return calls().stream().filter(mine).filter(RelayedCall::take).findFirst();
    }

    /**
     * Waits until something is so, and answers every call that comes meanwhile as a plugin that has
     * nothing to do.
     *
     * @return whether it was so in time
     */
    boolean appease(Duration most, BooleanSupplier done, Predicate<RelayedCall> mine) {
        return Wait.holds(
                most,
                () -> {
                    pending(mine).ifPresent(call -> call.answer(0, ""));
                    return done.getAsBoolean();
                });
    }

    private List<RelayedCall> calls() {
        Path calls = host.file(folder);
        try (Stream<Path> list = Files.list(calls)) {
            return list.filter(call -> Files.exists(call.resolve("ready")))
                    .map(call ->
                            seen.computeIfAbsent(
                                    call.getFileName().toString(), _ -> new RelayedCall(call)))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new HarnessFault("read the calls in " + calls + ": " + e.getMessage(), e);
        }
    }
}
