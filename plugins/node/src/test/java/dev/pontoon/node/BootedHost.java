package dev.pontoon.node;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A machine within a {@link Host}: it has a process 1 of its own, a /run that is empty after each
 * boot, and the host's network. /etc, /opt and /var are the host's, and outlive a reboot.
 *
 * <p>Its systemd starts nothing but what is in /etc/systemd/system: the units of the machine that
 * runs the tests would set that machine's clock and sysctls.
 */
final class BootedHost implements AutoCloseable {

    /** Arguments: where to write the process id of the new process 1, what it becomes. */
    private static final String BOOT =
            """
            # The old /proc is still there, and knows this shell by the outer number.
            read pid rest </proc/self/stat
            echo $pid >"$1"
            mount -t proc proc /proc
            mount -t tmpfs -o mode=755 run /run
            mkdir -p /run/netns
            shift
            exec sh -ec "$@"
            """;

    private static final String SYSTEMD =
            """
            mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
            if $1; then
                mkdir /sys/fs/cgroup/systemd /sys/fs/cgroup/unified
                mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
                mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
            else
                mount -t cgroup2 cgroup2 /sys/fs/cgroup
            fi
            mkdir -p /run/units /etc/systemd/system
            cd /run/units
            for each in sysinit shutdown umount; do
                printf '[Unit]\\nDefaultDependencies=no\\n' >$each.target
            done
            printf '[Unit]\\nDefaultDependencies=no\\nRequires=sysinit.target\\nAfter=sysinit.target\\n' >basic.target
            printf '[Unit]\\nRequires=basic.target\\nAfter=basic.target\\n' >multi-user.target
            exec env -i container=test PATH="$PATH" SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/units \\
                /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --show-status=0
            """;

    private static final String NO_SYSTEMD = "while :; do sleep 600 & wait $!; done";

    private final Host host;
    private final Cgroup cgroup;
    private final String[] init;
    private Running machine;

    private BootedHost(Host host, String... init) {
        this.host = host;
        this.cgroup = new Cgroup(host);
        this.init = init;
        this.machine = boot();
    }

    /** Boots a machine that systemd runs. */
    static BootedHost withSystemd(Host host) {
        Need.tool("systemctl");
        Need.file(Path.of("/lib/systemd/systemd"));
        host.ok("mount", "-t", "tmpfs", "units", "/etc/systemd/system");
        boolean hybrid = host.exists("/sys/fs/cgroup/unified");
        var booted = new BootedHost(host, SYSTEMD, "systemd", Boolean.toString(hybrid));
        booted.awaitActive("multi-user.target");
        return booted;
    }

    /** Boots a machine whose process 1 does nothing. */
    static BootedHost withoutSystemd(Host host) {
        return new BootedHost(host, NO_SYSTEMD);
    }

    private Running boot() {
        String pid = pidFile();
        host.sh("rm -f " + pid);
        var words = new ArrayList<>(List.of("sh", "-ec"));
        // Whoever kills the host's processes, or this JVM, means the machine as well.
        words.add(
                """
                for each in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
                    [ -e $each/cgroup.procs ] || continue
                    mkdir -p $each$1
                    echo $$ >$each$1/cgroup.procs
                done
                shift
                setpriv --pdeathsig KILL -- unshare --pid --mount --uts --ipc --propagation private \
                    --fork --kill-child "$@" &
                wait
                """);
        words.addAll(List.of("boot", cgroup.path()));
        if (init.length > 1) {
            // systemd takes the groups that it sees for its own.
            words.add("--cgroup");
        }
        words.addAll(List.of("--", "sh", "-ec", BOOT, "boot", pid));
        words.addAll(List.of(init));
        Running started = host.start(words.toArray(String[]::new));
        Await.until(
                "process 1",
                () -> !started.alive() || (host.exists(pid) && !host.read(pid).isBlank()));
        if (!started.alive()) {
            throw new AssertionError("boot: " + started.await().transcript());
        }
        return started;
    }

    private String pidFile() {
        return host.temp().resolve("init").toString();
    }

    /** A command to be refined and then run on the machine. */
    Command command(String... words) {
        var line = new ArrayList<>(List.of("nsenter", "-t", host.read(pidFile()).strip(), "-a"));
        line.addAll(List.of(words));
        return host.command(line);
    }

    /** Runs a command and returns its stdout; fails the test unless it exits with 0. */
    String ok(String... words) {
        return command(words).ok();
    }

    /** Runs a shell script with {@code set -e}; fails the test unless it exits with 0. */
    String sh(String script) {
        return ok("sh", "-e", "-c", script);
    }

    /** The control group that containers of this machine belong into. */
    Cgroup cgroup() {
        return cgroup;
    }

    /** Waits until systemd says so of a unit. */
    void awaitActive(String unit) {
        Await.until(
                unit + " to be active",
                () -> command("systemctl", "is-active", unit).run().stdout().strip(),
                "active"::equals);
    }

    /** Cuts the power, and boots again. */
    void reboot() {
        powerOff();
        machine = boot();
    }

    private void powerOff() {
        host.run("kill", "-s", "KILL", host.read(pidFile()).strip());
        Await.until("the machine to be off", () -> !machine.alive());
    }

    @Override
    public void close() {
        powerOff();
        cgroup.close();
    }
}
