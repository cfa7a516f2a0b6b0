package dev.pontoon.portmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.NetworkConfig;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortmapConfigTest {
    private static PortmapConfig read(String keys) {
        String document = "{'cniVersion':'1.1.0','name':'n1','type':'portmap'" + keys + "}";
        return PortmapConfig.read(
                NetworkConfig.read(document.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void defaultsAreTheReferencePluginsButForTheBackend() {
        PortmapConfig config = read("");
        assertThat(config.backend()).isEqualTo(Backend.NFTABLES);
        assertThat(config.snat()).isTrue();
        assertThat(config.masqAll()).isFalse();
        assertThat(config.markMasqBit()).isEqualTo(13);
        assertThat(config.externalSetMarkChain()).isEmpty();
        assertThat(config.mappings()).isEmpty();
    }

    @Test
    void mappingsAreReadInAnyCase() {
        String list =
                ",'RUNTIMECONFIG':{'PortMappings':[{'HostPort':1,'ContainerPort':65535,'Protocol':'SCTP',"
                        + "'HostIP':'::'},{'hostport':65535,'containerport':1}]}";
        assertThat(read(list).mappings().toString())
                .isEqualTo(
                        "[PortMapping[protocol=SCTP, hostIp=::, hostPort=1, containerPort=65535],"
                                + " PortMapping[protocol=TCP, hostIp=null, hostPort=65535, containerPort=1]]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                                   | NFTABLES",
                ",'backend':'nftables'              | NFTABLES",
                ",'backend':'iptables'              | IPTABLES",
                ",'conditionsV4':['ip','saddr','10.0.0.1'] | NFTABLES",
                ",'conditionsV4':['-s','10.0.0.1']  | IPTABLES",
                ",'conditionsV6':['!','-s','::2']   | IPTABLES",
                ",'externalSetMarkChain':'X'        | IPTABLES",
                ",'markMasqBit':13                  | IPTABLES",
                ",'markMasqBit':13,'backend':'nftables' | NFTABLES",
            })
    void backendIsTheOneThatTheKeysAreFor(String keys, Backend backend) {
        assertThat(read(keys == null ? "" : keys).backend()).isEqualTo(backend);
    }

    @ParameterizedTest(quoteTextArguments = false)
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ",'backend':'foo' | unrecognized backend \"foo\"",
                ",'markMasqBit':32 | MasqMarkBit must be between 0 and 31",
                ",'markMasqBit':-1 | MasqMarkBit must be between 0 and 31",
                ",'markMasqBit':1,'externalSetMarkChain':'X' | Cannot specify externalSetMarkChain and markMasqBit",
                ",'backend':'nftables','conditionsV4':['-s','10.0.0.1'] | nftables backend was requested but configuration contains iptables-specific options [conditionsV4]",
                ",'backend':'nftables','externalSetMarkChain':'X','conditionsV6':['-s','::2'] | contains iptables-specific options [externalSetMarkChain conditionsV6]",
                ",'backend':'iptables','conditionsV4':['ip','saddr','10.0.0.1'] | iptables backend was requested but configuration contains nftables-specific options [conditionsV4]",
                ",'conditionsV4':['ip','saddr','10.0.0.1'],'conditionsV6':['-s','::2'] | configuration mixes iptables-specific options [conditionsV6] and nftables-specific options [conditionsV4]",
            })
    void whatTheReferencePluginRefusesIsRefusedInItsWords(String keys, String message) {
        assertThatThrownBy(() -> read(keys))
                .isInstanceOfSatisfying(CniException.class, e -> assertThat(e.code()).isEqualTo(7))
                .hasMessageContaining(message);
    }

    @ParameterizedTest(quoteTextArguments = false)
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'ip','protocol','tcp' | \"protocol\" is not understood",
                "'oifname','eth0' | \"oifname\" is not understood",
                "'ct','state','new' | \"ct\" is not understood",
                "'tcp','flags','syn' | \"tcp flags\" is not understood",
                "'ip','saddr','10.0.0.0/33' | no IPv4 address or prefix",
                "'ip','saddr','fd00::1' | no IPv4 address or prefix",
                "'ip6','saddr','fd00::1' | never matches a packet of IPv4",
                "'tcp','dport','65536' | no number from 0 to 65535",
                "'tcp','dport','!=','1-2' | a range cannot be negated",
                "'mark','x' | no number from 0",
                "'iifname','sixteen-letters-' | no name of an interface",
                "'ip','saddr' | ends where a word is missing",
                "'ip','saddr','{','10.0.0.1' | ends where a word is missing",
                "'ip','saddr','{','10.0.0.1','10.0.0.2','}' | \"10.0.0.2\" is not understood",
                "'tcp','dport','{1,2,3,4,5,6,7,8,9}','tcp','sport','{1,2,3,4,5,6,7,8}' | more than 64 combinations",
            })
    void conditionsThatAreNotUnderstoodAreRefused(String words, String message) {
        assertThatThrownBy(() -> read(",'conditionsV4':[" + words + "]"))
                .isInstanceOfSatisfying(CniException.class, e -> assertThat(e.code()).isEqualTo(7))
                .hasMessageContaining(message);
    }

    @Test
    void wayOutOfConditionsIsTold() {
        assertThatThrownBy(() -> read(",'conditionsV4':['ct','mark','1']"))
                .hasMessageContaining("\"backend\": \"iptables\"");
    }

    @Test
    void conditionsOfOneKindHaveOneHash() {
        Conditions one = read(",'conditionsV4':['ip','saddr','10.0.0.1']").conditions(true);
        Conditions same = read(",'conditionsV4':['ip saddr','10.0.0.1']").conditions(true);
        Conditions other = read(",'conditionsV4':['ip','saddr','10.0.0.2']").conditions(true);
        assertThat(one.hash()).isEqualTo(same.hash()).isNotEqualTo(other.hash()).hasSize(16);
        assertThat(read("").conditions(true).hash()).isEmpty();
        assertThat(Dispatch.ofChain(Dispatch.of(true, one).prerouting()))
                .isEqualTo(Dispatch.of(true, one).name());
    }
}
