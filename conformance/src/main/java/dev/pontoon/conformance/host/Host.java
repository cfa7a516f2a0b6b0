package dev.pontoon.conformance.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A machine for one case or one runtime: network, mount, process and name namespaces over a
 * throw-away layer of this machine's file system.
 *
 * <p>{@code /run} is empty, {@code /var/lib/cni} and {@code /etc/cni} too, {@code lo} is up, IPv4
 * forwarding is off. {@code /run/conformance} is the harness's own and in no snapshot. Whatever
 * runs in it ends with {@link #close}, or with the harness, however that ends.
 */
public final class Host implements Place, AutoCloseable {

    /** The harness's own folder inside a host. */
    public static final String OWN = "/run/conformance";

    private static final String HOST_SCRIPT = resource("host.sh");
    private static final String SNAPSHOT_SCRIPT = resource("snapshot.sh");

    private final Process holder;
    private final long pid;
    private final Path mountPoint;
    private final RunFolder run;
    private final Console console;

    private Host(RunFolder run, Process holder, long pid, Path mountPoint) {
        this.run = run;
        this.console = new Console(nsenter(pid), Path.of("/proc/" + pid + "/root"));
        this.holder = holder;
        this.pid = pid;
        this.mountPoint = mountPoint;
    }

    /**
     * Makes a host.
     *
     * @throws HarnessFault when the machine refuses namespaces or mounts
     */
    public static Host create(RunFolder run) {
        try {
            Path mountPoint = run.mountPoint();
            var builder =
                    new ProcessBuilder(
                            "unshare",
                            "--mount",
                            "--net",
                            "--uts",
                            "--pid",
                            "--fork",
                            "--kill-child",
                            "--propagation",
                            "private",
                            "bash",
                            "-c",
                            HOST_SCRIPT,
                            "host",
                            mountPoint.toString());
            Process holder = builder.redirectErrorStream(true).start();
            awaitReady(holder);
            long pid =
                    holder.children()
                            .findFirst()
                            .orElseThrow(() -> new HarnessFault("a new host ended at once"))
                            .pid();
            return new Host(run, holder, pid, mountPoint).prepared();
        } catch (IOException e) {
            throw new HarnessFault("make a host: " + e.getMessage(), e);
        }
    }

    private Host prepared() {
        if (!run.preparation().isEmpty()) {
            try {
                script(run.preparation());
            } catch (HarnessFault e) {
                close();
                throw new HarnessFault("prepare a host: " + e.reason(), e);
            }
        }
        return this;
    }

    private static void awaitReady(Process holder) throws IOException {
        var lines =
                new BufferedReader(
                        new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
        List<String> said = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals("ready")) {
                return;
            }
            said.add(line);
        }
        throw new HarnessFault(
                "this machine refuses a host (root with all capabilities is needed): "
                        + String.join("; ", said));
    }

    private static String resource(String name) {
        try (InputStream stream = Host.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new HarnessFault("the harness's own file " + name + " is missing");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new HarnessFault("read " + name, e);
        }
    }

    /**
     * A machine inside this one: the namespaces of one of its processes. It ends with this host,
     * and closing it closes this host.
     *
     * @param process its number in this host
     * @throws HarnessFault when the host has no such process
     */
    public Host within(long process) {
        int level = processNumbers(pid).size() - 1;
        long found =
                ProcessHandle.of(pid).stream()
                        .flatMap(ProcessHandle::descendants)
                        .map(ProcessHandle::pid)
                        .filter(each -> isNumbered(each, level, process))
                        .findFirst()
                        .orElseThrow(() -> new HarnessFault("a host has no process " + process));
        return new Host(run, holder, found, mountPoint);
    }

    private static boolean isNumbered(long process, int level, long number) {
        List<Long> numbers = processNumbers(process);
        return numbers.size() > level && numbers.get(level) == number;
    }

    /** A process's numbers, from this machine's namespace inwards; none when it has ended. */
    private static List<Long> processNumbers(long process) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process + "/status"))) {
            return lines.filter(line -> line.startsWith("NSpid:"))
                    .flatMap(line -> Stream.of(line.substring(6).strip().split("\\s+")))
                    .map(Long::valueOf)
                    .toList();
        } catch (IOException | UncheckedIOException _) {
            return List.of();
        }
    }

    /** The run this host belongs to. */
    public RunFolder run() {
        return run;
    }

    /** The process that holds the namespaces, as this machine numbers it. */
    public long pid() {
        return pid;
    }

    @Override
    public Execution start(Invocation invocation) {
        return LocalProcess.start(nsenter(pid), true, invocation);
    }

    private static List<String> nsenter(long pid) {
        return List.of("/usr/bin/nsenter", "-t", Long.toString(pid), "-m", "-n", "-u", "-p", "--");
    }

    /** Runs a tool, whatever its exit status. */
    public Output tool(List<String> command) {
        Invocation tool = Invocation.tool(command);
        return console.ask(tool).orElseGet(() -> run(tool));
    }

    /** Runs a tool, whatever its exit status. */
    public Output tool(String... command) {
        return tool(List.of(command));
    }

    /**
     * Runs a tool that has to work, and returns its stdout.
     *
     * @throws HarnessFault when its exit status is not 0
     */
    public String ok(String... command) {
        return ok(List.of(command));
    }

    /** As {@link #ok(String...)}. */
    public String ok(List<String> command) {
        Output output = tool(command);
        if (output.exit() != 0) {
            throw new HarnessFault(
                    String.join(" ", command)
                            + " ended with "
                            + output.exit()
                            + ": "
                            + output.err()
                            + output.out());
        }
        return output.out();
    }

    /** Runs a shell script that has to work ({@code set -e}), and returns its stdout. */
    public String script(String script, String... arguments) {
        List<String> line = new ArrayList<>(List.of("sh", "-e", "-c", script, "script"));
        line.addAll(List.of(arguments));
        return ok(line);
    }

    /** What the host's own network namespace and its file systems hold. */
    public Snapshot snapshot() {
        var things = new TreeMap<>(SnapshotReader.read(tool("sh", "-c", SNAPSHOT_SCRIPT)).things());
        things.putAll(ChangedFiles.of(this));
        return new Snapshot(things);
    }

    /** What the network namespace at a path, as seen in the host, holds. */
    public Snapshot snapshotOf(String netns) {
        return SnapshotReader.read(
                tool("nsenter", "--net=" + netns, "--", "sh", "-c", SNAPSHOT_SCRIPT));
    }

    /** Where a file of the host is found from outside: below {@code /proc/PID/root}. */
    public Path file(String path) {
        return Path.of("/proc/" + pid + "/root" + path);
    }

    /** Whether a path of the host leads to anything, be it a dangling link. */
    public boolean exists(String path) {
        return Files.exists(file(path), LinkOption.NOFOLLOW_LINKS);
    }

    /** Reads a text file of the host. */
    public String read(String path) {
        try {
            return Files.readString(file(path));
        } catch (IOException e) {
            throw new HarnessFault("read " + path + ": " + e.getMessage(), e);
        }
    }

    /** Writes a text file of the host, making its folders. */
    public void write(String path, String text) {
        try {
            Path file = file(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new HarnessFault("write " + path + ": " + e.getMessage(), e);
        }
    }

    /** Writes an executable script of the host; its first line names the interpreter. */
    public void writeScript(String path, String text) {
        write(path, text);
        try {
            Files.setPosixFilePermissions(file(path), PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new HarnessFault("make " + path + " executable", e);
        }
    }

    /** What is in the harness's own folder. */
    public Set<String> ownFiles() {
        return names(OWN);
    }

    /**
     * Removes what came into the harness's own folder.
     *
     * @param kept names that stay
     * @return whether nothing else is there now
     */
    public boolean removeOwnFilesExcept(Set<String> kept) {
        List<String> line = new ArrayList<>(List.of("rm", "-rf"));
        for (String name : ownFiles()) {
            if (!kept.contains(name)) {
                line.add(OWN + "/" + name);
            }
        }
        return line.size() == 2 || tool(line).exit() == 0;
    }

    /** The processes, as the host numbers them, that outlived the one that started them. */
    public Set<Long> orphans() {
        var orphans = new TreeSet<Long>();
        for (String name : names("/proc")) {
            if (name.matches("\\d+") && isOrphan(name)) {
                orphans.add(Long.valueOf(name));
            }
        }
        return orphans;
    }

    /** Field 4 of /proc/PID/stat is the parent, see proc(5): the first process takes orphans. */
    private boolean isOrphan(String process) {
        try {
            String stat = Files.readString(file("/proc/" + process + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[1].equals("1");
        } catch (IOException _) {
            // It has ended by now.
            return false;
        }
    }

    /** Whether the kernel remembers connections of this host, which later ones would be part of. */
    public boolean tracksConnections() {
        String count = "/proc/sys/net/netfilter/nf_conntrack_count";
        Output output = tool("sh", "-c", "[ ! -e $0 ] || cat $0", count);
        return !Set.of("", "0").contains(output.out().strip());
    }

    private Set<String> names(String folder) {
        try (Stream<Path> files = Files.list(file(folder))) {
            return files.map(file -> file.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new HarnessFault("read " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Ends every process of the host, and with them its namespaces, mounts and files. */
    @Override
    public void close() {
        try {
            holder.getOutputStream().close();
            if (!holder.waitFor(5, TimeUnit.SECONDS)) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                holder.destroyForcibly().waitFor();
            }
            Files.deleteIfExists(mountPoint);
        } catch (IOException e) {
            throw new HarnessFault("end a host: " + e.getMessage(), e);
        } catch (InterruptedException _) {
            holder.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
