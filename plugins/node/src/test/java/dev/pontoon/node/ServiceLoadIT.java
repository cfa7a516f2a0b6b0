package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Running;
import dev.pontoon.testing.RunningCall;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The resident service under load: killed, replaced, flooded and used for long. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class ServiceLoadIT {
    private static final String SOCKET = "/run/pontoon/pontoon.sock";
    private static final int CALLERS = 20;

    /** Of all calls of a caller; only who hangs needs more. */
    private static final Duration AS_LONG_AS_IT_TAKES = Duration.ofMinutes(15);

    private static final List<ObjectNode> NETWORKS =
            List.of(
                    EdgeNode.CONF,
                    network(
                            "n2",
                            "cni2",
                            "{'type':'host-local','ranges':[[{'subnet':'10.67.0.0/24'}],"
                                    + "[{'subnet':'fd00:67::/64'}]]}"),
                    network(
                            "n3",
                            "cni3",
                            "{'type':'host-local','ranges':[[{'subnet':'10.68.0.0/24'}]]}"),
                    Conf.of("{'cniVersion':'1.1.0','name':'lo','type':'loopback'}"));

    private Host host;
    private ServiceHandle service;
    private EdgeNode node;

    @BeforeEach
    void start(Host fresh) {
        host = fresh;
        service = new ServiceHandle(fresh);
        service.start();
        node = EdgeNode.on(fresh);
    }

    private static ObjectNode network(String name, String bridge, String ipam) {
        return Conf.with(
                EdgeNode.CONF,
                "{'name':'"
                        + name
                        + "','bridge':'"
                        + bridge
                        + "','hairpinMode':true,'macspoofchk':true,'ipam':"
                        + ipam
                        + "}");
    }

    private List<Container> containers(int count) {
        List<Container> containers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            containers.add(host.container("c" + i));
        }
        return containers;
    }

    private List<CniResult> all(String verb, List<Container> containers) {
        return containers.stream().map(each -> node.bridge(each).start(verb)).toList().stream()
                .map(RunningCall::await)
                .toList();
    }

    @Test
    @DisplayName("killed at 100 points under 20 callers: each is served all the same, or told why")
    void killedAtEveryPoint() {
        List<Container> containers = containers(CALLERS);
        node.remember();
        Random jitter = new Random(1);
        int met = 0;
        for (int point = 0; point < 100; point++) {
            service.start();
            String seconds = String.format("%.4f", 0.0015 * (point + jitter.nextDouble()));
            Running killer =
                    host.start("sh", "-c", "sleep " + seconds + "; kill -9 " + service.pid());
            for (CniResult each : all("ADD", containers)) {
                // The document or the error of exactly one ADD.
                boolean told = each.exit() == 0 ? each.json().has("ips") : each.json().has("code");
                assertThat(told).as(each.transcript()).isTrue();
                met += each.exit() == 0 ? 0 : 1;
            }
            killer.await().ok();
            service.start();
            all("DEL", containers).forEach(CniResult::succeeded);
        }
        node.awaitClean();
        // Whoever is asked again finds what the killed service had begun, and takes it back.
        assertThat(met).as("calls that failed").isLessThan(100 * CALLERS / 10);
    }

    /**
     * Attaches and detaches so many times, or until there is a file /run/enough; notes failures in
     * /run/failures, and prints how many times it was.
     */
    private Running caller(Container container, ObjectNode conf, int rounds) {
        String name = container.name();
        host.write("/run/" + name + ".conf", conf.toString());
        host.script(
                "/run/" + name + ".sh",
                """
                #!/bin/sh
                export CNI_CONTAINERID=%1$s CNI_NETNS=%2$s CNI_IFNAME=eth0 CNI_PATH=%3$s
                rounds=0
                while ! [ -e /run/enough ] && [ $rounds -lt %5$d ]; do
                    for verb in ADD DEL; do
                        CNI_COMMAND=$verb %3$s/%4$s </run/%1$s.conf >/run/%1$s.out 2>/run/%1$s.err ||
                            echo "$verb: $? $(cat /run/%1$s.out /run/%1$s.err)" >>/run/failures
                    done
                    rounds=$((rounds + 1))
                done
                echo $rounds
                """
                        .formatted(
                                name,
                                container.netns(),
                                EdgeNode.bin(),
                                conf.path("type").asText(),
                                rounds));
        return host.command(List.of("/run/" + name + ".sh")).timeout(AS_LONG_AS_IT_TAKES).start();
    }

    private void assertNoFailure() {
        assertThat(host.exists("/run/failures") ? host.read("/run/failures") : "")
                .as(host.read("/var/log/pontoon-service.log"))
                .isEmpty();
    }

    @Test
    @DisplayName("stopped, started and replaced by another build under load: no call fails")
    void replacedUnderLoad() {
        host.sh(OtherBuild.script("/run/other"));
        List<Container> containers = containers(8);
        node.remember();
        List<Running> callers = new ArrayList<>();
        for (Container each : containers) {
            callers.add(caller(each, EdgeNode.CONF, Integer.MAX_VALUE));
        }
        for (int i = 0; i < 5; i++) {
            service.stop();
            service.start();
            host.ok("/run/other/pontoon", "service", "start");
            service.start();
        }
        host.write("/run/enough", "");
        for (Running each : callers) {
            assertThat(Integer.parseInt(each.await().ok().strip())).isPositive();
        }
        assertNoFailure();
        host.sh("rm -r /run/other /run/enough /run/c*.sh /run/c*.conf /run/c*.out /run/c*.err");
        node.awaitClean();
    }

    @Test
    @DisplayName("10 000 connections that say nothing: calls are made, and served again afterwards")
    void flooded() throws IOException {
        Container c1 = host.container("c1");
        Container c2 = host.container("c2");
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(host.outside(SOCKET));
        List<SocketChannel> open = new ArrayList<>();
        try {
            for (int i = 0; i < 10_000; i++) {
                connect(address, open);
            }
            assertThat(open).hasSizeGreaterThan(1000);
            node.attach(c1);
            EdgeNode.ping(c1, EdgeNode.GATEWAY);
        } finally {
            for (SocketChannel each : open) {
                each.close();
            }
        }
        Await.until("the service to be free again", () -> isServed(c2));
        EdgeNode.ping(c2, EdgeNode.GATEWAY);
    }

    /** What the kernel's queue has no room for is refused, as it is for a launcher. */
    private static void connect(UnixDomainSocketAddress address, List<SocketChannel> open)
            throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false);
            channel.connect(address);
            open.add(channel);
        } catch (IOException e) {
            channel.close();
        }
    }

    private boolean isServed(Container container) {
        node.bridge(container).del().succeeded();
        int before = service.served();
        node.attach(container);
        return service.served() == before + 1;
    }

    @Test
    @DisplayName("what the service has not the memory for is served by a process of its own")
    void moreThanMemoryHolds() {
        Container c1 = host.container("c1");
        ObjectNode wide =
                network(
                        "wide",
                        "cni4",
                        "{'type':'host-local','ranges':[[{'subnet':'10.70.0.0/16'}]]}");
        node.bridge(c1, wide).add().succeeded();
        host.sh(
                "cd /var/lib/cni/networks/wide; python3 -c '\n"
                        + "for i in range(60000):\n"
                        + "    name = \"10.70.%d.%d\" % (i // 250 + 1, i % 250 + 1)\n"
                        + "    open(name, \"w\").write(\"gone%d\\r\\neth0\" % i)\n'");
        ObjectNode valid =
                Conf.with(
                        wide,
                        "{'cni.dev/valid-attachments':[{'containerID':'c1','ifname':'eth0'}]}");
        node.bridge(valid).gc().succeeded();
        assertThat(node.leases("wide")).hasSize(1);
        EdgeNode.ping(c1, "10.70.0.1");
        assertThat(host.read("/var/log/pontoon-service.log")).contains("OutOfMemoryError");
        node.attach(host.container("c2"));
    }

    @Test
    @DisplayName("nobody but root is served, even where the socket is open to all")
    void otherUsers() {
        String[] nobody = {
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "timeout",
            "5",
            "sh",
            "-c",
            "printf 'R\\0\\0\\0\\0' | socat -t 2 - UNIX-CONNECT:" + SOCKET
        };
        Need.tool("socat");
        assertThat(host.run(nobody).stderr()).contains("Permission denied");
        host.sh("chmod 755 /run/pontoon; chmod 666 " + SOCKET);
        assertThat(host.run(nobody).stdout()).isEmpty();
        assertThat(service.served()).isZero();
        node.attach(host.container("c1"));
        assertThat(service.served()).isEqualTo(1);
    }

    @Test
    @DisplayName("without its socket the service makes a new one, and calls go on meanwhile")
    void removedSocket() {
        Container c1 = host.container("c1");
        host.sh("rm -r /run/pontoon");
        node.attach(c1);
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        Await.until("a new socket", () -> host.exists(SOCKET));
        node.bridge(c1).del().succeeded();
        assertThat(service.served()).isEqualTo(1);
        assertThat(host.read("/var/log/pontoon-service.log")).contains("is gone; it is made anew");
        service.stop();
        assertThat(host.exists(SOCKET)).isFalse();
    }

    @Test
    @DisplayName("20 000 ADD and DEL in four networks: nothing is left, and nothing has grown")
    void churn() {
        List<Container> containers = containers(CALLERS);
        node.remember();
        attachAndDetach(containers, 100);
        int files = openFiles();
        attachAndDetach(containers, 900);
        assertNoFailure();
        host.sh("rm /run/c*.sh /run/c*.conf /run/c*.out /run/c*.err");
        node.awaitClean();
        assertThat(service.served()).isEqualTo(2 * 1000 * CALLERS);
        Await.until("files to be closed", () -> openFiles() <= files);
        String threads = host.sh("ls /proc/" + service.pid() + "/task | wc -l").strip();
        assertThat(Integer.parseInt(threads)).isLessThan(100);
        assertThat(residentKilobytes()).isLessThan(80_000);
    }

    private void attachAndDetach(List<Container> containers, int rounds) {
        List<Running> callers = new ArrayList<>();
        for (int i = 0; i < containers.size(); i++) {
            callers.add(caller(containers.get(i), NETWORKS.get(i % NETWORKS.size()), rounds));
        }
        for (Running each : callers) {
            assertThat(each.await().ok().strip()).isEqualTo(Integer.toString(rounds));
        }
    }

    private int openFiles() {
        return Integer.parseInt(host.sh("ls /proc/" + service.pid() + "/fd | wc -l").strip());
    }

    private int residentKilobytes() {
        return Integer.parseInt(
                host.sh("awk '/^VmRSS/ { print $2 }' /proc/" + service.pid() + "/status").strip());
    }
}
