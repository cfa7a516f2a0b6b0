package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Output;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the operator is told of a node, and how he gets rid of what is dead. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("pontoon list, show, status and gc --dead")
final class OperatorIT {
    private static final String CONFLIST =
            """
            {'cniVersion':'1.1.0','name':'n1','plugins':[
              {'type':'bridge','bridge':'cni0','isGateway':true,'ipMasq':true,
               'ipam':{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/29'}]]}},
              {'type':'portmap','capabilities':{'portMappings':true}}]}\
            """;

    private final Host host;
    private final EdgeNode node;
    private final MountedContainer c1;
    private final Container c2;

    OperatorIT(Host host) {
        this.host = host;
        this.node = EdgeNode.on(host);
        this.c1 = host.container("c1");
        this.c2 = host.container("c2");
        host.write("/etc/cni/net.d/10-n1.conflist", Conf.of(CONFLIST).toString());
    }

    private Output pontoon(String... words) {
        return new ServiceHandle(host).pontoon(words);
    }

    private void attach(Container container) {
        String[] words = {
            "add",
            "n1",
            container.netns(),
            "--container-id",
            container.name(),
            "--cni-path",
            EdgeNode.bin().toString(),
            "--cap-args",
            "{\"portMappings\":["
                    + (container == c1
                            ? "{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"}"
                            : "")
                    + "]}"
        };
        pontoon(words).ok();
    }

    /** The kernel takes the host's end away a moment after the namespace. */
    private void remove(MountedContainer container) {
        int before = ports();
        container.remove();
        Await.until("the port of " + container.name() + " to go", () -> ports() < before);
    }

    private int ports() {
        return host.json("ip", "-j", "link", "show", "master", "cni0").size();
    }

    private JsonNode json(String... words) {
        Output output = pontoon(words);
        return Conf.of(output.stdout());
    }

    @Test
    @DisplayName("a node with nothing says so, and what to do next")
    void nothing() {
        assertThat(pontoon("list").ok()).contains("no container is attached", "next: ");
        assertThat(pontoon("show").ok()).contains("nothing to draw", "next: ");
        assertThat(pontoon("status").ok())
                .contains("none runs", "10.66.0.1-10.66.0.6: 0 used, 5 free", "no problems");
        assertThat(pontoon("gc", "--dead").ok()).contains("nothing known was to be removed");
    }

    @Test
    @DisplayName(
            "who lives and who is gone, in the list, in the drawing, in the ranges; gc --dead removes the dead")
    void livingAndDead() {
        attach(c1);
        attach(c2);
        assertThat(pontoon("list").ok().lines())
                .anySatisfy(line ->
                        assertThat(line).contains("n1", "c1", "eth0", "10.66.0.2/29", "attached"))
                .hasSize(3);
        String veth =
                host.json("ip", "-j", "link", "show", "master", "cni0")
                        .path(0)
                        .path("ifname")
                        .asText();
        assertThat(pontoon("show").ok())
                .contains("cni0, bridge", "10.66.0.1/29", veth, "10.66.0.2/29", "c2 in n1")
                .contains("port 8080/tcp leads to 10.66.0.2 80", "masqueraded by nftables");

        remove(c1);
        JsonNode list = json("list", "--json").path("attachments");
        assertThat(list.at("/0/state").asText()).isEqualTo("gone");
        assertThat(list.at("/0/addresses/0").asText()).isEqualTo("10.66.0.2/29");
        assertThat(list.at("/1/state").asText()).isEqualTo("attached");
        assertThat(list.at("/1/plugins").toString()).contains("\"bridge\"");
        JsonNode status = json("status", "--json");
        assertThat(status.at("/networks/0/ranges/0/used").asInt()).isEqualTo(2);
        assertThat(status.at("/networks/0/ranges/0/ofDeadContainers").asInt()).isEqualTo(1);
        assertThat(status.at("/problems/0/next").asText()).isEqualTo("pontoon gc n1 --dead");
        pontoon("show", "--svg", host.temp().resolve("n1.svg").toString()).ok();
        assertThat(host.temp().resolve("n1.svg")).content().contains("class=\"gone\"", "</svg>");

        Output tried =
                pontoon("gc", "--dead", "--dry-run", "--cni-path", EdgeNode.bin().toString());
        assertThat(tried.ok())
                .contains("would remove eth0 of container c1 in network n1: no namespace");
        assertThat(node.leases("n1")).hasSize(2);
        JsonNode removed = json("gc", "--dead", "--json", "--cni-path", EdgeNode.bin().toString());
        assertThat(removed.at("/removed/0/containerID").asText()).isEqualTo("c1");
        assertThat(node.leases("n1")).containsExactly("10.66.0.3");
        assertThat(host.ok("nft", "list", "ruleset")).doesNotContain("8080", "10.66.0.2");
        assertThat(host.list("/var/lib/cni/results")).containsExactly("n1-c2-eth0");
        EdgeNode.ping(c2, "10.66.0.1");
        assertThat(pontoon("status").exit()).isZero();
    }

    @Test
    @DisplayName(
            "a path that leads to another container by now is gone, and gc --dead leaves that one alone")
    void recycledPath() {
        attach(c1);
        remove(c1);
        Container other = host.container("c1");
        other.sh("ip link add eth0 type bridge; ip addr add 10.99.0.1/24 dev eth0");
        assertThat(pontoon("list").ok()).contains("leads to another namespace by now");

        pontoon("gc", "n1", "--dead", "--cni-path", EdgeNode.bin().toString()).ok();
        assertThat(other.addresses("eth0")).containsExactly("10.99.0.1/24");
        assertThat(node.leases("n1")).isEmpty();
    }

    @Test
    @DisplayName("from where the namespace cannot be seen nobody is taken for dead")
    void otherMountNamespace() {
        attach(c1);
        String pontoon = EdgeNode.dist().resolve("pontoon").toString();
        String elsewhere =
                "umount /run/netns/c1; %1$s gc --dead --cni-path %2$s; %1$s list"
                        .formatted(pontoon, EdgeNode.bin());
        assertThat(host.ok("unshare", "-m", "sh", "-c", elsewhere))
                .contains("nothing known was to be removed", "unreachable: no namespace at");
        assertThat(pontoon("list").ok()).contains("attached");
        EdgeNode.ping(c1, "10.66.0.1");
    }

    @Test
    @DisplayName(
            "what somebody changed is told as the kernel has it, with the command to look closer")
    void changed() {
        attach(c2);
        c2.ok("ip", "addr", "flush", "dev", "eth0");
        assertThat(pontoon("list").ok()).contains("changed: 10.66.0.2/29 is missing on eth0");
        Output status = pontoon("status");
        assertThat(status.exit()).isEqualTo(1);
        assertThat(status.stdout()).contains("pontoon check n1 \"" + c2.netns() + "\"");
        host.write("/etc/cni/net.d/00-broken.conflist", "{");
        assertThat(pontoon("status").stdout()).contains("00-broken.conflist");
    }
}
