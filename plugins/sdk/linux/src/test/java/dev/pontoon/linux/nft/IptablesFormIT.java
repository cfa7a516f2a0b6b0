package dev.pontoon.linux.nft;

import static dev.pontoon.linux.nft.NftHost.address;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rules that iptables wrote and rules that are written for iptables to find. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class IptablesFormIT {
    private static final Table FILTER = new Table(Family.IPV4, "filter");
    private static final Expressions ANSWERED =
            new Expressions(Family.IPV4)
                    .match(Field.IPV4_DESTINATION, address(10, 0, 0, 1))
                    .match(
                            XtMatch.connectionState(
                                    Conntrack.STATE_RELATED | Conntrack.STATE_ESTABLISHED))
                    .counter()
                    .then(Verdict.accept());
    private static final Expressions JUMP =
            new Expressions(Family.IPV4)
                    .match(XtMatch.comment("to \"there\""))
                    .counter()
                    .then(Verdict.jump("THERE"));
    private static final String ANSWERED_TEXT =
            "FORWARD -d 10.0.0.1/32 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
    private static final String JUMP_TEXT =
            "FORWARD -m comment --comment \"to \\\"there\\\"\" -j THERE";

    @AutoClose private NftHost nft;
    private Host host;

    @BeforeEach
    void open(Host fresh) {
        Need.kernel("iptables nft");
        host = fresh;
        nft = new NftHost(fresh);
        host.sh("iptables -N THERE; iptables -P FORWARD ACCEPT");
    }

    @Test
    void whatIptablesWroteSaysTheSame() {
        host.sh("iptables -A " + ANSWERED_TEXT + "; iptables -A " + JUMP_TEXT);
        List<Rule> rules = nft.nftables().rules(FILTER, "FORWARD");
        assertThat(rules.get(0).words()).isEqualTo(ANSWERED.words());
        assertThat(rules.get(1).words()).isEqualTo(JUMP.words());
        assertThat(rules.get(0).words()).isNotEqualTo(JUMP.words());
    }

    @Test
    void iptablesFindsWhatIsWrittenOverNetlink() {
        nft.nftables()
                .commit(
                        new NftBatch()
                                .addRule(FILTER, "FORWARD", ANSWERED, "")
                                .addRule(FILTER, "FORWARD", JUMP, ""));
        assertThat(host.ok("iptables", "-S")).contains("-A " + ANSWERED_TEXT, "-A " + JUMP_TEXT);
        host.sh("iptables -D " + ANSWERED_TEXT + "; iptables -D " + JUMP_TEXT);
        assertThat(nft.nftables().rules(FILTER, "FORWARD")).isEmpty();
    }

    @Test
    void refusalsAreToldFromWhatLetsPass() {
        host.sh(
                "iptables -A FORWARD -j REJECT; iptables -A FORWARD -s 10.0.0.1 -j DROP;"
                        + " iptables -A "
                        + ANSWERED_TEXT
                        + "; iptables -A FORWARD -j THERE; iptables -A FORWARD -j RETURN");
        host.ok("nft", "add rule ip filter FORWARD reject");
        List<Rule> rules = nft.nftables().rules(FILTER, "FORWARD");
        assertThat(rules.stream().map(Rule::refuses))
                .containsExactly(true, true, false, false, false, true);
    }

    @Test
    void setsOfATableAreListed() {
        nft.load(
                "table inet t { set a { type ipv4_addr; }; map b { type ipv4_addr : verdict; }; }\n"
                        + "table inet u { set c { type mark; }; }");
        assertThat(nft.nftables().sets(new Table(Family.INET, "t"))).containsExactly("a", "b");
        assertThat(nft.nftables().sets(new Table(Family.INET, "none"))).isEmpty();
    }
}
