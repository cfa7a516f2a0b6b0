package dev.pontoon.conformance.lab;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Invocation.Stdin;
import dev.pontoon.conformance.host.Output;
import dev.pontoon.conformance.host.Place;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** A call of a plugin that is being prepared: right in everything, unless a body makes it wrong. */
public final class Call {

    private final Lab lab;
    private String executable;
    private final SortedMap<String, String> environment = new TreeMap<>();
    private Place place;
    private Stdin stdin = Stdin.text("");
    private Duration timeout;
    private final List<String> wrapper = new ArrayList<>();

    Call(Lab lab, Place place, String executable, Duration timeout) {
        this.lab = lab;
        this.place = place;
        this.executable = executable;
        this.timeout = timeout;
    }

    /** Sets a variable. */
    public Call env(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Unsets variables. */
    public Call without(String... names) {
        for (String name : names) {
            environment.remove(name);
        }
        return this;
    }

    /** Unsets everything that does not begin with {@code CNI_}. */
    public Call onlyCniVariables() {
        environment.keySet().removeIf(name -> !name.startsWith("CNI_"));
        return this;
    }

    public Call config(JsonNode config) {
        return stdin(Json.text(config));
    }

    public Call stdin(String text) {
        return stdin(Stdin.text(text));
    }

    public Call stdin(Stdin what) {
        stdin = what;
        return this;
    }

    /** Calls another plugin of the network. */
    Call of(Path other) {
        executable = other.toString();
        return this;
    }

    /** Executes it somewhere else than the runtime would. */
    public Call in(Place elsewhere) {
        place = elsewhere;
        return this;
    }

    /** Gives it less or more time than other calls. */
    public Call within(Duration time) {
        timeout = time;
        return this;
    }

    /**
     * Lets a command start the plugin, which gets the plugin's path as its last argument and has to
     * exec it.
     */
    public Call through(String... command) {
        wrapper.addAll(List.of(command));
        return this;
    }

    /** Calls the plugin and waits for its end. */
    public Reply run() {
        return start().reply();
    }

    /** Calls the plugin without waiting. */
    public Running start() {
        List<String> line = new ArrayList<>(wrapper);
        line.add(executable);
        var invocation = new Invocation(line, environment, stdin, timeout);
        return new Running(place.start(invocation), invocation);
    }

    /** A call that goes on. */
    public final class Running {
        private final Execution execution;
        private final Invocation invocation;

        Running(Execution execution, Invocation invocation) {
            this.execution = execution;
            this.invocation = invocation;
        }

        /** Sends the plugin a signal: {@code TERM}, {@code KILL}. */
        public void signal(String name) {
            lab.note("send SIG" + name + " to the plugin");
            execution.signal(name);
        }

        public boolean isAlive() {
            return execution.isAlive();
        }

        /** Waits for the plugin's end. */
        public Reply reply() {
            Output output = execution.await();
            lab.recorder().called(invocation, output);
            String command = environment.getOrDefault("CNI_COMMAND", "the call");
            return new Reply(command.isEmpty() ? "the call" : command, output);
        }
    }

    static String shown(Stdin stdin) {
        return switch (stdin) {
            case Stdin.Bytes(byte[] bytes) -> new String(bytes, StandardCharsets.UTF_8);
            case Stdin.HeldOpen(byte[] bytes) ->
                    new String(bytes, StandardCharsets.UTF_8) + " [held open]";
            case Stdin.Closed _ -> "[closed]";
            case Stdin.Unreadable _ -> "[every read fails]";
        };
    }
}
