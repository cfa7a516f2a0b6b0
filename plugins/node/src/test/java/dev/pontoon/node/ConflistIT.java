package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Output;
import dev.pontoon.testing.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A network's list, called by the operator's command as libcni and cnitool call it. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("pontoon add, check, del, gc and status of a list")
final class ConflistIT {
    /** A plugin that writes down what it gets, and fails if it is told to. */
    private static final String RECORDER =
            """
            #!/bin/sh
            name=${0##*/}
            cat > /run/seen/$name.$CNI_COMMAND
            env > /run/seen/$name.$CNI_COMMAND.env
            echo "$name $CNI_COMMAND $CNI_CONTAINERID" >> /run/seen/calls
            [ ! -e /run/fail/$name.$CNI_COMMAND ] || { echo '{"code":117,"msg":"no use"}'; exit 1; }
            [ $CNI_COMMAND != ADD ] || echo '{"cniVersion":"1.1.0","by":"'$name'","ips":[{"address":"10.9.9.9/24"}]}'
            """;

    private static final String CONFLIST =
            """
            {'cniVersion':'1.1.0','name':'n1','plugins':[
              {'type':'first','name':'x','cniVersion':'0.1.0','own':1,'capabilities':{'mac':true,'ips':false}},
              {'type':'second'}]}\
            """;

    private final Host host;
    private final Container container;

    ConflistIT(Host host) {
        this.host = host;
        this.container = host.container("c1");
        host.script("/run/bin/first", RECORDER);
        host.script("/run/bin/second", RECORDER);
        host.sh("mkdir -p /run/seen /run/fail /etc/cni/net.d");
        list(CONFLIST);
    }

    private void list(String conflist) {
        host.write("/etc/cni/net.d/10-n1.conflist", Conf.of(conflist).toString());
    }

    private Command pontoon(String... words) {
        List<String> line = new ArrayList<>(List.of(EdgeNode.dist().resolve("pontoon").toString()));
        line.addAll(List.of(words));
        return host.command(line).env("CNI_PATH", "/run/bin").env("CNI_CONTAINERID", "c1");
    }

    private JsonNode seen(String call) {
        return Conf.of(host.read("/run/seen/" + call));
    }

    /** Which plugins were called since the last look. */
    private List<String> calls() {
        if (!host.exists("/run/seen/calls")) {
            return List.of();
        }
        List<String> calls = host.read("/run/seen/calls").lines().toList();
        host.sh("rm /run/seen/calls");
        return calls;
    }

    @Test
    @DisplayName(
            "order, prevResult, capabilities and the kept result are libcni's (LIB-02 to LIB-06)")
    void attachment() throws IOException {
        ObjectNode result =
                (ObjectNode)
                        pontoon("add", "n1", container.netns())
                                .env("CNI_ARGS", "IP=10.9.9.9;IgnoreUnknown=1")
                                .env("CAP_ARGS", "{\"mac\":\"02:00:00:00:00:01\",\"ips\":[]}")
                                .json();
        assertThat(result.path("by").asText()).isEqualTo("second");
        assertThat(calls()).containsExactly("first ADD c1", "second ADD c1");
        JsonNode first = seen("first.ADD");
        assertThat(first.path("name").asText()).isEqualTo("n1");
        assertThat(first.path("cniVersion").asText()).isEqualTo("1.1.0");
        assertThat(first.path("own").asInt()).isOne();
        assertThat(first.has("prevResult")).isFalse();
        assertThat(first.path("runtimeConfig")).isEqualTo(Conf.of("{'mac':'02:00:00:00:00:01'}"));
        assertThat(seen("second.ADD").at("/prevResult/by").asText()).isEqualTo("first");
        assertThat(seen("second.ADD").has("runtimeConfig")).isFalse();
        assertThat(host.read("/run/seen/first.ADD.env").lines())
                .contains(
                        "CNI_NETNS=" + container.netns(),
                        "CNI_IFNAME=eth0",
                        "CNI_PATH=/run/bin",
                        "CNI_ARGS=IP=10.9.9.9;IgnoreUnknown=1");

        JsonNode kept = Conf.of(host.read("/var/lib/cni/results/n1-c1-eth0"));
        assertThat(kept.path("kind").asText()).isEqualTo("cniCacheV1");
        assertThat(kept.path("containerId").asText()).isEqualTo("c1");
        assertThat(kept.path("ifName").asText()).isEqualTo("eth0");
        assertThat(kept.path("networkName").asText()).isEqualTo("n1");
        assertThat(kept.path("netns").asText()).isEqualTo(container.netns());
        assertThat(kept.path("cniArgs").toString())
                .isEqualTo("[[\"IP\",\"10.9.9.9\"],[\"IgnoreUnknown\",\"1\"]]");
        assertThat(kept.at("/capabilityArgs/mac").asText()).isEqualTo("02:00:00:00:00:01");
        assertThat(kept.path("result")).isEqualTo(result);
        assertThat(Conf.of(new String(kept.path("config").binaryValue(), StandardCharsets.UTF_8)))
                .isEqualTo(Conf.of(CONFLIST));

        pontoon("check", "n1", container.netns()).ok();
        assertThat(calls()).containsExactly("first CHECK c1", "second CHECK c1");
        assertThat(seen("first.CHECK").at("/prevResult/by").asText()).isEqualTo("second");

        assertThat(
                        pontoon("del", "n1", container.netns(), "--json")
                                .json()
                                .path("outcome")
                                .asText())
                .isEqualTo("detached");
        assertThat(calls()).containsExactly("second DEL c1", "first DEL c1");
        assertThat(seen("first.DEL").at("/prevResult/by").asText()).isEqualTo("second");
        assertThat(host.list("/var/lib/cni/results")).isEmpty();
    }

    @Test
    @DisplayName("an ADD that fails is taken back by every plugin, but not what was there before")
    void failedAdd() {
        host.write("/run/fail/second.ADD", "");
        Output refused = pontoon("add", "n1", container.netns(), "--json").run();
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.stderr()).contains("no use", "taken back");
        assertThat(Conf.of(refused.stdout()).path("code").asInt()).isEqualTo(117);
        assertThat(calls())
                .containsExactly("first ADD c1", "second ADD c1", "second DEL c1", "first DEL c1");
        assertThat(host.list("/var/lib/cni/results")).isEmpty();

        container.ok("ip", "link", "add", "eth0", "type", "bridge");
        Output again = pontoon("add", "n1", container.netns()).run();
        assertThat(again.stderr()).contains("no use", "nothing was taken back");
        assertThat(calls()).containsExactly("first ADD c1", "second ADD c1");
    }

    @Test
    @DisplayName("DEL stops at the first failure and keeps the result for the next")
    void failedDel() {
        pontoon("add", "n1", container.netns()).ok();
        calls();
        host.write("/run/fail/second.DEL", "");
        assertThat(pontoon("del", "n1", container.netns()).run().exit()).isEqualTo(1);
        assertThat(calls()).containsExactly("second DEL c1");
        assertThat(host.list("/var/lib/cni/results")).containsExactly("n1-c1-eth0");
        host.sh("rm /run/fail/second.DEL; ip netns del c1");
        pontoon("del", "n1").ok();
        assertThat(host.list("/var/lib/cni/results")).isEmpty();
    }

    @Test
    @DisplayName(
            "what a version has not is not asked for (LIB-07), and not what the list does not want")
    void versions() {
        list("{'cniVersion':'0.3.1','name':'n1','plugins':[{'type':'first'}]}");
        pontoon("add", "n1", container.netns()).ok();
        Output check = pontoon("check", "n1", container.netns()).run();
        assertThat(check.exit()).isEqualTo(1);
        assertThat(check.stderr()).contains("has no CHECK", "0.4.0");
        pontoon("del", "n1", container.netns()).ok();
        assertThat(seen("first.DEL").has("prevResult")).isFalse();
        calls();

        list(
                "{'cniVersion':'1.0.0','name':'n1','disableCheck':'true','plugins':[{'type':'first'}]}");
        assertThat(pontoon("check", "n1", container.netns()).ok()).contains("not checked");
        assertThat(pontoon("status", "n1", "x").ok()).contains("1.1.0");
        assertThat(calls()).isEmpty();

        list(CONFLIST);
        host.write("/run/fail/second.STATUS", "");
        assertThat(pontoon("status", "n1").run().stderr()).contains("no use");
        assertThat(calls()).containsExactly("first STATUS ", "second STATUS ");
    }

    @Test
    @DisplayName("GC detaches what is not valid, then has every plugin collect (LIB-08)")
    void garbageCollection() {
        pontoon("add", "n1", container.netns()).ok();
        Container other = host.container("c2");
        pontoon("add", "n1", other.netns(), "--container-id", "c2").ok();
        other.remove();
        calls();

        Output tried = pontoon("gc", "n1", "--valid", "c1:eth0", "--dry-run").run();
        assertThat(tried.ok()).contains("would remove eth0 of container c2 in network n1");
        assertThat(calls()).isEmpty();

        assertThat(pontoon("gc", "n1", "--valid-file", "-").stdin("c1:eth0\n\n").ok())
                .contains("removed eth0 of container c2");
        assertThat(calls())
                .containsExactly("second DEL c2", "first DEL c2", "first GC ", "second GC ");
        // Whatever is at that path by now is not c2.
        assertThat(host.read("/run/seen/first.DEL.env").lines()).contains("CNI_NETNS=");
        for (String key : List.of("cni.dev/valid-attachments", "cni.dev/attachments")) {
            assertThat(seen("first.GC").path(key).toString())
                    .isEqualTo("[{\"containerID\":\"c1\",\"ifname\":\"eth0\"}]");
        }
        assertThat(host.list("/var/lib/cni/results")).containsExactly("n1-c1-eth0");

        list("{'cniVersion':'1.1.0','name':'n1','disableGC':true,'plugins':[{'type':'first'}]}");
        Output refused = pontoon("gc", "n1", "--from-results").run();
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.stderr()).contains("disableGC");
        assertThat(calls()).isEmpty();
    }

    @Test
    @DisplayName("the reference plugins attach and detach as with cnitool, and Pontoon's take over")
    void referencePlugins() {
        Need.file(Path.of("/usr/lib/cni/bridge"));
        Need.kernel("bridge");
        Need.kernel("veth");
        list(
                "{'cniVersion':'1.0.0','name':'n1','plugins':[{'type':'bridge','bridge':'cni7','isGateway':true,"
                        + "'ipam':{'type':'host-local','subnet':'10.87.0.0/24'}}]}");
        Command add = pontoon("add", "n1", container.netns());
        add.env("CNI_PATH", "/usr/lib/cni").ok();
        assertThat(container.addresses("eth0")).containsExactly("10.87.0.2/24");
        host.ok("ping", "-c1", "-W5", "10.87.0.2");
        assertThat(pontoon("list").ok()).contains("10.87.0.2/24", "attached");
        assertThat(pontoon("show").ok()).contains("cni7, bridge", "10.87.0.1/24", "c1 in n1");
        Snapshot attached = host.snapshot();

        // A second one fails, which costs the first one nothing.
        Output again = add.env("CNI_PATH", "/usr/lib/cni").run();
        assertThat(again.exit()).isEqualTo(1);
        assertThat(again.stderr()).contains("nothing was taken back");
        host.ok("ping", "-c1", "-W5", "10.87.0.2");
        host.snapshot()
                .without("neigh|veth|last_reserved_ip")
                .assertSameAs(attached.without("neigh|veth|last_reserved_ip"));

        String bin = EdgeNode.bin().toString();
        pontoon("check", "n1", container.netns()).env("CNI_PATH", bin).ok();
        pontoon("del", "n1", container.netns()).env("CNI_PATH", bin).ok();
        assertThat(container.run("ip", "link", "show", "eth0").exit()).isNotZero();
        assertThat(host.list("/var/lib/cni/networks/n1")).doesNotContain("10.87.0.2");
    }
}
