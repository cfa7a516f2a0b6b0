package dev.pontoon.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.linux.nft.ChainForecast;
import dev.pontoon.linux.nft.Conntrack;
import dev.pontoon.linux.nft.ForwardedPacket;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code iptables -S} prints, and what becomes of a packet from 10.66.0.2 on cni0 to eth0. */
final class LegacyRulesTest {
    private static final ForwardedPacket PACKET =
            new ForwardedPacket(
                    new byte[] {10, 66, 0, 2},
                    new byte[] {1, 1, 1, 1},
                    "cni0",
                    "eth0",
                    Conntrack.STATE_NEW);

    private static boolean refuses(String rules) {
        LegacyRules read = new LegacyRules(List.of(rules.split("; ")));
        return new ChainForecast(chain -> read.outcomes(chain, PACKET))
                .refuses("FORWARD", read.dropsByDefault("FORWARD"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-P FORWARD DROP",
                "-P FORWARD ACCEPT; -A FORWARD -j REJECT --reject-with icmp-port-unreachable",
                "-P FORWARD ACCEPT; -A FORWARD -s 10.66.0.0/16 -j DROP",
                "-P FORWARD DROP; -A FORWARD -s 10.67.0.0/16 -j ACCEPT",
                "-P FORWARD DROP; -A FORWARD -i docker0 -j ACCEPT",
                "-P FORWARD DROP; -A FORWARD ! -s 10.66.0.2/32 -j ACCEPT",
                "-P FORWARD DROP; -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                "-P FORWARD DROP; -N A; -A FORWARD -j A; -A A -o docker0 -j ACCEPT; -A A -j RETURN",
                "-P FORWARD DROP; -A FORWARD -j LOG --log-prefix \"no -j ACCEPT\"",
                "-P FORWARD DROP; -A FORWARD -p tcp -m tcp --dport 80 -j DROP",
                "-P FORWARD ACCEPT; -N A; -A FORWARD -g A; -A FORWARD -j ACCEPT; -A A -i cni+ -j DROP"
            })
    void refused(String rules) {
        assertThat(refuses(rules)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-P FORWARD ACCEPT",
                "-P FORWARD DROP; -A FORWARD -s 10.66.0.0/24 -j ACCEPT",
                "-P FORWARD DROP; -A FORWARD -i cni+ -j ACCEPT",
                "-P FORWARD DROP; -A FORWARD ! -i docker0 -j ACCEPT",
                "-P FORWARD DROP; -A FORWARD -m comment --comment \"the pods' way\" -j ACCEPT",
                "-P FORWARD DROP; -N A; -A FORWARD -j A; -A A -j ACCEPT",
                "-P FORWARD DROP; -A FORWARD -p tcp -m tcp --dport 80 -j ACCEPT",
                "-P FORWARD ACCEPT; -A FORWARD -p tcp -m tcp --dport 80 -j DROP",
                "-P FORWARD ACCEPT; -A FORWARD -m set --match-set bad src -j DROP",
                "-P FORWARD ACCEPT; -N A; -A FORWARD -j A; -A A -m mark --mark 0x1 -j RETURN; -A A -j DROP",
                "-P FORWARD DROP; -N A; -A FORWARD -j A; -A A -j A",
                "-P FORWARD ACCEPT; -A FORWARD -s 10.67.0.0/16 -j DROP"
            })
    void notForCertain(String rules) {
        assertThat(refuses(rules)).isFalse();
    }
}
