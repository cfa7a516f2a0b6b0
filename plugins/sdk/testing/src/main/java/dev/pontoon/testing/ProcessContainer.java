package dev.pontoon.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/** A network namespace kept alive by a process in it, reached through {@code /proc/PID/ns/net}. */
public final class ProcessContainer extends Container {

    private static final String LIVE = "echo $$; exec sleep infinity";

    private final Running top;
    private final long pid;
    private final boolean reaped;

    private ProcessContainer(Host host, String name, Running top, long pid, boolean reaped) {
        super(host, name, "/proc/" + pid + "/ns/net");
        this.top = top;
        this.pid = pid;
        this.reaped = reaped;
    }

    static ProcessContainer reaped(Host host, String name) {
        Running process = host.start("unshare", "-n", "sh", "-c", LIVE);
        return new ProcessContainer(host, name, process, announcedPid(process), true);
    }

    static ProcessContainer unreaped(Host host, String name) {
        String parent = "unshare -n sh -c \"$0\" & exec sleep infinity";
        Running process = host.start("sh", "-c", parent, LIVE);
        return new ProcessContainer(host, name, process, announcedPid(process), false);
    }

    /** The process says its pid from inside its namespace: once it is read, the path is right. */
    private static long announcedPid(Running process) {
        String line =
                Await.until("a container's pid", process::stdout, text -> text.endsWith("\n"));
        return Long.parseLong(line.strip());
    }

    /** The process whose namespace this is. */
    public long pid() {
        return pid;
    }

    /** Kills the process and waits until its namespace path leads nowhere. */
    public void kill() {
        if (reaped) {
            top.kill();
        } else {
            host().ok("kill", "-s", "KILL", Long.toString(pid));
        }
        Await.until(netns() + " to lead nowhere", () -> !Files.exists(Path.of(netns())));
    }

    @Override
    public void remove() {
        top.kill();
        Await.until(netns() + " to lead nowhere", () -> !Files.exists(Path.of(netns())));
    }
}
