package dev.pontoon.bridge;

import static dev.pontoon.bridge.Node.L3;
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
    private static final ObjectNode CONF =
            Conf.with(L3, "{'name':'mynet','isDefaultGateway':true,'ipMasq':true}");
    private static final ObjectNode IPTABLES = Conf.with(CONF, "{'ipMasqBackend':'iptables'}");
    private static final String DUAL =
            "{'ips':[{'address':'10.22.0.2/24'},{'address':'fd00:22::2/64'}]}";

    private Node node;
    private Host host;
    private Container c1;

    @BeforeEach
    void makeNode(Host fresh) {
        host = fresh;
        node = new Node(fresh);
        c1 = host.container("ctr1");
        node.gives(DUAL);
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
    void outsideSeesTheHostAndNeighboursSeeTheContainer() {
        Need.tool("tcpdump");
        Container outside = outside();
        node.call(c1, CONF).add().succeeded();
        Container c2 = host.container("ctr2");
        node.gives(c2, "eth0", "{'ips':[{'address':'10.22.0.3/24'}]}");
        node.call(c2, CONF).add().succeeded();
        Running seen = dump(outside, "eth0");
        Running beside = dump(c2, "eth0");
        c1.awaitPing("198.51.100.2");
        c1.awaitPing("fd99::2");
        c1.awaitPing("10.22.0.3");
        Await.until("pings", () -> seen.stdout().contains("fd99::1 > fd99::2"));
        assertThat(seen.stdout()).contains("198.51.100.1 > 198.51.100.2").doesNotContain("10.22.");
        Await.until("a ping", () -> beside.stdout().contains("10.22.0.2 > 10.22.0.3"));
    }

    private static Running dump(Container where, String link) {
        Running dump = where.start("tcpdump", "-lni", link, "icmp or icmp6 or udp");
        Await.until("tcpdump", () -> dump.stderr().contains("listening"));
        return dump;
    }

    @Test
    void multicastKeepsItsSource() {
        Need.tool("tcpdump");
        Container outside = outside();
        node.call(c1, CONF).add().succeeded();
        Running seen = dump(outside, "eth0");
        // The host itself says what a multicast router would forward: rules see no difference.
        host.sh("ip addr add 10.22.0.2/32 dev up0; ip route add 224.0.0.0/4 dev up0");
        host.run("ping", "-c1", "-W1", "-I", "10.22.0.2", "198.51.100.2");
        host.run("ping", "-c1", "-W1", "-I", "10.22.0.2", "224.0.0.251");
        Await.until("the multicast", () -> seen.stdout().contains("> 224.0.0.251"));
        assertThat(seen.stdout())
                .contains("198.51.100.1 > 198.51.100.2", "10.22.0.2 > 224.0.0.251");
        String rules = node.ruleset();
        assertThat(rules)
                .contains("ip daddr != 224.0.0.0/4 masquerade", "ip6 daddr != ff00::/8 masquerade");
        assertThat(rules).contains("10.22.0.2 . 10.22.0.0", "fd00:22::2 . fd00:22::");
    }

    @Test
    void withoutMasqueradingNothingComesBack() {
        outside();
        node.call(c1, Conf.with(CONF, "{'ipMasq':false}")).add().succeeded();
        c1.awaitPing("198.51.100.1");
        assertThat(c1.pings("198.51.100.2")).isFalse();
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void checkFindsEveryPartThatIsMissing() {
        CniCall call = node.call(c1, CONF);
        CniResult added = call.add().succeeded();
        CniCall check = call.stdin(Conf.after(CONF, added));
        String whole = host.ok("nft", "-s", "list", "ruleset");
        for (String fault :
                new String[] {
                    "delete element inet pontoon masq_v4 { 10.22.0.2 }",
                    "delete element inet pontoon masq_v6 { fd00:22::2 }",
                    "flush chain inet pontoon postrouting",
                    "flush set inet pontoon masq_v4_24",
                    "delete table inet pontoon"
                }) {
            host.ok("nft", fault);
            assertThat(CniResult.words(check.check().failedWith(103).json()))
                    .contains("masquerade");
            host.command("nft", "-f", "-").stdin("flush ruleset;\n" + whole).ok();
            check.check().succeeded();
        }
        check.del().succeeded();
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void tableSurvivesWhileSomebodyNeedsItAndIsMendedByTheNextAdd() {
        outside();
        node.call(c1, CONF).add().succeeded();
        Container c2 = host.container("ctr2");
        node.gives(c2, "eth0", "{'ips':[{'address':'10.22.0.3/24'}]}");
        host.ok("nft", "flush", "chain", "inet", "pontoon", "postrouting");
        node.call(c2, CONF).add().succeeded();
        c1.awaitPing("198.51.100.2");
        c2.awaitPing("198.51.100.2");
        node.call(c1, CONF).del().succeeded();
        assertThat(node.ruleset()).contains("10.22.0.3").doesNotContain("10.22.0.2", "fd00:22::2");
        c2.awaitPing("198.51.100.2");
        node.call(c2, CONF).del().succeeded();
        assertThat(node.ruleset()).isEmpty();
    }

    @Test
    void addressOfALiveContainerIsNotTakenOver() {
        CniCall first = node.call(c1, CONF);
        CniResult added = first.add().succeeded();
        Container c2 = host.container("ctr2");
        var other = Conf.with(CONF, "{'name':'n2'}");
        assertThat(CniResult.words(node.call(c2, other).add().failedWith(102).json()))
                .contains("10.22.0.2", "mynet/ctr1/eth0");
        first.stdin(Conf.after(CONF, added)).check().succeeded();
        assertThat(c2.json("ip", "-j", "link")).hasSize(1);
    }

    @Test
    void addressOfADeadContainerIsTakenOver() {
        node.call(c1, CONF).add().succeeded();
        String port = node.ports("br1").getFirst();
        c1.remove();
        Await.until(port + " to die with its namespace", () -> !node.hasLink(port));
        Container c2 = host.container("ctr2");
        CniCall call = node.call(c2, CONF);
        CniResult added = call.add().succeeded();
        call.stdin(Conf.after(CONF, added)).check().succeeded();
        // The late DEL of the dead one takes nothing from the living.
        node.call(c1, CONF).del().succeeded();
        call.stdin(Conf.after(CONF, added)).check().succeeded();
    }

    @Test
    void iptablesRulesAreThoseOfTheReferencePlugins() {
        Need.kernel("iptables nft");
        outside();
        CniCall call = node.call(c1, IPTABLES);
        CniResult added = call.add().succeeded();
        String chain = "CNI-5145007e2a8415ce07579739";
        String comment = " -m comment --comment \"name: \\\"mynet\\\" id: \\\"ctr1\\\"\" -j ";
        assertThat(host.ok("iptables", "-t", "nat", "-S").lines())
                .contains(
                        "-N " + chain,
                        "-A POSTROUTING -s 10.22.0.2/32" + comment + chain,
                        "-A " + chain + " -d 10.22.0.0/24" + comment + "ACCEPT",
                        "-A " + chain + " ! -d 224.0.0.0/4" + comment + "MASQUERADE");
        assertThat(host.ok("ip6tables", "-t", "nat", "-S").lines())
                .contains(
                        "-N " + chain,
                        "-A POSTROUTING -s fd00:22::2/128" + comment + chain,
                        "-A " + chain + " -d fd00:22::/64" + comment + "ACCEPT",
                        "-A " + chain + " ! -d ff00::/8" + comment + "MASQUERADE");
        assertThat(node.ruleset()).doesNotContain("pontoon");
        c1.awaitPing("198.51.100.2");
        c1.awaitPing("fd99::2");
        CniCall check = call.stdin(Conf.after(IPTABLES, added));
        check.check().succeeded();
        host.ok("ip6tables", "-t", "nat", "-F", chain);
        assertThat(CniResult.words(check.check().failedWith(103).json())).contains("fd00:22::2");
        check.del().succeeded();
        assertThat(node.ruleset()).doesNotContain("CNI-", "ctr1");
        check.del().succeeded();
    }

    @Test
    void failureForASecondInterfaceLeavesTheFirstItsIptablesRules() {
        Need.kernel("iptables nft");
        CniCall call = node.call(c1, IPTABLES);
        CniResult added = call.add().succeeded();
        CniCall check = call.stdin(Conf.after(IPTABLES, added));
        node.ipamFails("ADD", 104);
        call.ifname("net1").add().failedWith(104);
        check.check().succeeded();
        node.ipamMends("ADD");
        node.gives(c1, "net1", "{'ips':[{'address':'10.22.0.5/24'}]}");
        call.ifname("net1").add().succeeded();
        call.ifname("net1").del().succeeded();
        check.check().succeeded();
        // Repeated, without a record and without a result to go by.
        call.ifname("net1").del().succeeded();
        check.check().succeeded();
        call.del().succeeded();
        assertThat(node.ruleset()).doesNotContain("CNI-");
    }

    @Test
    void iptablesCanBeUninstalledWhileContainersLive() {
        Need.kernel("iptables nft");
        CniCall call = node.call(c1, IPTABLES);
        call.add().succeeded();
        hideIptables();
        assertThat(host.run("iptables", "-S").exit()).isNotZero();
        call.del().succeeded();
        assertThat(node.ruleset()).doesNotContain("CNI-", "ctr1");
        assertThat(CniResult.words(call.add().failedWith(105).json())).contains("iptables");
        assertThat(node.ports("br1")).isEmpty();
        call.status().failedWith(50);
    }

    private void hideIptables() {
        host.sh(
                "for name in iptables ip6tables; do for folder in /usr/sbin /sbin; do"
                        + " file=$(readlink -f $folder/$name);"
                        + " [ ! -x $file ] || mount --bind /dev/null $file; done; done");
    }

    @Test
    void delRemovesWhatTheReferencePluginsMade() {
        Need.kernel("iptables nft");
        String chain = "CNI-5145007e2a8415ce07579739";
        String comment = " -m comment --comment 'name: \"mynet\" id: \"ctr1\"' ";
        String iptables = "iptables -w -t nat ";
        host.sh(
                iptables
                        + "-N "
                        + chain
                        + ";"
                        + iptables
                        + "-A "
                        + chain
                        + " -d 10.22.0.0/24"
                        + comment
                        + "-j ACCEPT;"
                        + iptables
                        + "-A "
                        + chain
                        + " ! -d 224.0.0.0/4"
                        + comment
                        + "-j MASQUERADE;"
                        + iptables
                        + "-A POSTROUTING -s 10.22.0.2/32"
                        + comment
                        + "-j "
                        + chain
                        + ";"
                        + " nft add table inet cni_plugins_masquerade;"
                        + " nft add chain inet cni_plugins_masquerade masq_checks;"
                        + " nft add rule inet cni_plugins_masquerade masq_checks ip saddr 10.22.0.2"
                        + " ip daddr != 10.22.0.0/24 masquerade comment"
                        + " '\""
                        + tag("mynet")
                        + "-"
                        + tag("eth0:ctr1")
                        + ", net: mynet\"';"
                        + " nft add rule inet cni_plugins_masquerade masq_checks ip saddr 10.22.0.4"
                        + " masquerade comment '\""
                        + tag("mynet")
                        + "-0000000000000000, net: mynet\"'");
        node.call(c1, CONF).del().succeeded();
        assertThat(node.ruleset()).doesNotContain("CNI-", "10.22.0.2").contains("10.22.0.4");
        node.call(Conf.with(CONF, "{'cni.dev/valid-attachments':[]}")).gc().succeeded();
        assertThat(node.ruleset()).doesNotContain("10.22.0.4");
    }

    private String tag(String text) {
        return host.command("sha512sum").stdin(text).ok().substring(0, 16);
    }
}
