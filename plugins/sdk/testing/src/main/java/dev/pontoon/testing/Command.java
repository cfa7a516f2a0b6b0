package dev.pontoon.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A command to run inside a {@link Host} or {@link Container}. Immutable: each method returns a
 * changed copy.
 *
 * <p>The environment holds {@code PATH} only, standard input is empty, and the command is killed
 * after 60 seconds, unless said otherwise.
 */
public final class Command {

    static final List<String> FOLDERS =
            List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");
    static final String PATH = String.join(":", FOLDERS);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Place place;
    private final List<String> words;
    private final Map<String, String> environment;
    private final byte[] input;
    private final Duration timeout;

    private Command(
            Place place,
            List<String> words,
            Map<String, String> environment,
            byte[] input,
            Duration timeout) {
        this.place = place;
        this.words = List.copyOf(words);
        this.environment = Collections.unmodifiableMap(new TreeMap<>(environment));
        this.input = input;
        this.timeout = timeout;
    }

    static Command in(Place place, List<String> words) {
        return new Command(place, words, Map.of("PATH", PATH), new byte[0], PATIENCE);
    }

    /** Adds or replaces one environment variable. */
    public Command env(String name, String value) {
        Map<String, String> changed = new TreeMap<>(environment);
        changed.put(name, value);
        return withEnvironment(changed);
    }

    /** Removes one environment variable, {@code PATH} included. */
    public Command without(String name) {
        Map<String, String> changed = new TreeMap<>(environment);
        changed.remove(name);
        return withEnvironment(changed);
    }

    private Command withEnvironment(Map<String, String> changed) {
        return new Command(place, words, changed, input, timeout);
    }

    /** Feeds this text, as UTF-8, to standard input. */
    public Command stdin(String text) {
        return stdin(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Feeds these bytes to standard input. */
    public Command stdin(byte[] bytes) {
        return new Command(place, words, environment, bytes.clone(), timeout);
    }

    /** How long to wait for the end before killing the command and failing the test. */
    public Command timeout(Duration limit) {
        return new Command(place, words, environment, input, limit);
    }

    /** Runs to the end, whatever the exit status. */
    public Output run() {
        return start().await();
    }

    /** Runs to the end and returns stdout; fails the test unless the exit status is 0. */
    public String ok() {
        return run().ok();
    }

    /** Runs to the end and returns stdout as JSON; fails the test unless the exit status is 0. */
    public JsonNode json() {
        return run().json();
    }

    /** Starts in the background. What still runs when the host is closed is killed then. */
    public Running start() {
        List<String> line = new ArrayList<>(place.entrance());
        line.addAll(words);
        return place.host().launch(this, line);
    }

    List<String> words() {
        return words;
    }

    Map<String, String> environment() {
        return environment;
    }

    byte[] input() {
        return input.clone();
    }

    Duration timeout() {
        return timeout;
    }

    /** Where commands run: the words that enter the namespaces, and who owns what is started. */
    record Place(Host host, List<String> entrance) {}
}
