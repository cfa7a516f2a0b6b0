package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import java.util.ArrayList;
import java.util.List;

/**
 * A Docker container that is a node, as in kind: with a containerd inside, and Pontoon as its
 * install script has put it there.
 */
final class KindNode {
    private final NodeScript script;
    private final Host host;
    private final String name;
    private final String address;
    private final String leases;
    private String pid;

    private KindNode(Host host, String name, String address, String leases) {
        this.script = new NodeScript(host);
        this.host = host;
        this.name = name;
        this.address = address;
        this.leases = leases;
        this.pid = "";
    }

    /**
     * Starts a node and installs Pontoon in it.
     *
     * @param subnet of its pods, ending in {@code /24}
     * @param leases the folder of its leases
     */
    static KindNode start(
            Host host, Cgroup cgroup, String name, String address, String subnet, String leases) {
        var node = new KindNode(host, name, address, leases);
        String network = host.temp() + "/" + name + ".conflist";
        node.script.run("node_network " + subnet + " " + leases + " > " + network);
        node.script.run(
                "start_node %s %s %s %s %s"
                        .formatted(name, address, network, EdgeNode.dist(), cgroup.path()));
        node.script.run("install_pontoon " + name);
        node.findProcess();
        return node;
    }

    private void findProcess() {
        pid = script.run("docker inspect --format '{{.State.Pid}}' " + name).strip();
    }

    /** Its address in the network of the nodes. */
    String address() {
        return address;
    }

    /** How a node's pods are reached from another one; whoever runs the cluster tells them. */
    void leadTo(KindNode other, String subnet) {
        network().ok("ip", "route", "add", subnet, "via", other.address);
    }

    Pods pods() {
        return new Pods(host, "/proc/" + pid + "/root", "/pods");
    }

    /** Its network namespace. */
    Container network() {
        return host.foreign(name, "/proc/" + pid + "/ns/net");
    }

    /** Takes the power away, and gives it back: what was in /run is gone. */
    void restart() {
        script.run("restart_node " + name);
        findProcess();
    }

    /** The addresses that are leased. */
    List<String> leases() {
        return list(leases + "/kindnet").stream()
                .filter(file -> Character.isDigit(file.charAt(0)))
                .toList();
    }

    private List<String> list(String folder) {
        return host.list("/proc/" + pid + "/root" + folder);
    }

    /** The service serves, and has served every call since it was started. */
    void assertServed() {
        assertThat(
                        script.run(
                                "docker exec "
                                        + name
                                        + " /opt/pontoon/current/pontoon service status"))
                .containsPattern("calls +[1-9]\\d* served, 0 of them with an error")
                .doesNotContain("not taken");
    }

    /** Nothing of a pod is left in the kernel or on disk. */
    void assertBare() {
        List<String> links = new ArrayList<>();
        for (JsonNode link : network().json("ip", "-j", "link")) {
            links.add(link.path("ifname").asText());
        }
        assertThat(links).containsExactly("lo", "eth0");
        assertThat(network().ok("nft", "list", "ruleset")).doesNotContain("pontoon");
        assertThat(list("/run/pontoon/ledger")).isEmpty();
        assertThat(leases()).isEmpty();
        assertThat(list("/var/lib/cni/results")).isEmpty();
        assertThat(list("/run/netns")).isEmpty();
        assertThat(pods().names()).isEmpty();
    }
}
