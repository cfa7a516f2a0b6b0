package dev.pontoon.conformance.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What one run of the harness has on the machine itself: a folder named for its process, with mount
 * points for its hosts. Everything else of a run lives in the hosts' own namespaces and ends with
 * them, so that a killed run leaves this folder and perhaps control groups, and no more.
 */
public final class RunFolder implements AutoCloseable {

    private static final Path PARENT = Path.of("/run/cni-conformance");

    /** Where runtimes put control groups for a run: a path with this name and the run's. */
    private static final Path CONTROL_GROUPS = Path.of("/sys/fs/cgroup");

    private final Path folder;
    private final String preparation;
    private final Thread onInterrupt = new Thread(this::endAll, "end of an interrupted run");
    private int hosts;
    private boolean ended;

    private RunFolder(Path folder, String preparation) {
        this.folder = folder;
        this.preparation = preparation;
    }

    /**
     * Makes the folder of this process.
     *
     * @throws HarnessFault when {@code /run} is not writable
     */
    public static RunFolder create() {
        return create("");
    }

    /**
     * As {@link #create()}.
     *
     * @param preparation what a shell runs in every host of the run before anything else; empty for
     *     nothing
     */
    public static RunFolder create(String preparation) {
        ProcessHandle self = ProcessHandle.current();
        Path folder = PARENT.resolve(self.pid() + "-" + started(self));
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new HarnessFault("make " + folder + ": " + e.getMessage(), e);
        }
        var run = new RunFolder(folder, preparation);
        Runtime.getRuntime().addShutdownHook(run.onInterrupt);
        return run;
    }

    /** Ctrl-C: ends the hosts, and what runs in them, before the harness ends. */
    private void endAll() {
        synchronized (this) {
            ended = true;
        }
        List<ProcessHandle> children = ProcessHandle.current().descendants().toList();
        children.forEach(ProcessHandle::destroyForcibly);
        children.forEach(
                child -> child.onExit().completeOnTimeout(child, 5, TimeUnit.SECONDS).join());
        remove(folder);
    }

    /**
     * When a process started, in clock ticks since boot: field 22 of /proc/PID/stat, see proc(5).
     */
    private static long started(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            String afterName = stat.substring(stat.lastIndexOf(')') + 2);
            return Long.parseLong(afterName.split(" ", -1)[19]);
        } catch (IOException _) {
            // It has ended by now.
            return -1;
        }
    }

    /** What a shell runs in every host before anything else; empty for nothing. */
    String preparation() {
        return preparation;
    }

    /** The run's name, for what has to be made outside a host, such as control groups. */
    public String name() {
        return "cni-conformance-" + folder.getFileName();
    }

    /** An empty folder that a host is mounted over, in its own mount namespace only. */
    synchronized Path mountPoint() throws IOException {
        if (ended) {
            throw new HarnessFault("the run was interrupted");
        }
        return Files.createDirectory(folder.resolve("host-" + hosts++));
    }

    /** Removes folder and control groups. The run's hosts have to be closed before. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(onInterrupt);
            remove(folder);
        } catch (IllegalStateException _) {
            // The harness is ending already, and the hook does it.
        }
    }

    /**
     * Removes what runs that ended without doing so left behind.
     *
     * @return a line for each thing removed
     */
    public static List<String> cleanAbandoned() {
        List<String> removed = new ArrayList<>();
        for (Path folder : children(PARENT)) {
            if (owner(folder).isEmpty()) {
                removed.addAll(remove(folder));
            }
        }
        return removed;
    }

    /** Runs that go on now: the ids of their processes. */
    public static List<Long> running() {
        return children(PARENT).stream()
                .flatMap(folder -> owner(folder).stream())
                .map(ProcessHandle::pid)
                .toList();
    }

    private static Optional<ProcessHandle> owner(Path folder) {
        String[] name = folder.getFileName().toString().split("-", 2);
        if (name.length < 2 || !name[0].matches("\\d+")) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(name[0]))
                .filter(process -> Long.toString(started(process)).equals(name[1]));
    }

    private static List<String> remove(Path folder) {
        List<String> removed = new ArrayList<>();
        String name = "cni-conformance-" + folder.getFileName();
        for (Path controller : children(CONTROL_GROUPS)) {
            removed.addAll(removeControlGroups(controller.resolve(name)));
        }
        removed.addAll(removeControlGroups(CONTROL_GROUPS.resolve(name)));
        for (Path child : children(folder)) {
            delete(child);
        }
        delete(folder);
        // Of other runs nothing is there any more, or the folder is not empty and stays.
        boolean _ = PARENT.toFile().delete();
        removed.add("removed " + folder);
        return removed;
    }

    /** Control groups are folders that vanish with rmdir(2), deepest first, once they are empty. */
    private static List<String> removeControlGroups(Path top) {
        if (!Files.isDirectory(top)) {
            return List.of();
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (!triedToRemove(top)) {
            if (System.nanoTime() > deadline) {
                return List.of(
                        "could not remove control group " + top + ": processes are left in it");
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        return List.of("removed control group " + top);
    }

    private static boolean triedToRemove(Path top) {
        try (Stream<Path> all = Files.walk(top)) {
            for (Path group :
                    all.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(group);
            }
            return true;
        } catch (IOException | UncheckedIOException _) {
            // The kernel is still taking the last process out of it.
            return false;
        }
    }

    private static List<Path> children(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> list = Files.list(folder)) {
            return list.sorted().toList();
        } catch (IOException e) {
            throw new HarnessFault("read " + folder + ": " + e.getMessage(), e);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new HarnessFault("remove " + path + ": " + e.getMessage(), e);
        }
    }
}
