package dev.pontoon.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A host of its own for one test: a network and a mount namespace, held by one process.
 *
 * <p>Inside, {@code /run}, {@code /var/lib/cni} and {@code /etc/cni} are empty tmpfs; {@code /etc},
 * {@code /opt} and {@code /var} are the machine's, with changes kept private; the temporary folder
 * (see {@link #temp}) is shared with the test; the rest of the machine's root file system is
 * read-only. {@code lo} is up, IPv4 forwarding is off. Process ids are the machine's. All of it,
 * and every process started in it, is gone after {@link #close}, or when the test's JVM dies.
 *
 * <p>Commands get an environment of {@code PATH} alone and 60 seconds; {@link #command} changes
 * that.
 */
public final class Host implements AutoCloseable {

    private final Holder holder;
    private final HostFiles files;
    private final Command.Place place;
    private final Pipes pipes;
    private final List<Running> started = new ArrayList<>();

    private Host(Holder holder) {
        this.holder = holder;
        this.files = new HostFiles(holder.pid());
        this.pipes = new Pipes(holder.pipes());
        this.place =
                new Command.Place(this, List.of("nsenter", "-t", "" + pid(), "-n", "-m", "--"));
    }

    /**
     * Makes a host. Tests usually let {@link HostExtension} do it.
     *
     * @throws IllegalStateException when the namespaces or mounts are refused
     */
    public static Host create() {
        return new Host(Holder.start());
    }

    /** The process that holds the namespaces. */
    public long pid() {
        return holder.pid();
    }

    /** {@code /proc/PID/ns/net}: the host's network namespace, valid inside and outside. */
    public Path netnsPath() {
        return Path.of("/proc/" + pid() + "/ns/net");
    }

    /** A folder of this host alone, under the same path inside and outside; removed at the end. */
    public Path temp() {
        return holder.temp();
    }

    /** A command to be refined (environment, input, timeout) and then run inside the host. */
    public Command command(String... words) {
        return command(List.of(words));
    }

    /** A command to be refined (environment, input, timeout) and then run inside the host. */
    public Command command(List<String> words) {
        return Command.in(place, words);
    }

    /** Runs a command to its end, whatever its exit status. */
    public Output run(String... words) {
        return command(words).run();
    }

    /** Runs a command to its end, whatever its exit status. */
    public Output run(List<String> words) {
        return command(words).run();
    }

    /** Runs a command and returns its stdout; fails the test unless it exits with 0. */
    public String ok(String... words) {
        return command(words).ok();
    }

    /**
     * Runs a shell script with {@code set -e} and returns its stdout; fails unless it exits with 0.
     */
    public String sh(String script) {
        return command("sh", "-e", "-c", script).ok();
    }

    /** Runs a command and returns its stdout as JSON; fails the test unless it exits with 0. */
    public JsonNode json(String... words) {
        return command(words).json();
    }

    /** A link's addresses but those the kernel gives, as {@code 10.9.0.1/24}. */
    public List<String> addresses(String link) {
        return addresses(json("ip", "-j", "addr", "show", "dev", link));
    }

    static List<String> addresses(JsonNode shown) {
        List<String> addresses = new ArrayList<>();
        for (JsonNode each : shown.path(0).path("addr_info")) {
            if (!each.path("local").asText().startsWith("fe80:")) {
                addresses.add(each.path("local").asText() + "/" + each.path("prefixlen").asText());
            }
        }
        return addresses;
    }

    /** Starts a command in the background. */
    public Running start(String... words) {
        return command(words).start();
    }

    Running launch(Command command, List<String> line) {
        Running running = Running.start(command, line, pipes);
        synchronized (started) {
            started.removeIf(other -> !other.alive());
            started.add(running);
        }
        return running;
    }

    /**
     * Prepares a call of a CNI plugin inside the host.
     *
     * @param bin the folder with the executable; also the call's {@code CNI_PATH}
     * @param plugin the executable's name
     */
    public CniCall cni(Path bin, String plugin) {
        return CniCall.of(this, bin, plugin);
    }

    /** A container as {@code ip netns add} makes one: {@code /run/netns/NAME}, its lo is down. */
    public MountedContainer container(String name) {
        ok("ip", "netns", "add", name);
        return new MountedContainer(this, name, "/run/netns/" + name);
    }

    /** A container as {@code unshare --net=FILE} pins one: {@code /run/pinned/NAME}. */
    public MountedContainer unshareFile(String name) {
        String file = "/run/pinned/" + name;
        write(file, "");
        ok("unshare", "--net=" + file, "true");
        return new MountedContainer(this, name, file);
    }

    /**
     * A container that somebody else made.
     *
     * @param netns its path as seen inside the host, a link in {@code /proc/PID/root} included
     */
    public MountedContainer foreign(String name, String netns) {
        return new MountedContainer(this, name, netns);
    }

    /** A container that is a process: {@code /proc/PID/ns/net}; a killed one leaves no path. */
    public ProcessContainer process(String name) {
        return ProcessContainer.reaped(this, name);
    }

    /**
     * As {@link #process}, but once killed it stays a zombie, as under a parent that never waits.
     */
    public ProcessContainer unreapedProcess(String name) {
        return ProcessContainer.unreaped(this, name);
    }

    /** Everything the host's kernel and state folders hold now. */
    public Snapshot snapshot() {
        Snapshot kernel = SnapshotReader.read(command(SnapshotReader.COMMAND));
        return kernel.and(SnapshotFiles.read(files));
    }

    /**
     * Writes a text file, making its folders.
     *
     * @param path absolute, as seen inside the host
     */
    public void write(String path, String text) {
        files.write(path, text, "rw-r--r--");
    }

    /** Writes an executable script; its first line says what runs it. */
    public void script(String path, String text) {
        files.write(path, text, "rwxr-xr-x");
    }

    /**
     * Reads a text file.
     *
     * @param path absolute, as seen inside the host, not below /proc
     */
    public String read(String path) {
        return files.read(path);
    }

    /** Whether the path leads to anything; true for a link whose target is missing. */
    public boolean exists(String path) {
        return files.exists(path);
    }

    /** Sorted names in a folder; empty when there is no such folder. */
    public List<String> list(String path) {
        return files.list(path);
    }

    /** The path by which the test's JVM reaches a file of the host. */
    public Path outside(String path) {
        return files.outside(path);
    }

    /** Ends every process of the host, and with them its namespaces, mounts and files. */
    @Override
    public void close() {
        synchronized (started) {
            started.forEach(Running::kill);
            started.clear();
        }
        holder.close();
    }
}
