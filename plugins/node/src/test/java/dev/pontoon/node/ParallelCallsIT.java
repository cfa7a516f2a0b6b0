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
import dev.pontoon.testing.RunningCall;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many calls at once, and calls that get in each other's way. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class ParallelCallsIT {
    private static final int MANY = 40;
    private static final int ROUNDS = 200;

    /** Takes the address with host-local, and then waits until the file /run/go is there. */
    private static final String SLOW_HOST_LOCAL =
            """
            #!/bin/sh
            "%s" || exit 1
            [ $CNI_COMMAND = ADD ] || exit 0
            touch /run/leased
            while ! [ -e /run/go ]; do sleep 0.05; done
            """;

    private Host host;
    private EdgeNode node;

    @BeforeEach
    void keepHost(Host fresh) {
        host = fresh;
        node = EdgeNode.on(fresh);
    }

    private List<Container> containers(int count) {
        List<Container> containers = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            containers.add(host.container("c" + i));
        }
        return containers;
    }

    private List<CniResult> all(String verb, List<Container> containers) {
        List<RunningCall> running = new ArrayList<>();
        for (Container each : containers) {
            running.add(node.bridge(each).start(verb));
        }
        List<CniResult> results = new ArrayList<>();
        for (RunningCall each : running) {
            results.add(each.await().succeeded());
        }
        return results;
    }

    @Test
    @DisplayName("E14 40 ADDs at once on a bridge that does not exist yet, and 40 DELs")
    void manyAtOnce() {
        List<Container> containers = containers(MANY);
        Set<String> addresses = new HashSet<>();
        for (CniResult each : all("ADD", containers)) {
            addresses.add(EdgeNode.address(each));
        }
        assertThat(addresses).hasSize(MANY);
        assertThat(host.ok("ip", "-4", "-o", "addr", "show", "cni0").lines()).hasSize(1);
        assertThat(host.json("ip", "-j", "link", "show", "master", "cni0")).hasSize(MANY);
        for (Container each : containers) {
            EdgeNode.ping(each, EdgeNode.GATEWAY);
        }
        all("DEL", containers);
        node.assertClean();
    }

    @Test
    @DisplayName("E14 ADDs and DELs of other containers at the same time")
    void mixed() {
        List<Container> first = containers(8);
        List<Container> second = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            second.add(host.container("d" + i));
        }
        all("ADD", first);
        List<RunningCall> running = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            running.add(node.bridge(first.get(i)).start("DEL"));
            running.add(node.bridge(second.get(i)).start("ADD"));
        }
        running.forEach(each -> each.await().succeeded());
        for (Container each : second) {
            EdgeNode.ping(each, EdgeNode.GATEWAY);
        }
        assertThat(node.leases("n1")).hasSize(8);
        all("DEL", second);
        node.assertClean();
    }

    @Test
    @DisplayName("E14 several ADDs of one attachment at once: one succeeds, and works")
    void sameAttachment() {
        Container c1 = host.container("c1");
        List<RunningCall> running = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            running.add(node.bridge(c1).start("ADD"));
        }
        List<CniResult> results = running.stream().map(RunningCall::await).toList();
        assertThat(results.stream().filter(each -> each.exit() == 0)).hasSize(1);
        results.stream().filter(each -> each.exit() != 0).forEach(each -> each.failedWith(102));
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        assertThat(node.leases("n1")).hasSize(1);
        node.bridge(c1).del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E15 the last DEL against the next ADD, with a bridge that goes when unused")
    void unusedBridge() {
        ObjectNode conf = Conf.with(EdgeNode.CONF, "{'removeUnusedBridge':true}");
        Container leaving = host.container("c1");
        Container coming = host.container("c2");
        node.bridge(leaving, conf).add().succeeded();
        for (int round = 0; round < ROUNDS; round++) {
            RunningCall del = node.bridge(leaving, conf).start("DEL");
            RunningCall add = node.bridge(coming, conf).start("ADD");
            del.await().succeeded();
            add.await().succeeded();
            EdgeNode.ping(coming, EdgeNode.GATEWAY);
            Container swapped = leaving;
            leaving = coming;
            coming = swapped;
        }
        node.bridge(leaving, conf).del().succeeded();
        assertThat(host.run("ip", "link", "show", "cni0").exit()).isNotZero();
        node.assertClean();
    }

    @Test
    @DisplayName("E32 GC takes nothing from an ADD that is under way")
    void collectionDuringAdd() {
        host.script(
                "/run/bin/slow", SLOW_HOST_LOCAL.formatted(EdgeNode.bin().resolve("host-local")));
        ObjectNode conf =
                Conf.with(
                        EdgeNode.CONF,
                        "{'ipam':{'type':'slow','ranges':[[{'subnet':'10.66.0.0/24'}]]}}");
        Container c1 = host.container("c1");
        CniCall call = node.bridge(c1, conf).cniPath("/run/bin:" + EdgeNode.bin());
        RunningCall add = call.start("ADD");
        Await.until("the lease", () -> host.exists("/run/leased"));
        call.stdin(Conf.with(conf, "{'cni.dev/valid-attachments':[]}")).gc().succeeded();
        host.write("/run/go", "");
        CniResult added = add.await().succeeded();
        assertThat(node.leases("n1")).containsExactly(EdgeNode.address(added));
        EdgeNode.ping(c1, EdgeNode.GATEWAY);
        call.del().succeeded();
        node.assertClean();
    }

    @Test
    @DisplayName("E32 GC beside ADDs and DELs of attachments that it knows to be valid")
    void collectionBeside() {
        List<Container> containers = containers(8);
        StringBuilder valid = new StringBuilder();
        for (Container each : containers) {
            valid.append(valid.isEmpty() ? "" : ",")
                    .append("{'containerID':'" + each.name() + "','ifname':'eth0'}");
        }
        CniCall gc =
                node.bridge(
                        Conf.with(EdgeNode.CONF, "{'cni.dev/valid-attachments':[" + valid + "]}"));
        List<RunningCall> running = new ArrayList<>();
        for (Container each : containers) {
            running.add(node.bridge(each).start("ADD"));
            running.add(gc.start("GC"));
        }
        running.forEach(each -> each.await().succeeded());
        for (Container each : containers) {
            EdgeNode.ping(each, EdgeNode.GATEWAY);
        }
        assertThat(node.leases("n1")).hasSize(8);
        all("DEL", containers);
        node.assertClean();
    }

    @Test
    @DisplayName("E58 20 ADDs while the installed folder is replaced by rename")
    void replacedInstallation() {
        String root = host.temp().toString();
        host.sh(
                "cp -a "
                        + EdgeNode.dist().toAbsolutePath()
                        + "/. "
                        + root
                        + "/v1;"
                        + " cp -a "
                        + root
                        + "/v1 "
                        + root
                        + "/v2; ln -s v1 "
                        + root
                        + "/current");
        List<Container> containers = containers(20);
        List<RunningCall> running = new ArrayList<>();
        for (Container each : containers) {
            running.add(
                    host.cni(host.temp().resolve("current/bin"), "bridge")
                            .container(each)
                            .stdin(EdgeNode.CONF)
                            .start("ADD"));
            String next = running.size() % 2 == 0 ? "v1" : "v2";
            host.sh(
                    "ln -s "
                            + next
                            + " "
                            + root
                            + "/new; mv -T "
                            + root
                            + "/new "
                            + root
                            + "/current");
        }
        running.forEach(each -> each.await().succeeded());
        for (Container each : containers) {
            EdgeNode.ping(each, EdgeNode.GATEWAY);
        }
        all("DEL", containers);
        node.assertClean();
    }
}
