package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What nodes chain, called as libcni does it, with somebody outside who wants to get in.
 *
 * <pre>
 *   outside 192.0.2.2 ── 192.0.2.1 host :8080 ── cni0 10.66.0.1 ── 10.66.0.2 :80 container
 * </pre>
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("a chain of bridge, portmap, firewall, tuning and bandwidth")
final class ChainIT {
    private static final ObjectNode CONFLIST =
            Conf.of(
                    """
                    {'cniVersion':'1.0.0','name':'n1','plugins':[
                      {'type':'bridge','bridge':'cni0','isDefaultGateway':true,'ipMasq':true,
                       'ipam':{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/24'}]]}},
                      {'type':'portmap','capabilities':{'portMappings':true}},
                      {'type':'firewall','ingressPolicy':'same-bridge'},
                      {'type':'tuning','sysctl':{'net.ipv4.conf.IFNAME.log_martians':'1'}},
                      {'type':'bandwidth','capabilities':{'bandwidth':true}}]}
                    """);

    private static final ObjectNode WISHES =
            Conf.of(
                    """
                    {'portMappings':[{'hostPort':8080,'containerPort':80,'protocol':'tcp'},
                                     {'hostPort':8081,'containerPort':81,'protocol':'tcp'}],
                     'bandwidth':{'ingressRate':800000000,'ingressBurst':8000000}}
                    """);

    /** Passes the result on; fails while the file /run/broken is there. */
    private static final String FLAKY =
            """
            #!/bin/sh
            config=$(cat)
            if [ -e /run/broken ]; then
              echo '{"cniVersion":"1.0.0","code":999,"msg":"broken"}'
              exit 1
            fi
            [ $CNI_COMMAND != ADD ] || printf %s "$config" | sed 's/.*"prevResult"://; s/}$//'
            """;

    private PublishedPod published;
    private EdgeNode node;
    private Host host;
    private Container pod;
    private Container outside;

    @BeforeEach
    void prepare(Host fresh) {
        published = new PublishedPod(fresh);
        node = published.node();
        host = fresh;
        pod = published.pod();
        outside = published.outside();
    }

    private Chain chain(ObjectNode conflist, Path bin) {
        return new Chain(host, bin, conflist, WISHES, pod);
    }

    @Test
    @DisplayName("attaches, is answered from outside, is found whole by CHECK, and leaves nothing")
    void livesAndGoes() {
        Chain chain = chain(CONFLIST, EdgeNode.bin());
        JsonNode result = chain.add();
        assertThat(result.path("ips").path(0).path("address").asText()).isEqualTo("10.66.0.2/24");
        published.serve();
        published.awaitAnswer();
        assertThat(outside.run("ping", "-n", "-c1", "-W1", "10.66.0.2").exit())
                .as("the outside has no route to the container")
                .isNotZero();
        assertThat(chain.check()).hasSize(5).allMatch(answer -> answer.exit() == 0);

        chain.remove();
        node.assertClean();
    }

    @Test
    @DisplayName("E27 what a flushed ruleset took is named by CHECK and put back by those it was")
    void comesBackAfterAFlush() {
        ObjectNode conflist = Conf.with(CONFLIST, "{}");
        ((ObjectNode) conflist.path("plugins").path(0)).put("ipMasq", false);
        Chain chain = chain(conflist, EdgeNode.bin());
        JsonNode result = chain.add();
        published.serve();
        published.awaitAnswer();
        Conversation open = published.converse();

        host.ok("nft", "flush", "ruleset");
        assertThat(EdgeNode.message(chain.call(1).check().failedWith(103)))
                .contains("no table inet pontoon");
        assertThat(EdgeNode.message(chain.call(2).check().failedWith(103)))
                .contains("chain forward");
        assertThat(published.ask()).isEmpty();

        for (int place : List.of(2, 1)) {
            chain.call(place).del().succeeded();
        }
        for (int place : List.of(1, 2)) {
            assertThat(chain.call(place).add().succeeded().json()).isEqualTo(result);
        }
        assertThat(chain.check()).hasSize(5).allMatch(answer -> answer.exit() == 0);
        published.awaitAnswer();
        open.assertGoesOn();

        chain.remove();
    }

    @Test
    @DisplayName("E56 DEL that the second of three plugins breaks is completed by the next one")
    void isRemovedAfterABrokenDel() {
        Path bin = host.temp().resolve("bin");
        for (String name : List.of("bridge", "host-local", "portmap")) {
            host.sh("mkdir -p " + bin + "; ln -s " + EdgeNode.bin() + "/" + name + " " + bin);
        }
        host.write(bin + "/flaky", FLAKY);
        host.ok("chmod", "+x", bin + "/flaky");
        ObjectNode conflist = Conf.with(CONFLIST, "{}");
        JsonNode plugins = CONFLIST.path("plugins");
        conflist.withArray("plugins")
                .removeAll()
                .add(plugins.path(0))
                .add(Conf.of("{'type':'flaky'}"))
                .add(plugins.path(1));
        Chain chain = chain(conflist, bin);
        chain.add();
        host.write("/run/broken", "");
        node.remember();

        List<CniResult> broken = chain.del();
        assertThat(broken).hasSize(2);
        assertThat(broken.getLast().exit()).isEqualTo(1);
        assertThat(host.ok("nft", "list", "ruleset")).doesNotContain("8080");
        assertThat(node.leases("n1")).isNotEmpty();

        host.ok("rm", "/run/broken");
        chain.remove();
        assertThat(node.leases("n1")).isEmpty();
        assertThat(host.ok("ip", "link")).doesNotContain("veth");
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
    }
}
