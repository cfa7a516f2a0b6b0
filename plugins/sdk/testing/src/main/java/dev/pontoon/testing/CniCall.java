package dev.pontoon.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A call of a CNI plugin, being prepared. Immutable, so that one prepared call serves ADD, CHECK
 * and DEL.
 *
 * <p>Without further words it carries {@code PATH}, {@code CNI_PATH} (the plugin's own folder) and
 * {@code CNI_COMMAND}: what STATUS and VERSION get. {@link #container} adds the attachment.
 */
public final class CniCall {

    private final Command command;

    private CniCall(Command command) {
        this.command = command;
    }

    static CniCall of(Host host, Path bin, String plugin) {
        Path folder = bin.toAbsolutePath();
        Command command = host.command(List.of(folder.resolve(plugin).toString()));
        return new CniCall(command.env("CNI_PATH", folder.toString()));
    }

    /** Sets container id and namespace, and {@code eth0} as the interface's name if none is set. */
    public CniCall container(Container container) {
        CniCall call = containerId(container.name()).netns(container.netns());
        return command.environment().containsKey("CNI_IFNAME") ? call : call.ifname("eth0");
    }

    public CniCall containerId(String id) {
        return env("CNI_CONTAINERID", id);
    }

    /** Sets {@code CNI_NETNS}; the empty text means that the runtime knows of none. */
    public CniCall netns(String path) {
        return env("CNI_NETNS", path);
    }

    public CniCall ifname(String name) {
        return env("CNI_IFNAME", name);
    }

    /** Sets {@code CNI_ARGS}: {@code KEY=value;KEY=value}. */
    public CniCall args(String args) {
        return env("CNI_ARGS", args);
    }

    /** Sets {@code CNI_PATH}: folders separated by colons. */
    public CniCall cniPath(String path) {
        return env("CNI_PATH", path);
    }

    /** Adds or replaces one environment variable. */
    public CniCall env(String name, String value) {
        return new CniCall(command.env(name, value));
    }

    /** Removes one environment variable, {@code PATH} included. */
    public CniCall without(String name) {
        return new CniCall(command.without(name));
    }

    /** Sets the network configuration. */
    public CniCall stdin(JsonNode configuration) {
        return stdin(configuration.toString());
    }

    /** Sets the network configuration, or whatever else is to arrive on standard input. */
    public CniCall stdin(String text) {
        return stdin(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sets the bytes that arrive on standard input. */
    public CniCall stdin(byte[] bytes) {
        return new CniCall(command.stdin(bytes));
    }

    /** How long the plugin may take before it is killed and the test fails; 60 s if not said. */
    public CniCall timeout(Duration limit) {
        return new CniCall(command.timeout(limit));
    }

    public CniResult add() {
        return start("ADD").await();
    }

    public CniResult del() {
        return start("DEL").await();
    }

    public CniResult check() {
        return start("CHECK").await();
    }

    public CniResult gc() {
        return start("GC").await();
    }

    public CniResult status() {
        return start("STATUS").await();
    }

    public CniResult version() {
        return start("VERSION").await();
    }

    /**
     * Starts the plugin and returns at once.
     *
     * @param verb the value of {@code CNI_COMMAND}; any text, so that wrong ones can be tried
     */
    public RunningCall start(String verb) {
        Command complete = command.env("CNI_COMMAND", verb);
        return new RunningCall(verb, complete, complete.start());
    }
}
