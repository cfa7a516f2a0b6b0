package dev.pontoon.linux.nft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a new packet from 10.66.0.2 on cni0 to 1.1.1.1 on eth0, told from the rules. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class ForecastIT {
    private static final ForwardedPacket PACKET =
            new ForwardedPacket(
                    new byte[] {10, 66, 0, 2},
                    new byte[] {1, 1, 1, 1},
                    "cni0",
                    "eth0",
                    Conntrack.STATE_NEW);

    @AutoClose private NftHost nft;
    private Host host;

    @BeforeEach
    void open(Host fresh) {
        host = fresh;
        nft = new NftHost(fresh);
    }

    private boolean refuses(Table table, String chain) {
        Nftables nftables = nft.nftables();
        BaseChain base = nftables.chain(table, chain).orElseThrow().base();
        return new ChainForecast(name ->
                nftables.rules(table, name).stream()
                        .map(rule -> rule.forecast(PACKET, set -> nftables.elements(table, set)))
                        .toList())
                .refuses(chain, base != null && base.dropsByDefault());
    }

    private boolean refuses(String policy, String rules) {
        nft.load(
                "table inet t { chain other { ip saddr 10.66.0.0/16 return; drop; }\n"
                        + "chain pass { accept; }\n"
                        + "chain c { type filter hook forward priority 0; policy "
                        + policy
                        + ";\n"
                        + rules
                        + "\n}\n}\n");
        return refuses(new Table(Family.INET, "t"), "c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ip saddr 10.67.0.0/16 accept",
                "ip saddr 10.66.0.0/25 ip daddr 10.0.0.0/8 accept",
                "ip6 saddr fd00::/8 accept",
                "meta nfproto ipv6 accept",
                "iifname docker0 accept",
                "iifname { docker0, docker1 } accept",
                "iifname != cni0 accept",
                "ct state established,related accept",
                "ct state vmap { established : accept, invalid : drop }",
                "meta mark 0x1 accept",
                "counter log jump other",
                "iifname cni0 goto other; accept",
                "iifname cni0 return; accept",
                "tcp dport 80 drop",
            })
    void droppedByDefault(String rules) {
        assertThat(refuses("drop", rules)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip saddr 10.66.0.0/24 accept",
                "ip saddr 10.0.0.0/8 accept",
                "ip saddr 10.66.0.2 accept",
                "iifname cni0 accept",
                "iifname \"cni*\" accept",
                "iifname . oifname { cni0 . eth0 } accept",
                "ip saddr { 10.66.0.0/24 } accept",
                "ip saddr vmap { 10.66.0.0/24 : accept }",
                "oifname eth0 jump pass",
                "ct state new accept",
                "ct state vmap { new : jump pass, invalid : drop }",
                "tcp dport 80 accept",
                "meta mark 0 accept",
            })
    void letThrough(String rules) {
        assertThat(refuses("drop", rules)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip saddr 10.66.0.0/16 drop",
                "reject",
                "reject with icmpx admin-prohibited",
                "iifname cni0 oifname eth0 reject",
                "ct state new drop",
                "oifname { eth0, eth1 } drop",
            })
    void dropped(String rules) {
        assertThat(refuses("accept", rules)).isTrue();
        assertThat(refuses("accept", "tcp dport 80 accept; " + rules)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp dport 80 drop",
                "ip saddr != 10.66.0.0/16 drop",
                "fib daddr type local drop",
                "meta mark 1 drop",
                "ct state invalid drop",
                "iifname cni0 return; drop",
                "tcp dport 80 return; drop",
            })
    void notForCertain(String rules) {
        assertThat(refuses("accept", rules)).isFalse();
    }

    @Test
    void rulesOfIptables() {
        Need.kernel("iptables nft");
        Table filter = new Table(Family.IPV4, "filter");
        host.sh(
                """
                iptables-nft -P FORWARD DROP
                iptables-nft -A FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
                iptables-nft -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
                iptables-nft -A FORWARD -i docker+ -j ACCEPT
                iptables-nft -A FORWARD -m comment --comment "nobody's" -s 10.67.0.0/16 -j ACCEPT
                """);
        assertThat(refuses(filter, "FORWARD")).isTrue();
        host.sh(
                "iptables-nft -N POD; iptables-nft -A FORWARD -j POD; iptables-nft -A POD -s 10.66.0.0/20 -j ACCEPT");
        assertThat(refuses(filter, "FORWARD")).isFalse();
        host.sh("iptables-nft -I FORWARD -m conntrack ! --ctstate ESTABLISHED -j REJECT");
        assertThat(refuses(filter, "FORWARD")).isTrue();
        assertThat(nft.nftables().tables()).contains(filter);
    }
}
