package dev.pontoon.ptp;

import static dev.pontoon.ptp.Node.CONF;
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
import dev.pontoon.testing.Running;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whose address the outside sees: a namespace that has no route to the container, and answers only
 * to the host.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class MasqueradeIT {
    private static final ObjectNode MASQUERADED = Conf.with(CONF, "{'ipMasq':true}");
    private static final ObjectNode IPTABLES =
            Conf.with(MASQUERADED, "{'ipMasqBackend':'iptables'}");

    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("c1");
    }

    /** A neighbour of the host at 198.51.100.2 that knows nothing of the containers' subnets. */
    private Container outside() {
        Container outside = host.container("outside");
        host.sh(
                "ip link add up0 type veth peer eth0 netns outside; ip link set up0 up;"
                        + " ip addr add 198.51.100.1/24 dev up0;"
                        + " ip addr add fd99::1/64 dev up0 nodad");
        outside.sh(
                "ip link set lo up; ip link set eth0 up; ip addr add 198.51.100.2/24 dev eth0;"
                        + " ip addr add fd99::2/64 dev eth0 nodad");
        return outside;
    }

    @Test
    void outsideSeesTheHostAndSiblingsSeeTheContainer() {
        Need.tool("tcpdump");
        Container outside = outside();
        node.call(c1, MASQUERADED).add().succeeded();
        Container c2 = node.another("c2", 3);
        node.call(c2, MASQUERADED).add().succeeded();
        Running seen = dump(outside);
        Running beside = dump(c2);
        c1.awaitPing("198.51.100.2");
        c1.awaitPing("fd99::2");
        c1.awaitPing("10.1.2.3");
        Await.until("pings", () -> seen.stdout().contains("fd99::1 > fd99::2"));
        assertThat(seen.stdout()).contains("198.51.100.1 > 198.51.100.2").doesNotContain("10.1.2.");
        Await.until("a ping", () -> beside.stdout().contains("10.1.2.2 > 10.1.2.3"));
    }

    private static Running dump(Container where) {
        Running dump = where.start("tcpdump", "-lni", "eth0", "icmp or icmp6");
        Await.until("tcpdump", () -> dump.stderr().contains("listening"));
        return dump;
    }

    @Test
    void withoutMasqueradingNothingComesBack() {
        outside();
        node.call(c1, CONF).add().succeeded();
        c1.awaitPing("198.51.100.1");
        assertThat(c1.pings("198.51.100.2")).isFalse();
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void elementsAreTaggedWithTheirOwnerAndGoWithHim() {
        CniCall call = node.call(c1, MASQUERADED);
        call.add().succeeded();
        String elements = host.ok("nft", "list", "map", "inet", "pontoon", "masq_v6");
        assertThat(elements).contains("fd00:12::2", "n1/c1/eth0");
        call.del().succeeded();
        node.requireNothingLeft();
    }

    @Test
    void iptablesRulesAreThoseOfTheReferencePlugins() {
        Need.kernel("iptables nft");
        outside();
        CniCall call = node.call(c1, IPTABLES);
        CniResult added = call.add().succeeded();
        assertThat(host.ok("iptables", "-t", "nat", "-S"))
                .contains("-s 10.1.2.2/32", "-d 10.1.2.0/24", "name: \\\"n1\\\" id: \\\"c1\\\"");
        assertThat(host.ok("ip6tables", "-t", "nat", "-S")).contains("-s fd00:12::2/128");
        assertThat(node.ruleset()).doesNotContain("pontoon");
        c1.awaitPing("198.51.100.2");
        c1.awaitPing("fd99::2");
        CniCall check = call.stdin(Conf.after(IPTABLES, added));
        check.check().succeeded();
        host.ok("iptables", "-t", "nat", "-F", "POSTROUTING");
        assertThat(CniResult.words(check.check().failedWith(103).json())).contains("10.1.2.2/24");
        c1.remove();
        check.without("CNI_NETNS").del().succeeded();
        assertThat(node.ruleset()).doesNotContain("CNI-", "c1");
        call.status().succeeded();
    }
}
