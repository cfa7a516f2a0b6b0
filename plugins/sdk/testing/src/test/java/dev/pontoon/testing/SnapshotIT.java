package dev.pontoon.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(HostExtension.class)
class SnapshotIT {

    /** A host with something of everything, so that changes are told from additions. */
    private static final String FURNISH =
            """
            ip link add br0 type bridge
            ip link set br0 up
            ip addr add 10.9.0.1/24 dev br0
            ip link add v0 type veth peer name v1
            ip link set v0 master br0 up
            ip link set v1 up
            nft -f - <<'E'
            table inet pontoon {
              map backends {
                typeof ip saddr : ip daddr
                elements = { 10.9.0.2 : 10.9.0.3, 10.9.0.4 comment "a, b" : 10.9.0.5 }
              }
              chain forward {
                type filter hook forward priority 0; policy accept
                ip saddr 10.9.0.2 counter accept
              }
            }
            E
            mkdir -p /var/lib/cni/networks/n1
            echo c1 > /var/lib/cni/networks/n1/10.9.0.2
            """;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ip link add d0 type bridge                            | + link d0
                    ip link add d0 type bridge                            | + sysctl net/ipv4/conf/d0
                    ip link set v1 mtu 1400                               | ~ link v1 mtu: 1500 -> 1400
                    ip link set v0 nomaster                               | ~ link v0 master: br0 -> (none)
                    ip link set v1 alias leftover                         | ~ link v1 ifalias: (none) -> leftover
                                bridge link set dev v0 hairpin on                     | ~ link v0 linkinfo.info_slave_data.hairpin: false -> true
                    ip addr add 10.9.0.7/24 dev br0                       | + addr br0 10.9.0.7/24
                    ip addr add fd00::7/64 dev br0                        | + addr br0 fd00::7/64
                    ip addr del 10.9.0.1/24 dev br0                       | - addr br0 10.9.0.1/24
                    ip route add 10.8.0.0/16 via 10.9.0.2                 | + route main unicast 10.8.0.0/16 dev br0
                    ip route add blackhole 10.7.0.0/16 table 100          | + route 100 blackhole 10.7.0.0/16
                    ip -6 route add fd01::/64 dev br0                     | + route main unicast fd01::/64 dev br0
                    ip rule add from 10.9.0.2 table 100                   | + rule4 {
                    ip -6 rule add from fd00::2 table 100                 | + rule6 {
                    ip neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev v1 | + neigh v1 10.9.0.9
                    ip neigh add proxy 10.9.0.9 dev br0                   | + neigh-proxy br0 10.9.0.9
                    nft add rule inet pontoon forward tcp dport 80 drop   | + nft table inet pontoon chain forward tcp dport 80 drop
                    nft add rule inet pontoon forward ip saddr 10.9.0.2 counter accept | accept (2)
                    nft 'add element inet pontoon backends { 10.9.0.6 : 10.9.0.6 }' | + nft table inet pontoon map backends element 10.9.0.6 : 10.9.0.6
                    nft 'delete element inet pontoon backends { 10.9.0.4 : 10.9.0.5 }' | - nft table inet pontoon map backends element 10.9.0.4 comment "a, b" : 10.9.0.5
                    nft add table ip left                                 | + nft table ip left
                    iptables-nft -A FORWARD -m comment --comment hey -j ACCEPT | + iptables ip filter -A FORWARD -m comment --comment hey -j ACCEPT
                    ip6tables-nft -t nat -N LEFT                          | + iptables ip6 nat :LEFT
                    tc qdisc add dev v0 root tbf rate 1mbit burst 10k latency 10ms | + tc qdisc tbf
                    tc qdisc add dev v0 ingress                           | + tc qdisc ingress
                                echo 1 > /proc/sys/net/ipv4/ip_forward                | ~ sysctl net/ipv4/ip_forward value: 0 -> 1
                    echo 1 > /proc/sys/net/ipv4/conf/v0/proxy_arp         | ~ sysctl net/ipv4/conf/v0 proxy_arp: 0 -> 1
                    echo 0 > /proc/sys/net/ipv6/conf/v0/accept_ra         | ~ sysctl net/ipv6/conf/v0 accept_ra: 1 -> 0
                    echo c2 > /var/lib/cni/networks/n1/10.9.0.3           | + file /var/lib/cni/networks/n1/10.9.0.3 {content=c2\\n
                    echo c2 > /var/lib/cni/networks/n1/10.9.0.2           | ~ file /var/lib/cni/networks/n1/10.9.0.2 content: c1\\n -> c2\\n
                    chmod 600 /var/lib/cni/networks/n1/10.9.0.2           | ~ file /var/lib/cni/networks/n1/10.9.0.2 mode: 100644 -> 100600
                    rm /var/lib/cni/networks/n1/10.9.0.2                  | - file /var/lib/cni/networks/n1/10.9.0.2
                    mkdir -p /run/pontoon/ledger                          | + file /run/pontoon/ledger
                    ln -s away /run/cni                                   | + file /run/cni
                    """)
    void seesAChange(String change, String expected, Host host) {
        host.sh(FURNISH);
        Snapshot before = host.snapshot();
        host.sh(change);
        Snapshot after = host.snapshot();
        assertThat(after).isNotEqualTo(before);
        assertThat(after.differenceFrom(before))
                .anySatisfy(line -> assertThat(line).contains(expected.replace("\\\\", "\\")));
        assertThat(before.differenceFrom(after)).isNotEmpty();
    }

    @Test
    void seesFiltersOfTrafficControl(Host host) {
        host.sh(FURNISH + "tc qdisc add dev v0 clsact; tc qdisc add dev v1 root handle 1: htb");
        Snapshot before = host.snapshot();
        host.sh("tc filter add dev v0 egress protocol ip pref 5 u32 match u32 0 0 flowid 1:1");
        host.sh("tc class add dev v1 parent 1: classid 1:7 htb rate 1mbit");
        assertThat(host.snapshot().differenceFrom(before))
                .anySatisfy(line -> assertThat(line).contains("+ tc v0 egress filter", "u32"))
                .anySatisfy(line -> assertThat(line).contains("+ tc v1 class htb 1:7"));
    }

    @Test
    void seesBridgeVlans(Host host) {
        Need.kernel("bridge vlan filtering");
        host.sh(FURNISH + "ip link set br0 type bridge vlan_filtering 1");
        Snapshot before = host.snapshot();
        host.sh("bridge vlan add dev v0 vid 7; ip link set br0 type bridge vlan_filtering 0");
        assertThat(host.snapshot().differenceFrom(before))
                .contains("~ link br0 linkinfo.info_data.vlan_filtering: 1 -> 0")
                .anySatisfy(line -> assertThat(line).startsWith("+ vlan v0 7"));
    }

    @Test
    void seesLegacyIptables(Host host) {
        Need.kernel("iptables legacy");
        Snapshot before = host.snapshot();
        host.ok("iptables-legacy", "-A", "FORWARD", "-j", "ACCEPT");
        assertThat(host.snapshot().differenceFrom(before))
                .contains("+ iptables ip-legacy filter -A FORWARD -j ACCEPT");
    }

    @Test
    void lookingChangesNothing(Host host) {
        host.sh(FURNISH);
        String ruleset = host.ok("nft", "-a", "list", "ruleset");
        assertThat(host.snapshot()).isEqualTo(host.snapshot());
        assertThat(host.ok("nft", "-a", "list", "ruleset")).isEqualTo(ruleset);
        assertThat(host.ok("cat", "/proc/net/ip_tables_names")).isEmpty();
    }

    @Test
    void trafficAndRebuildingDoNotShow(Host host) {
        host.sh(FURNISH);
        Snapshot before = host.snapshot();
        Container c1 = host.container("c1");
        host.sh("ip link add x0 type veth peer name eth0 netns c1; ip link set x0 master br0 up");
        c1.sh("ip addr add 10.9.0.2/24 dev eth0; ip link set eth0 up");
        c1.ok("ping", "-c2", "-i0.2", "-W1", "10.9.0.1");
        host.sh("ip link del x0; nft delete table inet pontoon");
        host.sh(FURNISH.substring(FURNISH.indexOf("nft")));
        host.snapshot().assertSameAs(before);
    }

    @Test
    void permanentThingsCanBeLeftOut(Host host) {
        Snapshot before = host.snapshot();
        host.sh("ip link add br7 type bridge; echo 1 > /proc/sys/net/ipv4/ip_forward");
        Snapshot after = host.snapshot();
        assertThatThrownBy(() -> after.assertSameAs(before)).hasMessageContaining("+ link br7");
        // Forwarding turns accept_redirects over as well (inet_forward_change in the kernel).
        String permanent = "\\bbr7\\b|forward|accept_redirects";
        after.without(permanent).assertSameAs(before.without(permanent));
        assertThat(after.without(permanent)).isEqualTo(before.without(permanent));
    }

    @Test
    void containerSnapshotShowsTheContainer(Host host) {
        Container c1 = host.container("c1");
        Snapshot before = c1.snapshot();
        host.ok("ip", "link", "add", "d0", "type", "bridge");
        assertThat(c1.snapshot()).isEqualTo(before);
        c1.ok("ip", "link", "add", "eth0", "type", "bridge");
        assertThat(c1.snapshot().differenceFrom(before)).contains("+ link eth0");
    }
}
