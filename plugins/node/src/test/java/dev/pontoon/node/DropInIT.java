package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.RunningCall;
import dev.pontoon.testing.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Pontoon and the reference plugins of Debian on one node: either takes over what the other made,
 * and both work side by side.
 *
 * <p>What may be left at the end is what the reference plugins leave after themselves: they attach
 * and detach one container before the first look.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
@DisplayName("drop-in for containernetworking-plugins")
final class DropInIT {

    private static final Path REFERENCE = Path.of("/usr/lib/cni");

    /** Counters and folders of the address store, and our own folders. */
    private static final String PERMANENT =
            "^file /var/lib/cni/networks/(di/last_reserved_ip\\.\\d|\\.pontoon.*)$"
                    + "|^file /run/pontoon(/ledger|/locks)?$";

    private final Host host;
    private final Path pontoon;
    private final Container container;

    DropInIT(Host host) {
        Need.file(REFERENCE.resolve("bridge"));
        Need.file(REFERENCE.resolve("host-local"));
        this.host = host;
        this.pontoon = RuntimeNetwork.pontoon();
        this.container = host.container("c1");
    }

    /** Networks that both understand. The reference masquerades with iptables, we as told. */
    enum Network {
        PLAIN("'isGateway':true", ""),
        DEFAULT_GATEWAY_AND_HAIRPIN("'isDefaultGateway':true,'hairpinMode':true,'mtu':1400", ""),
        MASQUERADED("'isGateway':true,'ipMasq':true", "iptables nft"),
        MASQUERADED_BY_IPTABLES(
                "'isGateway':true,'ipMasq':true,'ipMasqBackend':'iptables'", "iptables nft"),
        MASQUERADED_BY_XTABLES(
                "'isGateway':true,'ipMasq':true,'ipMasqBackend':'iptables'", "iptables legacy"),
        MASQUERADED_DUAL_STACK("'isGateway':true,'ipMasq':true", "iptables nft"),
        MAC_CHECKED("'isGateway':true,'macspoofchk':true", "nftables"),
        ALL_AT_ONCE("'isGateway':true,'ipMasq':true,'macspoofchk':true", "iptables nft");

        private static final String V4 = "[{'subnet':'10.78.0.0/24'}]";
        private static final String V6 = "[{'subnet':'fd78::/64'}]";

        private final String keys;
        private final String kernel;

        Network(String keys, String kernel) {
            this.keys = keys;
            this.kernel = kernel;
        }

        private boolean dualStack() {
            return this == MASQUERADED_DUAL_STACK || this == ALL_AT_ONCE;
        }

        private boolean masqueradesInOurTable() {
            return keys.contains("'ipMasq':true") && !keys.contains("ipMasqBackend");
        }

        void prepare(Host host) {
            if (!kernel.isEmpty()) {
                Need.kernel(kernel);
            }
            if (dualStack()) {
                Need.kernel("ipv6");
            }
            String kind = kernel.equals("iptables legacy") ? "legacy" : "nft";
            for (String program : List.of("iptables", "ip6tables")) {
                String chosen = "/usr/sbin/" + program + "-" + kind;
                host.ok("ln", "-sfT", chosen, "/etc/alternatives/" + program);
            }
        }

        ObjectNode configuration() {
            String ranges = dualStack() ? V4 + "," + V6 : V4;
            return Conf.of(
                    "{'cniVersion':'1.0.0','name':'di','type':'bridge','bridge':'di0',"
                            + keys
                            + ",'ipam':{'type':'host-local','ranges':["
                            + ranges
                            + "]}}");
        }
    }

    private CniCall call(Path bin, Container target, ObjectNode configuration) {
        return host.cni(bin, "bridge").container(target).stdin(configuration);
    }

    /** What the host holds after the reference plugins have attached and detached a container. */
    private Snapshot afterAnotherContainer(ObjectNode configuration) {
        Container other = host.container("c0");
        CniCall call = call(REFERENCE, other, configuration);
        CniResult added = call.add().succeeded();
        call.stdin(Conf.after(configuration, added)).del().succeeded();
        return look();
    }

    private Snapshot look() {
        return host.snapshot().without(PERMANENT);
    }

    private List<String> leases() {
        return host.list("/var/lib/cni/networks/di").stream()
                .filter(name -> !name.equals("lock") && !name.startsWith("last_reserved_ip"))
                .toList();
    }

    private static List<String> addresses(CniResult added) {
        List<String> addresses = new ArrayList<>();
        for (JsonNode ip : added.succeeded().json().path("ips")) {
            addresses.add(ip.path("address").asText().replaceFirst("/.*", ""));
        }
        return addresses;
    }

    private void assertConnected(CniResult added) {
        assertThat(leases()).containsExactlyInAnyOrderElementsOf(addresses(added));
        for (JsonNode ip : added.json().path("ips")) {
            container.ok("ping", "-c1", "-W5", ip.path("gateway").asText());
        }
    }

    /**
     * Where we masquerade in our own table, the reference looks for a chain of iptables that nobody
     * made, and some of its versions call that an error. It is the last of its steps.
     */
    private static void assertDetachedWhatItKnows(CniResult deleted, Network network) {
        if (deleted.exit() == 0 || !network.masqueradesInOurTable()) {
            deleted.succeeded();
        } else {
            assertThat(deleted.failed().json().path("msg").asText())
                    .contains("iptables -t nat -D POSTROUTING", "Chain 'CNI-", "does not exist");
        }
    }

    private List<String> links() {
        return host.json("ip", "-j", "link").findValuesAsText("ifname");
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Network.class)
    @DisplayName("their ADD, our CHECK and DEL: nothing is left")
    void takesOverWhatTheReferenceMade(Network network) {
        network.prepare(host);
        ObjectNode configuration = network.configuration();
        Snapshot before = afterAnotherContainer(configuration);
        CniResult added = call(REFERENCE, container, configuration).add().succeeded();
        assertConnected(added);

        CniCall ours = call(pontoon, container, Conf.after(configuration, added));
        ours.check().succeeded();
        ours.del().succeeded();
        assertThat(container.json("ip", "-j", "link")).hasSize(1);
        look().assertSameAs(before);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Network.class)
    @DisplayName(
            "their ADD, our DEL without the result and with the namespace gone: nothing is left")
    void takesOverWithoutResultAndNamespace(Network network) {
        network.prepare(host);
        ObjectNode configuration = network.configuration();
        Snapshot before = afterAnotherContainer(configuration);
        List<String> links = links();
        call(REFERENCE, container, configuration).add().succeeded();

        container.remove();
        call(pontoon, container, configuration).netns("").del().succeeded();
        // The kernel ends a namespace, and both ends of its veth, at a time of its own.
        Await.until("the veth to be gone", this::links, links::equals);
        look().assertSameAs(before);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Network.class)
    @DisplayName("our ADD, their CHECK and DEL: address and link are gone; our GC takes the rest")
    void handsOverToTheReference(Network network) {
        network.prepare(host);
        ObjectNode configuration = network.configuration();
        Snapshot before = afterAnotherContainer(configuration);
        List<String> links = links();
        CniResult added = call(pontoon, container, configuration).add().succeeded();
        assertConnected(added);

        CniCall theirs = call(REFERENCE, container, Conf.after(configuration, added));
        theirs.check().succeeded();
        assertDetachedWhatItKnows(theirs.del(), network);
        assertThat(leases()).isEmpty();
        assertThat(links()).isEqualTo(links);
        assertThat(container.json("ip", "-j", "link")).hasSize(1);

        ObjectNode collect =
                Conf.with(configuration, "{'cniVersion':'1.1.0','cni.dev/valid-attachments':[]}");
        host.cni(pontoon, "bridge").stdin(collect).gc().succeeded();
        look().assertSameAs(before);
    }

    @Test
    @DisplayName("50 ADDs of each at once on one network: no address is given twice")
    void sharesOneStore() {
        ObjectNode configuration = Network.PLAIN.configuration();
        List<RunningCall> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            for (Path bin : List.of(REFERENCE, pontoon)) {
                Container each = host.container("m" + calls.size());
                CniCall call = call(bin, each, configuration).timeout(Duration.ofMinutes(2));
                calls.add(call.start("ADD"));
            }
        }
        List<String> given = new ArrayList<>();
        for (RunningCall call : calls) {
            given.addAll(addresses(call.await()));
        }
        assertThat(given).hasSize(100).doesNotHaveDuplicates();
        assertThat(leases()).containsExactlyInAnyOrderElementsOf(given);
    }
}
