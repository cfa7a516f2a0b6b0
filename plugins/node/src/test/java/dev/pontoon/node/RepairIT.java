package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Output;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code pontoon repair} on a node whose firewall somebody flushed, with a container that is
 * reached from outside and reaches the outside.
 *
 * <pre>
 *   outside 192.0.2.2 ── 192.0.2.1 host :8080 ── 10.66.0.1 ── 10.66.0.2 :80 container
 * </pre>
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("pontoon repair")
final class RepairIT {
    private static final ObjectNode BRIDGE =
            Conf.of(
                    """
                    {'type':'bridge','bridge':'cni0','isDefaultGateway':true,'ipMasq':true,
                     'macspoofchk':true,
                     'ipam':{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/24'}]]}}
                    """);

    private static final ObjectNode PTP =
            Conf.of(
                    """
                    {'type':'ptp','ipMasq':true,
                     'ipam':{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/24'}]],
                             'routes':[{'dst':'0.0.0.0/0'}]}}
                    """);

    private static final ObjectNode WISHES =
            Conf.of(
                    """
                    {'portMappings':[{'hostPort':8080,'containerPort':80,'protocol':'tcp'},
                                     {'hostPort':8081,'containerPort':81,'protocol':'tcp'}]}
                    """);

    private static final String FLUSH_IPTABLES = "iptables -F; iptables -t nat -F";

    private PublishedPod published;
    private EdgeNode node;
    private Host host;
    private Container pod;

    @BeforeEach
    void prepare(Host fresh) {
        Need.tool("iptables");
        published = new PublishedPod(fresh);
        node = published.node();
        host = fresh;
        pod = published.pod();
    }

    /** A chain whose plugins all have that backend. */
    private Chain chain(ObjectNode first, String backend) {
        ObjectNode conflist =
                Conf.of(
                        """
                        {'cniVersion':'1.0.0','name':'n1','plugins':[
                          {'type':'portmap','capabilities':{'portMappings':true}},
                          {'type':'firewall','ingressPolicy':'same-bridge'}]}
                        """);
        ObjectNode maker = first.deepCopy();
        maker.put("ipMasqBackend", backend);
        conflist.withArray("plugins").insert(0, maker);
        for (JsonNode each : conflist.path("plugins")) {
            if (!each.equals(maker)) {
                ((ObjectNode) each).put("backend", backend);
            }
        }
        if (maker.path("type").asText().equals("ptp")) {
            ((ObjectNode) conflist.path("plugins").path(2)).remove("ingressPolicy");
        }
        return new Chain(host, EdgeNode.bin(), conflist, WISHES, pod);
    }

    private Output repair(String... options) {
        List<String> command = new ArrayList<>();
        command.add(EdgeNode.dist().resolve("pontoon").toString());
        command.add("repair");
        command.addAll(List.of(options));
        return host.run(command);
    }

    /** The outside has no route to the container, so an answer means that it is masqueraded. */
    private boolean reachesOutside() {
        return pod.run("ping", "-n", "-q", "-c1", "-W1", "192.0.2.2").exit() == 0;
    }

    private void assertRestored(Chain chain, String flush, String plugin) {
        chain.add();
        published.serve();
        published.awaitAnswer();
        assertThat(reachesOutside()).isTrue();
        Conversation open = published.converse();
        String interfaces = pod.ok("ip", "-j", "-4", "address");

        host.sh(flush);
        Output missing = repair("--dry-run");
        assertThat(missing.exit()).isEqualTo(1);
        assertThat(missing.stdout()).contains("missing  n1/pod/eth0  " + plugin + ": ");
        assertThat(published.ask()).as("answer after the flush").isEmpty();

        Output repaired = repair();
        assertThat(repaired.exit()).as(repaired.stdout() + repaired.stderr()).isZero();
        assertThat(repaired.stdout()).contains("repaired  n1/pod/eth0  " + plugin + ": ");
        assertThat(published.ask()).isEqualTo("hello from the pod");
        assertThat(reachesOutside()).isTrue();
        assertThat(chain.check()).hasSize(3).allMatch(answer -> answer.exit() == 0);
        assertThat(pod.ok("ip", "-j", "-4", "address")).isEqualTo(interfaces);
        open.assertGoesOn();
        assertThat(repair().stdout()).contains("nothing is missing");

        chain.remove();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"bridge", "portmap", "firewall"})
    @DisplayName("E27 puts back what nft flush ruleset took of every plugin; connections go on")
    void afterAFlush(String plugin) {
        assertRestored(chain(BRIDGE, "nftables"), "nft flush ruleset", plugin);
        node.assertClean();
    }

    @Test
    @DisplayName("E27 puts back what nft flush ruleset took of ptp")
    void afterAFlushBesidePtp() {
        assertRestored(chain(PTP, "nftables"), "nft flush ruleset", "ptp");
        node.assertClean();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {FLUSH_IPTABLES, "nft flush ruleset"})
    @DisplayName("E27 puts back what was flushed of the iptables backends")
    void afterAFlushOfIptables(String flush) {
        assertRestored(chain(BRIDGE, "iptables"), flush, "portmap");
        // Chains that containers share stay, as they do with the reference plugins.
        assertThat(host.ok("iptables-save")).doesNotContain("10.66.0.");
    }

    @Test
    @DisplayName("E27 opens again the chain FORWARD that drops")
    void afterAFlushOfForward() {
        host.sh("iptables -P FORWARD DROP");
        Chain chain = chain(BRIDGE, "nftables");
        chain.add();
        assertThat(reachesOutside()).isTrue();
        host.ok("iptables", "-F");
        assertThat(reachesOutside()).isFalse();
        assertThat(repair().stdout()).contains("repaired  n1/pod/eth0  firewall: ");
        assertThat(reachesOutside()).isTrue();
        chain.remove();
        assertThat(host.ok("iptables-save")).doesNotContain("10.66.0.");
    }

    @Test
    @DisplayName("containers do not get to the host's 127.0.0.1 after a repair either")
    void guardsAgain() {
        Chain chain = chain(BRIDGE, "nftables");
        chain.add();
        host.ok("nft", "flush", "ruleset");
        assertThat(repair().exit()).isZero();
        assertThat(host.ok("nft", "list", "chain", "inet", "pontoon", "hostport_localnet_guard"))
                .contains("127.0.0.0/8 drop");
        assertThat(host.ok("nft", "list", "set", "inet", "pontoon", "hostport_localnet"))
                .contains("\"cni0\" comment \"0\"");
        chain.remove();
        assertThat(host.ok("sysctl", "-n", "net.ipv4.conf.cni0.route_localnet")).isEqualTo("0\n");
    }

    @Test
    @DisplayName("leaves alone what belonged to containers that are gone")
    void ofTheDead() {
        Chain chain = chain(BRIDGE, "nftables");
        chain.add();
        pod.remove();
        host.ok("nft", "flush", "ruleset");
        Await.until(
                "the link to go",
                () -> host.run("ip", "link").stdout(),
                all -> !all.contains("veth"));
        Output repaired = repair();
        assertThat(repaired.exit()).as(repaired.stdout()).isZero();
        assertThat(repaired.stdout()).contains("nothing is missing");
        assertThat(host.ok("nft", "list", "ruleset")).isEmpty();
    }

    @Test
    @DisplayName("tells what could not be made anew, and why")
    void whatStaysMissing() {
        Chain chain = chain(BRIDGE, "nftables");
        chain.add();
        host.sh("nft flush ruleset; nft add table inet pontoon");
        host.sh("nft add set inet pontoon hostport_v4_any '{ type ipv4_addr; }'");
        Output failed = repair("--json");
        assertThat(failed.exit()).isEqualTo(1);
        assertThat(failed.stdout())
                .contains("\"plugin\":\"portmap\"", "hostport_v4_any: Invalid argument");

        host.ok("nft", "delete", "table", "inet", "pontoon");
        assertThat(repair().exit()).isZero();
        assertThat(chain.check()).hasSize(3).allMatch(answer -> answer.exit() == 0);
        chain.remove();
    }
}
