package dev.pontoon.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(HostExtension.class)
class HostIT {

    private long pidBeforeTest;

    @BeforeEach
    void rememberHost(Host host) {
        pidBeforeTest = host.pid();
    }

    @Test
    void setUpAndTestShareOneHost(Host host) {
        assertThat(host.pid()).isEqualTo(pidBeforeTest);
    }

    @Test
    void namespacesAreNotTheMachines(Host host) throws IOException {
        for (String kind : new String[] {"net", "mnt"}) {
            String machine = Files.readSymbolicLink(Path.of("/proc/self/ns", kind)).toString();
            assertThat(host.ok("readlink", "/proc/self/ns/" + kind).strip()).isNotEqualTo(machine);
        }
        assertThat(Files.readSymbolicLink(host.netnsPath()))
                .hasToString(host.ok("readlink", "/proc/self/ns/net").strip());
    }

    @Test
    void startsWithLoopbackUpAndNothingElse(Host host) {
        assertThat(host.json("ip", "-j", "link")).hasSize(1);
        assertThat(host.json("ip", "-j", "link").findValuesAsText("flags").toString())
                .doesNotContain("DOWN");
        host.ok("ping", "-c1", "-W1", "127.0.0.1");
        assertThat(host.ok("cat", "/proc/sys/net/ipv4/ip_forward")).isEqualTo("0\n");
        assertThat(host.ok("ls", "/sys/class/net")).isEqualTo("lo\n");
        assertThat(host.list("/var/lib/cni")).isEmpty();
        assertThat(host.list("/run/netns")).isEmpty();
    }

    @Test
    void commandsGetACleanEnvironment(Host host) {
        assertThat(host.command("env").env("A", "b").ok().lines())
                .containsExactlyInAnyOrder("A=b", "PATH=" + Command.PATH);
        assertThat(host.command("/usr/bin/env").without("PATH").ok()).isEmpty();
    }

    @Test
    void filesOfTheHostAreNotTheMachines(Host host) {
        host.write("/run/pontoon-a/b", "in run");
        host.write("/var/run/pontoon-a/c", "through a link");
        host.write("/etc/pontoon-a", "in etc");
        assertThat(host.ok("cat", "/run/pontoon-a/b", "/run/pontoon-a/c", "/etc/pontoon-a"))
                .isEqualTo("in runthrough a linkin etc");
        assertThat(host.read("/var/run/pontoon-a/b")).isEqualTo("in run");
        assertThat(host.list("/run/pontoon-a")).containsExactly("b", "c");
        assertThat(Path.of("/run/pontoon-a")).doesNotExist();
        assertThat(Path.of("/etc/pontoon-a")).doesNotExist();
    }

    @Test
    void theRestOfTheMachineIsReadOnly(Host host) {
        assertThat(host.run("touch", "/usr/pontoon-a").stderr()).contains("Read-only");
        assertThatThrownBy(() -> host.write("/usr/pontoon-a", ""))
                .hasMessageContaining("write /usr/pontoon-a");
    }

    @Test
    void readingProcFromOutsideIsRefused(Host host) {
        assertThatThrownBy(() -> host.read("/proc/sys/net/ipv4/ip_forward"))
                .hasMessageContaining("depends on who reads it");
    }

    @Test
    void closingEndsProcessesMountsAndFiles() throws IOException {
        Running first;
        long orphan;
        Path temp;
        Path netns;
        try (Host host = Host.create()) {
            host.container("c1");
            host.write(host.temp() + "/folder/file", "x");
            temp = host.temp();
            netns = host.netnsPath();
            first = host.start("sleep", "infinity");
            // Its parent is gone: nothing but the mount namespace tells whose it is.
            String script = "setsid sh -c 'echo $$; exec sleep infinity >/dev/null 2>&1' &";
            orphan = Long.parseLong(host.sh(script).strip());
            assertThat(ProcessHandle.of(orphan).orElseThrow().isAlive()).isTrue();
        }
        assertThat(first.alive()).isFalse();
        Await.until("the orphan's end", () -> !Files.exists(Path.of("/proc/" + orphan + "/exe")));
        assertThat(netns).doesNotExist();
        assertThat(temp.getParent()).doesNotExist();
        assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain("/run/netns");
    }

    @Test
    void closingEndsProcessesThatLeftTheMountNamespace() {
        Running away;
        try (Host host = Host.create()) {
            away = host.start("unshare", "-m", "sleep", "infinity");
        }
        assertThat(away.alive()).isFalse();
    }

    @Test
    void failureShowsCommandAndOutput(Host host) {
        assertThatThrownBy(() -> host.ok("sh", "-c", "echo out; echo err >&2; exit 3"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("echo out")
                .hasMessageContaining("    out\n")
                .hasMessageContaining("    err\n")
                .hasMessageContaining("exit 3");
    }

    @Test
    void commandThatHangsIsKilled(Host host) {
        Running hanging =
                host.command("sh", "-c", "echo begun; sleep infinity")
                        .timeout(Duration.ofMillis(200))
                        .start();
        assertThatThrownBy(hanging::await)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("still running after")
                .hasMessageContaining("begun");
        assertThat(hanging.alive()).isFalse();
    }

    @Test
    void childThatKeepsStdoutOpenIsNoticed(Host host) {
        Command leaving =
                host.command("sh", "-c", "sleep infinity & echo done")
                        .timeout(Duration.ofMillis(500));
        assertThatThrownBy(leaving::run)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("held stdout or stderr open");
    }

    @Test
    void outputOfAChildThatOutlivesTheCommandArrives(Host host) {
        assertThat(host.sh("(sleep 0.1; echo late) & echo early")).isEqualTo("early\nlate\n");
    }

    @Test
    void largeInputAndOutputPassThrough(Host host) {
        String text = "0123456789".repeat(200_000);
        assertThat(host.command("cat").stdin(text).ok()).isEqualTo(text);
        host.command("true").stdin(text).ok();
    }
}
