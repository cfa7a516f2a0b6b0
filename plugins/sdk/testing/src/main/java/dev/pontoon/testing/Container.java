package dev.pontoon.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;

/** A network namespace beside a {@link Host}'s own; its processes see the host's files. */
public abstract sealed class Container permits MountedContainer, ProcessContainer {

    private final Host host;
    private final String name;
    private final String netns;

    Container(Host host, String name, String netns) {
        this.host = host;
        this.name = name;
        this.netns = netns;
    }

    final Host host() {
        return host;
    }

    /** The test's name for it; also its container id in {@link CniCall#container}. */
    public final String name() {
        return name;
    }

    /** The namespace's path as seen inside the host: what {@code CNI_NETNS} is set to. */
    public final String netns() {
        return netns;
    }

    /** The same namespace by a path that the test's own JVM can open. */
    public final Path netnsPath() {
        return host.outside(netns);
    }

    /** A command to be refined and then run inside the container. */
    public final Command command(String... words) {
        return command(List.of(words));
    }

    /** A command to be refined and then run inside the container. */
    public final Command command(List<String> words) {
        // The host's mounts as well, so that /run and the state folders are the host's.
        var entrance =
                List.of("nsenter", "-t", "" + host.pid(), "-m", "--net=" + netnsPath(), "--");
        return Command.in(new Command.Place(host, entrance), words);
    }

    /** Runs a command to its end, whatever its exit status. */
    public final Output run(String... words) {
        return command(words).run();
    }

    /** Runs a command and returns its stdout; fails the test unless it exits with 0. */
    public final String ok(String... words) {
        return command(words).ok();
    }

    /**
     * Runs a shell script with {@code set -e} and returns its stdout; fails unless it exits with 0.
     */
    public final String sh(String script) {
        return command("sh", "-e", "-c", script).ok();
    }

    /** Runs a command and returns its stdout as JSON; fails the test unless it exits with 0. */
    public final JsonNode json(String... words) {
        return command(words).json();
    }

    /** Starts a command in the background. */
    public final Running start(String... words) {
        return command(words).start();
    }

    /** Whether one ping of at most a second is answered. */
    public final boolean pings(String address) {
        return run("ping", "-c1", "-W1", address).exit() == 0;
    }

    /** Waits for an answer to a ping. */
    public final void awaitPing(String address) {
        Await.until("an answer from " + address, () -> pings(address));
    }

    /** A link's addresses but those the kernel gives, as {@code 10.9.0.1/24}. */
    public final List<String> addresses(String link) {
        return Host.addresses(json("ip", "-j", "addr", "show", "dev", link));
    }

    /** Everything the kernel holds in this namespace now; no files. */
    public final Snapshot snapshot() {
        return SnapshotReader.read(command(SnapshotReader.COMMAND));
    }

    /**
     * Removes the namespace and its path, as a runtime does in the end. Repeating it is harmless.
     */
    public abstract void remove();
}
