package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Output;
import dev.pontoon.testing.Running;
import dev.pontoon.testing.RunningCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The resident service: which calls it serves, and that none is lost without it. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class ServiceIT {
    private static final ObjectNode WAITING_CONF =
            Conf.with(EdgeNode.CONF, "{'ipam':{'type':'waiting'}}");

    private Host host;
    private ServiceHandle service;
    private EdgeNode node;
    private Container c1;

    @BeforeEach
    void start(Host fresh) {
        host = fresh;
        c1 = host.container("c1");
        host.script("/run/bin/waiting", EdgeNode.WAITING_IPAM);
        service = new ServiceHandle(fresh);
        service.start();
        node = EdgeNode.on(fresh);
    }

    private CniCall waiting() {
        return node.bridge(c1, WAITING_CONF).cniPath("/run/bin:" + EdgeNode.bin());
    }

    private RunningCall startedWaiting() {
        RunningCall call = waiting().start("ADD");
        Await.until("the IPAM plugin to be asked", () -> host.exists("/run/asked"));
        return call;
    }

    private void signalService(String signal) {
        host.ok("kill", "-s", signal, service.pid());
    }

    @Test
    @DisplayName("calls are served, and do what they do without a service")
    void serves() {
        // An empty folder at the front of CNI_PATH means nothing.
        node.bridge(EdgeNode.CONF).cniPath(":" + EdgeNode.bin()).status().succeeded();
        CniResult added = node.attach(c1);
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        node.after(c1, added).check().succeeded();
        node.after(c1, added).del().succeeded();
        node.assertClean();
        node.bridge(EdgeNode.CONF).status().succeeded();
        assertThat(node.bridge(Conf.of("{'cniVersion':'0.4.0'}")).version().json())
                .hasToString(
                        "{\"cniVersion\":\"0.4.0\",\"supportedVersions\":[\"0.1.0\",\"0.2.0\","
                                + "\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}");
        assertThat(service.served()).isEqualTo(6);
    }

    @Test
    @DisplayName("only root can reach the service")
    void permissions() {
        assertThat(host.ok("stat", "-c", "%a %U", "/run/pontoon")).isEqualTo("700 root\n");
        assertThat(host.ok("stat", "-c", "%a %U", "/run/pontoon/pontoon.sock"))
                .isEqualTo("600 root\n");
    }

    @Test
    @DisplayName("a caller in another network namespace is not served, and does it itself")
    void otherNetwork() {
        Container other = host.container("other");
        other.command(EdgeNode.bin().resolve("loopback").toString())
                .stdin("{'cniVersion':'1.1.0','name':'n','type':'loopback'}".replace('\'', '"'))
                .env("CNI_COMMAND", "ADD")
                .env("CNI_CONTAINERID", "c1")
                .env("CNI_NETNS", c1.netns())
                .env("CNI_IFNAME", "lo")
                .env("CNI_PATH", EdgeNode.bin().toString())
                .ok();
        assertThat(c1.ok("ip", "-br", "link", "show", "lo")).contains("UNKNOWN");
        assertThat(service.status())
                .contains("calls      0 served")
                .contains("not taken  1: the caller is in another namespace");
    }

    @Test
    @DisplayName("a path that only the caller's mount namespace has leads to the same container")
    void otherMounts() {
        String call =
                "mkdir /run/only; mount -t tmpfs only /run/only; touch /run/only/net;"
                        + " mount --bind "
                        + c1.netns()
                        + " /run/only/net; exec "
                        + EdgeNode.bin().resolve("bridge");
        host.command("unshare", "-m", "--propagation", "private", "sh", "-ec", call)
                .stdin(EdgeNode.CONF.toString())
                .env("CNI_COMMAND", "ADD")
                .env("CNI_CONTAINERID", "c1")
                .env("CNI_NETNS", "/run/only/net")
                .env("CNI_IFNAME", "eth0")
                .env("CNI_PATH", EdgeNode.bin().toString())
                .ok();
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        assertThat(service.served()).isEqualTo(1);
    }

    @Test
    @DisplayName("a caller that sees another /var/lib/cni is not served")
    void otherFiles() {
        String call = "mount -t tmpfs other /var/lib/cni; exec " + EdgeNode.bin().resolve("bridge");
        host.command("unshare", "-m", "--propagation", "private", "sh", "-ec", call)
                .stdin(EdgeNode.CONF.toString())
                .env("CNI_COMMAND", "STATUS")
                .env("CNI_PATH", EdgeNode.bin().toString())
                .ok();
        assertThat(service.status()).contains("calls      0 served").contains("sees other files");
    }

    @Test
    @DisplayName("SIGTERM to the caller has the service undo the ADD; one error is printed")
    void terminatedCaller() {
        RunningCall call = startedWaiting();
        call.signal("TERM");
        CniResult failed = call.await().failedWith(101);
        assertThat(EdgeNode.message(failed)).contains("SIGTERM");
        node.assertClean();
        node.attach(c1);
    }

    @Test
    @DisplayName("after SIGKILL to the caller a DEL waits for the service, and nothing is left")
    void killedCaller() {
        RunningCall call = startedWaiting();
        call.signal("KILL");
        call.await();
        waiting().del().succeeded();
        node.awaitClean();
        assertThat(c1.run("ip", "link", "show", "eth0").exit()).isNotZero();
        assertThat(service.status()).contains("0 under way");
    }

    /** In the way of printf(1); R is how a call begins, behind it stands its length. */
    @ParameterizedTest(name = "a caller that sends \"{0}\" harms nobody")
    @ValueSource(
            strings = {
                "",
                "R",
                "GET / HTTP/1.1\\r\\n\\r\\n",
                "R\\0\\0\\0\\0",
                "R\\377\\377\\377\\377",
                "R\\177\\377\\377\\377",
                "R\\0\\0\\0\\5\\0\\0\\0\\0012",
                "R\\0\\0\\0\\4\\0\\0\\0\\377",
                "I\\0\\0\\0\\0",
            })
    void nonsense(String sent) {
        Need.tool("socat");
        host.sh("printf '" + sent + "' | socat -t 0.2 - UNIX-CONNECT:/run/pontoon/pontoon.sock");
        node.attach(c1);
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        assertThat(service.status())
                .contains("calls      1 served, 0 of them with an error; 0 under way");
    }

    @ParameterizedTest(name = "callers that get SIG{0} at 100 points leave nothing after DEL")
    @ValueSource(strings = {"KILL", "TERM"})
    void sweep(String signal) {
        node.attach(c1);
        node.bridge(c1).del().succeeded();
        Random jitter = new Random(1);
        int met = 0;
        for (int point = 0; point < 100; point++) {
            double millis = 0.15 * (point + jitter.nextDouble());
            Output output = stoppedAdd("k" + point, signal, millis);
            if (signal.equals("TERM")) {
                met += wasMet(output) ? 1 : 0;
            }
            node.bridge(c1).containerId("k" + point).del().succeeded();
        }
        node.awaitClean();
        if (signal.equals("TERM")) {
            // A sweep that was too late for all points has shown nothing.
            assertThat(met).as("calls that the signal met at work").isPositive();
        }
    }

    private Output stoppedAdd(String id, String signal, double millis) {
        String seconds = String.format(Locale.ROOT, "%.6f", millis / 1000);
        return host.command(
                        "timeout",
                        "--preserve-status",
                        "--foreground",
                        "-s",
                        signal,
                        seconds,
                        EdgeNode.bin().resolve("bridge").toString())
                .env("CNI_COMMAND", "ADD")
                .env("CNI_CONTAINERID", id)
                .env("CNI_NETNS", c1.netns())
                .env("CNI_IFNAME", "eth0")
                .env("CNI_PATH", EdgeNode.bin().toString())
                .stdin(EdgeNode.CONF.toString())
                .run();
    }

    /** One document, or none where the signal came before the launcher had begun. */
    private static boolean wasMet(Output output) {
        if (output.exit() == 128 + 15) {
            assertThat(output.stdout()).as(output.transcript()).isEmpty();
            return false;
        }
        ObjectNode printed = Conf.of(output.stdout());
        if (output.exit() == 0) {
            assertThat(printed.path("ips")).as(output.transcript()).hasSize(1);
            return false;
        }
        assertThat(printed.path("code").asInt()).as(output.transcript()).isEqualTo(101);
        return true;
    }

    @Test
    @DisplayName("a service that is killed in the middle of an ADD costs the caller nothing")
    void killedService() {
        RunningCall call = startedWaiting();
        signalService("KILL");
        host.write("/run/go", "");
        CniResult added = call.await().succeeded();
        assertThat(EdgeNode.address(added)).isEqualTo("10.66.0.7");
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        assertThat(service.pontoon("service", "status").exit()).isEqualTo(3);
        waiting().del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("a service that does not answer holds nobody up")
    void stoppedService() {
        String pid = service.pid();
        host.ok("kill", "-s", "STOP", pid);
        node.attach(c1);
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        host.ok("kill", "-s", "CONT", pid);
        Await.until("the call to be given up", () -> service.status().contains("not taken  1:"));
        assertThat(host.json("ip", "-j", "link", "show", "master", "cni0")).hasSize(1);
    }

    @Test
    @DisplayName("stop ends the calls under way first")
    void stopAwaitsCalls() {
        RunningCall call = startedWaiting();
        signalService("TERM");
        Await.until(
                "new callers to be refused",
                () -> service.pontoon("service", "status").exit() == 3);
        host.write("/run/go", "");
        call.await().succeeded();
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        Await.until("the service to end", () -> !host.exists("/run/pontoon/pontoon.sock"));
        assertThat(host.read("/var/log/pontoon-service.log"))
                .contains("ended, and no call with it");
    }

    @Test
    @DisplayName("a supervisor's service takes over from one of the background, and no other does")
    void secondService() {
        Need.tool("socat");
        String background = service.pid();
        assertThat(service.pontoon("service", "start").ok()).contains("runs already");
        assertThat(service.pid()).isEqualTo(background);

        Running told = host.start("socat", "-u", "ABSTRACT-RECV:supervisor", "-");
        Running supervised =
                host.command(EdgeNode.dist() + "/pontoon", "service", "run")
                        .env("NOTIFY_SOCKET", "@supervisor")
                        .start();
        Await.until("the supervisor to be told", told::stdout, "READY=1"::equals);
        assertThat(service.status()).contains("kept by    a supervisor");
        String first = service.pid();

        Output second = service.pontoon("service", "run");
        assertThat(second.exit()).isEqualTo(1);
        assertThat(second.stderr()).contains("a service runs already: process " + first);
        assertThat(service.pid()).isEqualTo(first);
        service.stop();
        supervised.await().ok();
    }

    @Test
    @DisplayName("a supervisor that does not listen is no obstacle")
    void deafSupervisor() {
        service.stop();
        Running supervised =
                host.command(EdgeNode.dist() + "/pontoon", "service", "run")
                        .env("NOTIFY_SOCKET", "/run/nobody")
                        .start();
        Await.until("the service", () -> service.pontoon("service", "status").exit() == 0);
        service.stop();
        assertThat(supervised.await().stderr())
                .contains("the supervisor was not told", "/run/nobody");
    }

    @Test
    @DisplayName("a service of another build takes over, and ends no call by that")
    void takeOver() {
        host.sh(OtherBuild.script("/run/other"));
        RunningCall call = startedWaiting();
        var start = host.start("/run/other/pontoon", "service", "start");
        Await.until(
                "new callers to be refused",
                () -> service.pontoon("service", "status").exit() == 3);
        host.write("/run/go", "");
        call.await().succeeded();
        start.await().ok();
        assertThat(service.status())
                .contains("build      " + OtherBuild.ID)
                .contains("which it does not serve");
        node.attach(host.container("c2"));
        assertThat(service.status())
                .contains("0 served")
                .contains("not taken  1: the caller belongs");
    }

    @Test
    @DisplayName("a long configuration is served by a process of its own")
    void longConfiguration() {
        ObjectNode conf = EdgeNode.CONF.deepCopy().put("comment", "x".repeat(300_000));
        node.bridge(c1, conf).add().succeeded();
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        // None, or one that ended when more came than is handed over.
        assertThat(service.status())
                .containsPattern("calls +(\\d) served, \\1 of them with an error");
    }

    @ParameterizedTest(name = "a configuration of more than 16 MiB is refused, service: {0}")
    @ValueSource(booleans = {true, false})
    void endlessConfiguration(boolean service) {
        if (!service) {
            this.service.stop();
        }
        node.remember();
        String conf = "{\"comment\":\"" + "x".repeat(16 << 20) + "\"}";
        CniResult failed =
                host.cni(EdgeNode.bin(), "bridge").container(c1).stdin(conf).add().failedWith(6);
        assertThat(EdgeNode.message(failed)).contains("16 MiB");
        node.assertClean();
    }

    @Test
    @DisplayName("an input that cannot be read is told as without a service")
    void unreadableConfiguration() {
        node.remember();
        String call = "exec " + EdgeNode.bin().resolve("bridge") + " </";
        Output failed =
                host.command("sh", "-c", call)
                        .env("CNI_COMMAND", "STATUS")
                        .env("CNI_PATH", EdgeNode.bin().toString())
                        .run();
        assertThat(Conf.of(failed.stdout()).path("code").asInt()).isEqualTo(5);
    }

    @Test
    @DisplayName("VERSION is answered although its input never ends")
    void endlessProbe() {
        host.sh("mkfifo /run/input");
        host.start("sh", "-c", "exec 3<>/run/input; touch /run/open; exec sleep infinity");
        Await.until("the pipe to be open", () -> host.exists("/run/open"));
        String probe = "CNI_COMMAND=VERSION exec " + EdgeNode.bin() + "/bridge </run/input";
        assertThat(host.sh(probe)).contains("supportedVersions");
        assertThat(service.served()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "200 containers at once are attached and detached, and the service stays as it was")
    void manyAtOnce() {
        List<Container> containers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            containers.add(host.container("m" + i));
        }
        node.remember();
        List<RunningCall> adds =
                containers.stream().map(each -> node.bridge(each).start("ADD")).toList();
        List<String> addresses =
                adds.stream().map(add -> EdgeNode.address(add.await().succeeded())).toList();
        assertThat(addresses).doesNotHaveDuplicates();
        String threads = "ls /proc/" + service.pid() + "/task | wc -l";
        EdgeNode.ping(containers.getLast(), EdgeNode.GATEWAY);
        containers.stream()
                .map(each -> node.bridge(each).start("DEL"))
                .toList()
                .forEach(del -> del.await().succeeded());
        node.assertClean();
        assertThat(Integer.parseInt(host.sh(threads).strip())).isLessThan(150);
    }

    @Test
    @DisplayName("without a service status says so, and stop has nothing to do")
    void noService() {
        assertThat(service.pontoon("service", "stop").ok()).contains("the service has ended");
        Output status = service.pontoon("service", "status");
        assertThat(status.exit()).isEqualTo(3);
        assertThat(status.stdout()).contains("no service runs", "next: pontoon service start");
        assertThat(service.pontoon("service", "stop").ok()).contains("no service runs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "service"})
    void helpIsTold(String command) {
        Output help =
                command.isEmpty() ? service.pontoon("--help") : service.pontoon(command, "--help");
        assertThat(help.ok()).contains("Usage: pontoon", "service");
        Output usage = command.isEmpty() ? service.pontoon() : service.pontoon(command);
        assertThat(usage.exit()).isEqualTo(2);
        assertThat(usage.stderr()).contains("Usage: pontoon");
    }
}
