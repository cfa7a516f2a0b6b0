package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A process of a host that does nothing but have a network namespace.
 *
 * @param host where it is
 * @param pid its id, as the host numbers it
 */
record Sleeper(Host host, long pid) {

    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static final String START =
            "unshare --net sleep 1000000 < /dev/null > /dev/null 2>&1 & echo $!";

    /**
     * Its parent becomes a program that never asks what became of its children. The substitution
     * waits for what is said, which nobody does when the shell itself has ended.
     */
    private static final String START_UNDER_CARELESS_PARENT =
            """
            said=$(
                sh -c 'unshare --net sleep 1000000 > /dev/null & echo $! $$; exec sleep 1000000 > /dev/null' \
                    < /dev/null 2> /dev/null &
            )
            echo "$said"
            """;

    /** The kernel numbers the next process one above the last; another one may come between. */
    private static final String START_AS =
            """
            pid=$1; shift; n=0
            while [ $n -lt 100 ]; do
                n=$((n + 1))
                echo $((pid - 1)) > /proc/sys/kernel/ns_last_pid
                "$@" < /dev/null > /dev/null 2>&1 &
                if [ $! = "$pid" ]; then exit 0; fi
                kill -KILL $!; wait $! || :
            done
            echo "process id $pid cannot be had again" >&2; exit 1
            """;

    /** Starts one with a namespace of its own. */
    static Sleeper start(Host host) {
        return new Sleeper(host, Long.parseLong(host.script(START).strip())).settled();
    }

    /** Starts one that stays a zombie when it is killed. */
    static Careless startUnderCarelessParent(Host host) {
        String[] pids = host.script(START_UNDER_CARELESS_PARENT).strip().split(" ");
        var child = new Sleeper(host, Long.parseLong(pids[0])).settled();
        return new Careless(new Sleeper(host, Long.parseLong(pids[1])), child);
    }

    /** Starts a program under this one's id, which has to be free. */
    Sleeper replacedBy(String... command) {
        var line = new ArrayList<>(List.of("sh", "-e", "-c", START_AS, "sh"));
        line.add(Long.toString(pid));
        line.addAll(List.of(command));
        host.ok(line);
        return this;
    }

    /** Waits until the namespace is not the host's any more. */
    Sleeper settled() {
        await("gets no namespace of its own", this::hasOwnNamespace);
        return this;
    }

    private boolean hasOwnNamespace() {
        try {
            return !Files.readSymbolicLink(host.file(path()))
                    .equals(Files.readSymbolicLink(host.file("/proc/1/ns/net")));
        } catch (IOException e) {
            throw new HarnessFault("process " + pid + " ended at once: " + e.getMessage(), e);
        }
    }

    /** The path of its namespace. */
    String path() {
        return "/proc/" + pid + "/ns/net";
    }

    private void kill() {
        if (host.exists("/proc/" + pid)) {
            host.tool("kill", "-KILL", Long.toString(pid));
        }
    }

    /** Kills it and waits until its id is free. */
    void end() {
        kill();
        await("does not go", () -> !host.exists("/proc/" + pid));
    }

    /** Kills it and waits until it is a zombie at least: its path leads nowhere then. */
    void endAsZombie() {
        kill();
        await("does not die", this::isDead);
    }

    /**
     * A dying process loses its namespaces first; others take it for alive until it is a zombie.
     */
    private boolean isDead() {
        try {
            String status = Files.readString(host.file("/proc/" + pid + "/stat"));
            return "ZX".indexOf(status.charAt(status.lastIndexOf(')') + 2)) >= 0;
        } catch (IOException _) {
            // Reaped already.
            return true;
        }
    }

    private void await(String failure, BooleanSupplier condition) {
        if (!Wait.holds(LONGEST, condition)) {
            throw new HarnessFault("process " + pid + " " + failure);
        }
    }

    /**
     * A process and its parent, which never reaps it.
     *
     * @param parent ends it for good when it ends itself
     * @param child the one with the namespace
     */
    record Careless(Sleeper parent, Sleeper child) {}
}
