package dev.pontoon.firewall;

import static dev.pontoon.firewall.Node.CONF;
import static dev.pontoon.firewall.Node.OUTSIDE_V4;
import static dev.pontoon.firewall.Node.OUTSIDE_V6;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Snapshot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ADD makes with the nftables backend, what it refuses, and what gets through. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class FirewallIT {
    private static final String PERMANENT =
            "^(file /run/pontoon|nft table ip6? filter( chain (CNI-ADMIN|CNI-FORWARD|FORWARD))?)";

    private Host host;
    private Node node;
    private MountedContainer c1;

    @BeforeEach
    void makeNode(Host fresh) {
        Need.kernel("nftables");
        host = fresh;
        node = new Node(fresh);
        node.bridge(1);
        c1 = node.container("c1", 1, 2);
    }

    private void assertUntouched(Snapshot before) {
        host.snapshot().without(PERMANENT).assertSameAs(before.without(PERMANENT));
    }

    private static ObjectNode conf(String keys) {
        return Node.behind(Conf.with(CONF, "{" + keys + "}"), 1, 2);
    }

    @Test
    void addressesAreElementsThatGoWithTheirOwner() {
        Snapshot before = host.snapshot();
        ObjectNode conf = conf("");
        CniResult added = node.call(conf, c1).add().succeeded();
        assertThat(node.elements("firewall_v4")).containsExactly("10.1.0.2 n1/c1/eth0");
        assertThat(node.elements("firewall_v6")).containsExactly("fd00:1::2 n1/c1/eth0");
        // No table of iptables was there, and none is made.
        assertThat(node.ruleset()).doesNotContain("table ip ", "table ip6 ");
        node.call(Conf.after(CONF, added), c1).check().succeeded();
        node.call(conf, c1).add().failedWith(102);

        node.call(conf, c1).del().succeeded();
        assertUntouched(before);
        assertThat(host.list("/run/pontoon/ledger")).isEmpty();
        assertThat(host.list("/run/pontoon/locks")).isEmpty();
        node.call(conf, c1).del().succeeded();
    }

    @Test
    void prevResultIsPassedThroughUnchanged() {
        String rich =
                "'prevResult':{'cniVersion':'1.1.0',"
                        + "'interfaces':[{'name':'br1','mac':'02:00:00:00:00:01','mtu':1400},"
                        + "{'name':'eth0','mac':'02:00:00:00:00:02','mtu':1400,"
                        + "'sandbox':'/run/netns/c1'}],"
                        + "'ips':[{'address':'10.1.0.2/24','gateway':'10.1.0.1','interface':1}],"
                        + "'routes':[{'dst':'0.0.0.0/0','gw':'10.1.0.1','mtu':1300}],"
                        + "'dns':{'nameservers':['10.1.0.1'],'domain':'d'}}";
        ObjectNode conf = Conf.with(CONF, "{" + rich + "}");
        CniResult added = node.call(conf, c1).add().succeeded();
        assertThat(added.json()).isEqualTo(conf.path("prevResult"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"})
    void everyVersionWithChainsIsServed(String version) {
        ObjectNode conf = conf("'cniVersion':'" + version + "'");
        CniResult added = node.call(conf, c1).add().succeeded();
        assertThat(added.json().path("cniVersion").asText()).isEqualTo(version);
        assertThat(added.json().path("ips").findValuesAsText("address"))
                .containsExactly("10.1.0.2/24", "fd00:1::2/64");
        node.call(Conf.after(conf, added), c1).del().succeeded();
        assertThat(node.ruleset()).isEmpty();
        assertThat(node.plain(conf).version().json().path("supportedVersions").toString())
                .isEqualTo("[\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]");
    }

    @ParameterizedTest(name = "{0}: {1} in {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'ingressPolicy':'sideways' | 7 | unknown ingress policy: \"sideways\"",
                "'IngressPolicy':'sideways' | 7 | unknown ingress policy",
                "'ingressPolicy':5 | 6 | ingressPolicy",
                "'backend':true | 6 | backend",
                "'firewalldZone':1 | 6 | firewalldZone",
                "'iptablesAdminChainName':'a b' | 7 | iptablesAdminChainName",
                "'iptablesAdminChainName':'-x' | 7 | iptablesAdminChainName",
                "'iptablesAdminChainName':'CNI-a-name-of-29-characters-x' | 7 | AdminChainName",
                "'backend':'iptables','ingressPolicy':'sideways' | 7 | unknown ingress policy"
            })
    void wrongKeysAreRefusedBeforeAnythingIsTouched(String keys, int code, String words) {
        Snapshot before = host.snapshot();
        CniResult refused = node.call(conf(keys), c1).add().failedWith(code);
        assertThat(CniResult.words(refused.json())).contains(words);
        assertUntouched(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"same-bridge", "isolated"})
    void policyWithoutABridgeIsRefusedBeforeAnythingIsTouched(String policy) {
        Snapshot before = host.snapshot();
        ObjectNode conf =
                Conf.with(
                        CONF,
                        "{'ingressPolicy':'"
                                + policy
                                + "','prevResult':{'ips':[{'address':'10.1.0.2/24'}]}}");
        CniResult refused = node.call(conf, c1).add().failedWith(7);
        assertThat(refused.json().path("msg").asText())
                .isEqualTo(
                        "interface needs to be set for ingress policy \""
                                + policy
                                + "\", make sure to chain \"firewall\" plugin with \"bridge\"");
        assertUntouched(before);
    }

    @Test
    void withoutPrevResultNothingIsDone() {
        Snapshot before = host.snapshot();
        CniResult refused = node.call(CONF, c1).add().failedWith(7);
        assertThat(refused.json().path("msg").asText())
                .isEqualTo("missing prevResult from earlier plugin");
        // No address, nothing to open.
        CniResult added = node.call(Node.behind(CONF, "br1"), c1).add().succeeded();
        assertThat(added.json().path("interfaces")).hasSize(2);
        assertUntouched(before);
    }

    @Test
    void namespaceThatIsNoneIsRefusedBeforeAnythingIsTouched() {
        Snapshot before = host.snapshot();
        CniCall call = node.call(conf(""), c1);
        call.netns("/run/netns/none").add().failedWith(8);
        call.netns("/proc/self/ns/net").add().failedWith(8);
        call.netns("/run/netns/none").del().succeeded();
        assertUntouched(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "'backend':''", "'backend':'NFTABLES'", "'Backend':'nftables'"})
    void whatIsNoBackendLeavesTheChoice(String keys) {
        node.call(conf(keys), c1).add().succeeded();
        assertThat(node.elements("firewall_v4")).hasSize(1);
    }

    @Test
    void trafficGetsThroughAForwardChainThatDrops() {
        Need.kernel("iptables nft");
        Need.tool("socat");
        Container outside = node.outside();
        node.drop();
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        assertThat(c1.pings(OUTSIDE_V6)).isFalse();
        node.call(conf(""), c1).add().succeeded();
        c1.awaitPing(OUTSIDE_V4);
        c1.awaitPing(OUTSIDE_V6);
        Node.listen(outside, 7000);
        assertThat(Node.connects(c1, OUTSIDE_V4, 7000)).isTrue();
        assertThat(Node.connects(c1, OUTSIDE_V6, 7000)).isTrue();
        // Only what the container asked for: the rules say "established".
        assertThat(outside.pings("10.1.0.2")).isFalse();
        assertThat(outside.pings("fd00:1::2")).isFalse();

        node.call(conf(""), c1).del().succeeded();
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        assertThat(c1.pings(OUTSIDE_V6)).isFalse();
    }

    @Test
    void acceptRulesAreThoseOfTheReferencePlugin() {
        Need.kernel("iptables nft");
        Need.file(Node.REFERENCE.resolve("firewall"));
        node.drop();
        ObjectNode conf = conf("'cniVersion':'1.0.0'");
        node.call(conf, c1).add().succeeded();
        var ours = node.rules("iptables");
        var ours6 = node.rules("ip6tables");
        assertThat(ours)
                .contains(
                        "-A FORWARD -m comment --comment \"CNI firewall plugin rules\" -j CNI-FORWARD",
                        "-A CNI-FORWARD -d 10.1.0.2/32 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
        host.ok(
                "iptables",
                "-C",
                "CNI-FORWARD",
                "-d",
                "10.1.0.2",
                "-m",
                "conntrack",
                "--ctstate",
                "RELATED,ESTABLISHED",
                "-j",
                "ACCEPT");
        host.ok("ip6tables", "-C", "CNI-FORWARD", "-s", "fd00:1::2", "-j", "ACCEPT");
        host.ok(
                "iptables",
                "-C",
                "FORWARD",
                "-m",
                "comment",
                "--comment",
                "CNI firewall plugin rules",
                "-j",
                "CNI-FORWARD");
        node.reference(conf, c1).check().succeeded();
        // It adds only what it does not find.
        node.reference(conf, c1).add().succeeded();
        assertThat(node.rules("iptables")).isEqualTo(ours);
        assertThat(node.rules("ip6tables")).isEqualTo(ours6);
        node.reference(conf, c1).del().succeeded();
        assertThat(String.join("\n", node.rules("iptables"))).doesNotContain("10.1.0.2");
        assertThat(String.join("\n", node.rules("ip6tables"))).doesNotContain("fd00:1::2");
    }

    @Test
    void iptablesDeletesWhatCameOverNetlink() {
        Need.kernel("iptables nft");
        node.drop();
        node.call(conf("'IPTABLESADMINCHAINNAME':'MY-ADMIN'"), c1).add().succeeded();
        host.ok("iptables", "-D", "CNI-FORWARD", "-s", "10.1.0.2/32", "-j", "ACCEPT");
        host.ok(
                "iptables",
                "-D",
                "CNI-FORWARD",
                "-d",
                "10.1.0.2/32",
                "-m",
                "conntrack",
                "--ctstate",
                "RELATED,ESTABLISHED",
                "-j",
                "ACCEPT");
        assertThat(node.rules("iptables"))
                .contains(
                        "-N MY-ADMIN",
                        "-A CNI-FORWARD -m comment --comment \"CNI firewall plugin admin overrides\" -j MY-ADMIN")
                .noneMatch(rule -> rule.contains("10.1.0.2"));
    }

    @Test
    void administratorsChainComesFirst() {
        Need.kernel("iptables nft");
        node.outside();
        node.drop();
        node.call(conf(""), c1).add().succeeded();
        c1.awaitPing(OUTSIDE_V4);
        host.ok("iptables", "-A", "CNI-ADMIN", "-d", OUTSIDE_V4, "-j", "DROP");
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        c1.awaitPing(OUTSIDE_V6);
    }

    @Test
    void ruleThatRejectsEverythingIsOvercomeAsAPolicyIs() {
        Need.kernel("iptables nft");
        node.outside();
        host.ok("iptables", "-A", "FORWARD", "-j", "REJECT");
        assertThat(c1.pings(OUTSIDE_V4)).isFalse();
        node.call(conf(""), c1).add().succeeded();
        c1.awaitPing(OUTSIDE_V4);
        assertThat(node.ruleset()).doesNotContain("table ip6 filter");
    }

    @Test
    void ourOwnChainOpensTheHostWhereItsPolicyIsSetToDrop() {
        Container outside = node.outside();
        node.call(conf(""), c1).add().succeeded();
        Container c2 = node.container("c2", 1, 3);
        outside.awaitPing("10.1.0.2");
        host.ok("nft", "add chain inet pontoon forward { policy drop; }");
        c1.awaitPing(OUTSIDE_V4);
        c1.awaitPing(OUTSIDE_V6);
        assertThat(outside.pings("10.1.0.2")).isFalse();
        assertThat(c2.pings(OUTSIDE_V4)).isFalse();
    }

    @Test
    void statusSaysWhatIsMissing() {
        node.plain(CONF).status().succeeded();
        ObjectNode iptables = Conf.with(CONF, "{'backend':'iptables'}");
        node.plain(iptables).status().succeeded();
        ObjectNode firewalld = Conf.with(CONF, "{'backend':'firewalld'}");
        CniResult refused = node.plain(firewalld).status().failedWith(50);
        assertThat(CniResult.words(refused.json())).contains("org.fedoraproject.FirewallD1");
        node.plain(Conf.with(CONF, "{'ingressPolicy':'x'}")).status().failedWith(7);
        node.plain(Conf.with(CONF, "{'runDir':'/etc/passwd/x'}")).status().failedWith(50);
    }

    @Test
    void statusTellsOfLegacyTablesThatDrop() {
        Need.kernel("iptables legacy");
        host.ok("iptables-legacy", "-P", "FORWARD", "DROP");
        CniResult refused = node.plain(CONF).status().failedWith(50);
        assertThat(CniResult.words(refused.json())).contains("iptables-legacy", "FORWARD");
        host.ok("iptables-legacy", "-P", "FORWARD", "ACCEPT");
        node.plain(CONF).status().succeeded();
    }
}
