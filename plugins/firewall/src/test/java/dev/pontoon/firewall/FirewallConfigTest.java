package dev.pontoon.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirewallConfigTest {
    private static FirewallConfig read(String json) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return FirewallConfig.read(ConfigObject.read(bytes, "a configuration"));
    }

    @Test
    void defaultsAreThoseOfTheReferencePlugin() {
        FirewallConfig config = read("{}");
        assertThat(config.backend()).isEmpty();
        assertThat(config.adminChain()).isEqualTo("CNI-ADMIN");
        assertThat(config.zone()).isEqualTo("trusted");
        assertThat(config.policy()).isEqualTo(IngressPolicy.OPEN);
    }

    @Test
    void keysMatchWithoutRegardToCaseAndValuesDoNot() {
        FirewallConfig config =
                read(
                        "{'BACKEND':'iptables','iptablesadminchainname':'A','FirewallDZone':'z',"
                                + "'INGRESSPOLICY':'isolated'}");
        assertThat(config.backend()).contains(Backend.IPTABLES);
        assertThat(config.adminChain()).isEqualTo("A");
        assertThat(config.zone()).isEqualTo("z");
        assertThat(config.policy()).isEqualTo(IngressPolicy.ISOLATED);
        assertThatThrownBy(() -> read("{'ingressPolicy':'Isolated'}"))
                .isInstanceOf(CniException.class)
                .hasMessage("unknown ingress policy: \"Isolated\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "pf", "Nftables", "auto"})
    void otherBackendsLeaveTheChoice(String backend) {
        assertThat(read("{'backend':'" + backend + "'}").backend()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1A", "A B", "-A", "ABCDEFGHIJKLMNOPQRSTUVWXYZabc", "Ä", "A\\n"})
    void chainThatIptablesCannotHaveIsRefused(String chain) {
        assertThatThrownBy(() -> read("{'iptablesAdminChainName':'" + chain + "'}"))
                .isInstanceOf(CniException.class)
                .hasMessageContaining("iptablesAdminChainName");
    }
}
