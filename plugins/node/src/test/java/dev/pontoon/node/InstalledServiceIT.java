package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import dev.pontoon.testing.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What install and uninstall make of the service, with a real systemd and without any. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class InstalledServiceIT {

    private static final Path REFERENCE = Path.of("/usr/lib/cni");
    private static final String BIN = "/opt/cni/bin";
    private static final String PONTOON = "/opt/pontoon/current/pontoon";
    private static final String UNIT = "/etc/systemd/system/pontoon.service";

    /** Without masquerading, so that the reference plugin does not miss a chain of iptables. */
    private static final ObjectNode PODS =
            Conf.with(
                    EdgeNode.CONF,
                    "{'cniVersion':'1.0.0','ipMasq':false,'ipam':{'type':'host-local','ranges':[[{'subnet':'10.67.0.0/24'}]]}}");

    /** Copying a package takes as long as the disk does. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Host host;
    private BootedHost machine;

    InstalledServiceIT(Host host) {
        EdgeNode.dist();
        this.host = host;
    }

    private void boot(boolean systemd) {
        machine = systemd ? BootedHost.withSystemd(host) : BootedHost.withoutSystemd(host);
    }

    @AfterEach
    void powerOff() {
        if (machine != null) {
            machine.close();
        }
    }

    @Test
    @DisplayName("systemd starts the service at once, when it was killed, and after a reboot")
    void runBySystemd() {
        boot(true);
        assertThat(install()).contains("have systemd run the service: " + UNIT);
        machine.awaitActive("pontoon.service");
        String objections = machine.command("systemd-analyze", "verify", UNIT).run().stderr();
        assertThat(objections.lines().filter(line -> line.contains("pontoon"))).isEmpty();
        String first = mainPid();
        assertThat(status()).contains("kept by    a supervisor").contains("process    " + first);
        add("c1");
        assertThat(status()).contains("1 served, 0 of them with an error");

        machine.ok("kill", "-s", "KILL", first);
        Await.until(
                "another service", this::mainPid, pid -> !pid.equals("0") && !pid.equals(first));
        machine.awaitActive("pontoon.service");

        machine.reboot();
        machine.awaitActive("pontoon.service");
        add("c2");
        assertThat(status()).contains("1 served, 0 of them with an error");
    }

    @Test
    @DisplayName("whom pontoon service stop ends, systemd does not bring back")
    void stoppedByHand() {
        boot(true);
        install();
        machine.ok(PONTOON, "service", "stop");
        Await.until("the unit to end", () -> show("ActiveState"), "inactive"::equals);
        assertThat(show("Result")).isEqualTo("success");
        // What was started by hand makes room for the unit's.
        machine.ok(PONTOON, "service", "start");
        install();
        assertThat(status()).contains("kept by    a supervisor");
    }

    @Test
    @DisplayName("a unit of somebody else is refused before anything is changed, or kept")
    void foreignUnit() {
        boot(true);
        String foreign = "[Service]\nExecStart=/bin/true\n";
        host.write(UNIT, foreign);
        var refused = machine.command(EdgeNode.dist() + "/install").run();
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.stderr()).contains(UNIT, "nothing was changed");
        assertThat(host.exists("/opt/pontoon")).isFalse();
        install("--replace");
        machine.awaitActive("pontoon.service");
        uninstall();
        assertThat(host.read(UNIT)).isEqualTo(foreign);
    }

    @Test
    @DisplayName("without systemd the service is started, and a line for a supervisor is printed")
    void runByNobody() {
        boot(false);
        String said = install();
        assertThat(said).contains("exec \"" + PONTOON + "\" service run");
        assertThat(status()).contains("kept by    nobody");
        // That line takes over from what install has started.
        Running supervised = machine.command(PONTOON, "service", "run").start();
        Await.until("the supervisor's", this::status, text -> text.contains("a supervisor"));
        add("c1");
        assertThat(status()).contains("1 served");
        uninstall();
        supervised.await().ok();
    }

    @ParameterizedTest(name = "with systemd: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("uninstall leaves running containers their network, and nothing else behind")
    void uninstalled(boolean systemd) {
        Need.file(REFERENCE.resolve("bridge"));
        boot(systemd);
        Snapshot before = host.snapshot();
        String filesBefore = files();
        install();
        add("c1");
        uninstall();

        assertThat(files()).isEqualTo(filesBefore);
        assertThat(machine.command("pgrep", "-f", "/opt/pontoon").run().stdout()).isEmpty();
        if (systemd) {
            assertThat(show("LoadState")).isEqualTo("not-found");
        }
        machine.ok("ping", "-c1", "-W2", "10.67.0.2");
        call(REFERENCE, "DEL", "c1", PODS).ok();
        machine.sh("ip netns del c1; ip link del cni0; rm -r /run/pontoon");
        host.snapshot()
                .without("ip_forward|forwarding|accept_redirects|^file")
                .assertSameAs(before.without("ip_forward|forwarding|accept_redirects|^file"));
    }

    /** What is installed on the machine. */
    private String files() {
        return machine.sh(
                "find /opt/pontoon /opt/cni /etc/systemd /etc/cni ! -type d 2>/dev/null | sort");
    }

    @ParameterizedTest(name = "with systemd: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("E58 an upgrade in place while 20 ADDs run loses none, nor the one under way")
    void upgraded(boolean systemd) {
        boot(systemd);
        install();
        host.script("/opt/waiting/waiting", EdgeNode.WAITING_IPAM);
        String next = host.temp() + "/next";
        host.sh(OtherBuild.script(next));
        Running underWay =
                start(
                        "waits",
                        Conf.with(PODS, "{'name':'n2','bridge':'cni2','ipam':{'type':'waiting'}}"));
        Await.until("the IPAM plugin to be asked", () -> onMachine("test -e /run/asked"));

        Running upgrade = machine.command(next + "/install").start();
        List<Running> adds = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            adds.add(start("c" + i, PODS));
        }
        Await.until(
                "the old service to refuse new calls",
                PATIENCE,
                () -> machine.command(PONTOON, "service", "status").run().exit(),
                exit -> exit == 3);
        for (int i = 10; i < 20; i++) {
            adds.add(start("c" + i, PODS));
        }
        adds.forEach(each -> each.await().ok());
        assertThat(underWay.alive()).isTrue();
        machine.ok("touch", "/run/go");
        underWay.await().ok();
        upgrade.await().ok();

        assertThat(status()).contains("build      " + OtherBuild.ID);
        for (int i = 0; i < 20; i++) {
            machine.ok("ip", "netns", "exec", "c" + i, "ping", "-c1", "-W2", "10.67.0.1");
        }
        machine.ok("ip", "netns", "exec", "waits", "ping", "-c1", "-W2", EdgeNode.GATEWAY);
        call(Path.of(BIN), "DEL", "c1", PODS).ok();
        assertThat(status()).contains("1 served, 0 of them with an error");
    }

    private boolean onMachine(String script) {
        return machine.command("sh", "-c", script).run().exit() == 0;
    }

    private String install(String... options) {
        var words = new ArrayList<>(List.of(EdgeNode.dist() + "/install"));
        words.addAll(List.of(options));
        return machine.ok(words.toArray(String[]::new));
    }

    private void uninstall() {
        machine.ok("/opt/pontoon/current/uninstall");
    }

    private String status() {
        return machine.ok(PONTOON, "service", "status");
    }

    private String mainPid() {
        return show("MainPID");
    }

    private String show(String property) {
        return machine.ok("systemctl", "show", "--value", "-p", property, "pontoon.service")
                .strip();
    }

    private void add(String container) {
        start(container, PODS).await().ok();
    }

    private Running start(String container, ObjectNode conf) {
        machine.ok("ip", "netns", "add", container);
        return call(Path.of(BIN), "ADD", container, conf).start();
    }

    private Command call(Path bin, String verb, String container, ObjectNode conf) {
        return machine.command(bin.resolve("bridge").toString())
                .env("CNI_COMMAND", verb)
                .env("CNI_CONTAINERID", container)
                .env("CNI_NETNS", "/run/netns/" + container)
                .env("CNI_IFNAME", "eth0")
                .env("CNI_PATH", bin + ":/opt/waiting")
                .stdin(conf.toString());
    }
}
