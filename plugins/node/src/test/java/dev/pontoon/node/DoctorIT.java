package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import dev.pontoon.testing.Output;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code pontoon doctor} on a host with two networks and three containers, on which one thing is
 * broken by hand: it is found and named, nothing else is, and what is printed as its mend mends it.
 */
@Tag("kernel")
@ExtendWith(HostExtension.class)
final class DoctorIT {
    private static final String PODS =
            """
            {'cniVersion':'1.1.0','name':'pods','plugins':[
             {'type':'bridge','bridge':'cni0','isDefaultGateway':true,'ipMasq':true,'hairpinMode':true,
              'ipam':{'type':'host-local','ranges':[[{'subnet':'10.66.0.0/24'}],[{'subnet':'fd66::/64'}]]}},
             {'type':'portmap','capabilities':{'portMappings':true}}]}\
            """;
    private static final String SMALL =
            """
            {'cniVersion':'1.1.0','name':'small','plugins':[
             {'type':'ptp','ipMasq':true,'ipam':{'type':'host-local','subnet':'10.67.0.0/29'}}]}\
            """;
    private static final String PODS_FILE = "/etc/cni/net.d/10-pods.conflist";
    private static final String SMALL_FILE = "/etc/cni/net.d/20-small.conflist";

    private Host host;

    /** The host is connected to a neighbour by out0, and c1 has a mapped port. */
    @BeforeEach
    void prepare(Host fresh) {
        host = fresh;
        String bin = EdgeNode.bin().toString();
        host.sh(
                "mkdir -p /opt/cni/bin; for each in "
                        + bin
                        + "/*; do ln -s $each /opt/cni/bin/; done");
        host.write(PODS_FILE, PODS.replace('\'', '"'));
        host.write(SMALL_FILE, SMALL.replace('\'', '"'));
        EdgeNode.outside(host);
        host.sh("ip route add default via 192.0.2.2");
        attach(PODS, "{'portMappings':[{'hostPort':8080,'containerPort':80}]}", "c1");
        attach(PODS, "{}", "c2");
        attach(SMALL, "{}", "c3");
    }

    private void attach(String conflist, String wishes, String name) {
        Container container = host.container(name);
        new Chain(host, EdgeNode.bin(), Conf.of(conflist), Conf.of(wishes), container).add();
    }

    private Output pontoon(String... words) {
        List<String> line = new ArrayList<>(List.of(EdgeNode.dist().resolve("pontoon").toString()));
        line.addAll(List.of(words));
        return host.run(line);
    }

    /** The findings; fails the test unless the exit status tells whether there are any. */
    private List<JsonNode> findings() throws IOException {
        Output told = pontoon("doctor", "--json");
        List<JsonNode> findings = new ArrayList<>();
        new ObjectMapper().readTree(told.stdout()).path("findings").forEach(findings::add);
        assertThat(told.exit())
                .as(told.stdout() + told.stderr())
                .isEqualTo(findings.isEmpty() ? 0 : 1);
        return findings;
    }

    private static String words(JsonNode finding) {
        return finding.path("object").asText() + " " + finding.path("fault").asText();
    }

    private static List<String> mend(JsonNode finding) {
        List<String> commands = new ArrayList<>();
        finding.path("mend").forEach(each -> commands.add(each.asText()));
        return commands;
    }

    /** In the scripts $port is the host's end of c1's pair. */
    private void plant(String script) {
        String ports =
                "port=$(ip -o link show master cni0 | sed -n '1s/^[0-9]*: \\([^@]*\\)@.*/\\1/p'); ";
        host.sh(ports + script);
    }

    private void assertFoundAndMended(String check, String severity, String names)
            throws IOException {
        List<JsonNode> findings = findings();
        assertThat(findings).isNotEmpty();
        for (JsonNode each : findings) {
            assertThat(each.path("check").asText()).as(each.toString()).isEqualTo(check);
            assertThat(each.path("severity").asText()).isEqualTo(severity);
            assertThat(mend(each)).as(each.toString()).isNotEmpty();
            assertThat(each.path("consequence").asText()).isNotBlank();
        }
        assertThat(findings).anyMatch(each -> words(each).contains(names), names);
        findings.forEach(each -> mend(each).forEach(host::sh));
        assertThat(findings()).isEmpty();
    }

    @ParameterizedTest(quoteTextArguments = false, name = "{0}: {3}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    forwarding | broken | net.ipv4.ip_forward | echo 0 >/proc/sys/net/ipv4/ip_forward
                    forwarding | broken | net.ipv6.conf.all.forwarding | echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
                    forwarding | broken | net.ipv4.conf.cni0.forwarding | echo 0 >/proc/sys/net/ipv4/conf/cni0/forwarding
                    forward-filter | broken | "pods" | nft add table inet filter; nft 'add chain inet filter forward { type filter hook forward priority 0; policy drop; }'; nft 'add rule inet filter forward ct state vmap { established : accept, related : accept, invalid : drop }'
                    forward-filter | broken | chain in of table ip6 guard | nft add table ip6 guard; nft 'add chain ip6 guard in { type filter hook forward priority 5; }'; nft add rule ip6 guard in iifname cni0 ip6 saddr fd66::/16 reject
                    bridges | broken | is down | ip link set cni0 down
                    bridges | broken | 10.66.0.1/24 | ip addr del 10.66.0.1/24 dev cni0
                    bridges | broken | IPv6 is switched off | echo 1 >/proc/sys/net/ipv6/conf/cni0/disable_ipv6
                    ports | broken | is no port of cni0 | ip link set $port nomaster
                    ports | broken | container c1 | ip link set $port down
                    mtu | will break | out0 takes 1400 | ip link set out0 mtu 1400
                    mtu | broken | another port of cni0 1300 | ip link set $port mtu 1300
                    mtu | will break | MTU of 9000 | sed -i 's/"type":"ptp"/&, "mtu": 9000/' /etc/cni/net.d/20-small.conflist
                    localnet | broken | route_localnet | echo 0 >/proc/sys/net/ipv4/conf/cni0/route_localnet
                    subnets | will break | 30-other.conflist | sed -e s/pods/other/ -e s/cni0/cni1/ /etc/cni/net.d/10-pods.conflist >/etc/cni/net.d/30-other.conflist
                    routes | broken | 10.67.0.4/30 via 192.0.2.2 | ip route add 10.67.0.4/30 via 192.0.2.2
                    routes | will break | 10.67.0.0/16 dev out0 | ip route add 10.67.0.0/16 dev out0
                    configuration | broken | 05-torn.conflist | echo '{ "name": ' >/etc/cni/net.d/05-torn.conflist
                    configuration | will break | 15-pods.conflist | cp /etc/cni/net.d/10-pods.conflist /etc/cni/net.d/15-pods.conflist
                    configuration | broken | /etc/cni/net.d | rm /etc/cni/net.d/*
                    plugin-files | broken | /opt/cni/bin/portmap is missing | rm /opt/cni/bin/portmap
                    plugin-files | broken | is not executable | rm /opt/cni/bin/portmap; echo '#!/bin/sh' >/opt/cni/bin/portmap
                    addresses | broken | "small" | for i in 3 4 5 6; do echo c3 >/var/lib/cni/networks/small/10.67.0.$i; done
                    abandoned-attachments | advice | container c2 | ip netns del c2
                    abandoned-attachments | advice | container c3 in network small | ip netns del c3; rm /etc/cni/net.d/20-small.conflist /var/lib/cni/networks/small/*
                    abandoned-leases | advice | 10.66.0.9 | printf 'gone\\r\\neth0' >/var/lib/cni/networks/pods/10.66.0.9
                    abandoned-links | advice | veth0left | ip link add veth0left type veth peer name left; ip link set veth0left master cni0
                    abandoned-elements | advice | pods/c2/eth0 | ip netns del c2; rm /run/pontoon/ledger/pods/c2:* /var/lib/cni/networks/pods/10.66.0.3 /var/lib/cni/networks/pods/fd66::3
                    """)
    void oneFault(String check, String severity, String names, String fault) throws IOException {
        plant(fault);
        assertFoundAndMended(check, severity, names);
    }

    @Test
    @DisplayName("forward-filter: FORWARD of iptables-nft drops, as Docker sets it")
    void iptablesDrops() throws IOException {
        Need.kernel("iptables nft");
        host.sh(
                """
                iptables-nft -P FORWARD DROP
                iptables-nft -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
                iptables-nft -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
                iptables-nft -A FORWARD -s 10.67.0.0/16 -m comment --comment "small may" -j ACCEPT
                iptables-nft -A FORWARD -d 10.67.0.0/16 -m conntrack --ctstate ESTABLISHED -j ACCEPT
                """);
        assertFoundAndMended("forward-filter", "broken", "\"pods\"");
    }

    @Test
    @DisplayName("legacy-filter: FORWARD of iptables-legacy drops")
    void legacyDrops() throws IOException {
        Need.kernel("iptables legacy");
        host.sh("iptables-legacy -P FORWARD DROP");
        assertFoundAndMended("legacy-filter", "broken", "iptables-legacy");
    }

    @Test
    @DisplayName("E53 bridge-filter: a filtered bridge whose port does not send frames back")
    void withoutHairpin() throws IOException {
        Need.kernel("br_netfilter");
        plant(
                "echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables;"
                        + " for each in /sys/class/net/cni0/brif/*; do"
                        + " ip link set ${each##*/} type bridge_slave hairpin off; done");
        assertFoundAndMended("bridge-filter", "advice", "hairpin is off");
    }

    @Test
    @DisplayName("bridge-filter: kube-proxy's rules, and a bridge that is not filtered")
    void kubeProxy() throws IOException {
        Need.kernel("br_netfilter");
        plant(
                "echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables;"
                        + " nft add table ip nat; nft add chain ip nat KUBE-SERVICES");
        assertFoundAndMended("bridge-filter", "broken", "bridge-nf-call-iptables");
    }

    @Test
    @DisplayName("service: its socket is left of one that was killed")
    void deadService() throws IOException {
        ServiceHandle service = new ServiceHandle(host);
        service.start();
        assertThat(findings()).isEmpty();
        host.sh("kill -9 " + service.pid());
        assertFoundAndMended("service", "advice", "pontoon.sock");
    }

    @ParameterizedTest(
            quoteTextArguments = false,
            name = "E20 rules, which pontoon repair makes again: {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    nft flush ruleset                                            | masquerading of 10.66.0.2
                    nft flush chain inet pontoon postrouting                     | masquerading of 10.66.0.2
                    nft delete element inet pontoon masq_v4 { 10.67.0.2 }        | masquerading of 10.67.0.2
                    nft flush map inet pontoon hostport_v4_any                   | host ports of eth0 of container c1
                    nft flush chain inet pontoon hostport_v4_prerouting          | host ports of eth0 of container c1
                    """)
    void flushed(String script, String names) throws IOException {
        plant(script);
        assertFoundAndMended("rules", "broken", names);
    }

    @Test
    @DisplayName(
            "forward-filter: FORWARD drops since a container was attached for whom the firewall plugin opens it")
    void openedByFirewallPlugin() throws IOException {
        Need.kernel("iptables nft");
        String guarded =
                SMALL.replace("small", "guarded")
                        .replace("10.67", "10.68")
                        .replace("}}]}", "}},{'type':'firewall','backend':'nftables'}]}");
        host.write("/etc/cni/net.d/30-guarded.conflist", guarded.replace('\'', '"'));
        attach(guarded, "{}", "c4");
        host.sh(
                """
                iptables-nft -P FORWARD DROP
                iptables-nft -A FORWARD -s 10.66.0.0/15 -j ACCEPT
                iptables-nft -A FORWARD -d 10.66.0.0/15 -j ACCEPT
                """);
        assertFoundAndMended("forward-filter", "broken", "\"guarded\"");
    }

    @Test
    @DisplayName("readiness: what only the plugin itself knows")
    void refusedByPlugin() throws IOException {
        plant("sed -i 's/\"ipMasq\":true/\"ipMasq\":\"yes\"/' " + SMALL_FILE);
        assertThat(findings())
                .singleElement()
                .satisfies(each -> assertThat(each.path("check").asText()).isEqualTo("readiness"))
                .satisfies(each -> assertThat(words(each)).contains(SMALL_FILE, "ipMasq"));
    }

    @Test
    @DisplayName("Nothing is wrong: nothing is found, and nothing is changed")
    void nothingWrong() {
        EdgeNode node = EdgeNode.on(host);
        Output told = pontoon("doctor");
        assertThat(told.ok()).contains("2 networks, 3 attachments, nothing wrong");
        node.assertUntouched();
    }

    @Test
    @DisplayName("What a finding looks like to people, and what is next")
    void text() {
        host.sh("echo 0 >/proc/sys/net/ipv4/ip_forward");
        Output told = pontoon("doctor");
        assertThat(told.exit()).isEqualTo(1);
        assertThat(told.stdout())
                .contains("broken: net.ipv4.ip_forward is 0")
                .contains("  mend   sysctl -w net.ipv4.ip_forward=1\n")
                .contains("next: ");
    }

    @Test
    @DisplayName(
            "E24 A ledger that somebody has emptied: no living container's things are called left over")
    void emptiedLedger() throws IOException {
        host.sh("rm -r /run/pontoon/ledger");
        assertThat(findings()).isEmpty();
    }

    @Test
    @DisplayName("On a node without ip, nft, iptables and sysctl it tells as much")
    void withoutPrograms() throws IOException {
        host.sh(
                """
                echo 0 >/proc/sys/net/ipv4/ip_forward
                for each in ip nft iptables ip6tables iptables-legacy ip6tables-legacy sysctl nsenter; do
                  file=$(command -v $each) && mount --bind /dev/null "$(readlink -f "$file")" || true
                done
                """);
        assertThat(findings())
                .singleElement()
                .satisfies(each -> assertThat(words(each)).contains("net.ipv4.ip_forward"));
    }
}
