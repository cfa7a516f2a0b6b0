package dev.pontoon.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.pontoon.attachment.MasqueradeBackend;
import dev.pontoon.linux.MacAddress;
import dev.pontoon.protocol.CniException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BridgeConfigTest {
    private static final String IPAM = "'ipam':{'type':'host-local'}";

    @Test
    void nothingIsAskedForByDefault() {
        BridgeConfig config = Configs.read("");
        assertThat(config.bridge()).isEqualTo("cni0");
        assertThat(config.masquerade()).isEqualTo(MasqueradeBackend.NONE);
        assertThat(List.of(config.mtu(), config.vlan())).containsOnly(0);
        assertThat(config.trunk()).isNull();
        assertThat(config.mac()).isNull();
        assertThat(config.dns()).isNull();
        assertThat(flags(config)).containsOnly(false);
        assertThat(config.hasIpam() || config.usesVlans() || config.masquerades()).isFalse();
    }

    private static List<Boolean> flags(BridgeConfig config) {
        return List.of(
                config.isGateway(),
                config.isDefaultGateway(),
                config.forceAddress(),
                config.hairpin(),
                config.promiscuous(),
                config.preserveDefaultVlan(),
                config.macSpoofCheck(),
                config.enableDad(),
                config.disableContainerInterface(),
                config.portIsolation(),
                config.removeUnusedBridge());
    }

    @ParameterizedTest
    @CsvSource({
        "isGateway, 0",
        "forceAddress, 2",
        "hairpinMode, 3",
        "promiscMode, 4",
        "preserveDefaultVlan, 5",
        "macspoofchk, 6",
        "enabledad, 7",
        "disableContainerInterface, 8",
        "portIsolation, 9",
        "removeUnusedBridge, 10",
        "ISGATEWAY, 0",
    })
    void eachFlagSetsItselfAlone(String key, int position) {
        List<Boolean> flags = flags(Configs.read("'" + key + "':true"));
        for (int i = 0; i < flags.size(); i++) {
            assertThat(flags.get(i)).as("flag %s", i).isEqualTo(i == position);
        }
    }

    @Test
    void defaultGatewayIsAGateway() {
        assertThat(Configs.read("'isDefaultGateway':true").isGateway()).isTrue();
    }

    @Test
    void valuesAreReadAsTheyStand() {
        BridgeConfig config =
                Configs.read(
                        "'bridge':'br-a.b','mtu':9000,'vlan':4094,'dns':{'domain':'d'}," + IPAM);
        assertThat(config.bridge()).isEqualTo("br-a.b");
        assertThat(config.mtu()).isEqualTo(9000);
        assertThat(config.vlan()).isEqualTo(4094);
        assertThat(config.hasIpam() && config.usesVlans()).isTrue();
        assertThat(config.dns()).isNotNull();
        assertThat(Configs.read("'vlan':7").gatewayLink()).isEqualTo("cni0.7");
        assertThat(Configs.read("").gatewayLink()).isEqualTo("cni0");
    }

    @ParameterizedTest
    @CsvSource({
        "'''ipMasq'':true', NFTABLES",
        "'''ipMasq'':true,''ipMasqBackend'':null', NFTABLES",
        "'''ipMasq'':true,''ipMasqBackend'':''''', NFTABLES",
        "'''ipMasq'':true,''ipMasqBackend'':''nftables''', NFTABLES",
        "'''ipMasq'':true,''ipMasqBackend'':''iptables''', IPTABLES",
        "'''ipMasqBackend'':''iptables''', NONE",
    })
    void backendCountsOnlyWhereMasqueradingIsAskedFor(String keys, MasqueradeBackend backend) {
        assertThat(Configs.read(keys).masquerade()).isEqualTo(backend);
        assertThat(Configs.read(keys).masquerades()).as("without addresses").isFalse();
        assertThat(Configs.read(keys + "," + IPAM).masquerades())
                .isEqualTo(backend != MasqueradeBackend.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'bridge':'a23456789012345x'",
                "'bridge':'.'",
                "'bridge':'..'",
                "'bridge':'a/b'",
                "'bridge':'a:b'",
                "'bridge':'a b'",
                "'bridge':'ää345678901234'",
                "'mtu':-1",
                "'mtu':67",
                "'mtu':65536",
                "'vlan':-1",
                "'vlan':4095",
                "'ipMasqBackend':'foo'",
                "'ipMasq':false,'ipMasqBackend':'NFTABLES'",
                "'vlanTrunk':[{'id':0}]",
                "'vlanTrunk':[{'id':4095}]",
                "'vlanTrunk':[{'minID':5}]",
                "'vlanTrunk':[{'maxID':5}]",
                "'vlanTrunk':[{'minID':0,'maxID':5}]",
                "'vlanTrunk':[{'minID':6,'maxID':5}]",
                "'vlanTrunk':[{'minID':6,'maxID':4095}]",
                "'hairpinMode':true,'promiscMode':true",
                "'disableContainerInterface':true," + IPAM,
                "'bridge':'a23456789012','vlan':100,'isGateway':true",
                "'runtimeConfig':{'mac':'zz'}",
                "'args':{'cni':{'mac':'01:00:5e:00:00:01'}}",
                "'args':{'cni':{'mac':'00:00:00:00:00:00'}}",
                "'args':{'cni':{'mac':'02:00:00:00:00:00:00:01'}}",
            })
    void senselessValueIsRefused(String keys) {
        assertRefused(7, keys);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'bridge':1",
                "'isGateway':'true'",
                "'mtu':'1400'",
                "'mtu':1400.5",
                "'vlan':99999999999",
                "'vlanTrunk':{}",
                "'vlanTrunk':[5]",
                "'vlanTrunk':[{'id':'5'}]",
                "'ipMasq':1",
                "'ipMasqBackend':true",
                "'ipam':'host-local'",
                "'dns':[]",
                "'dns':{'nameservers':'10.0.0.1'}",
                "'dns':{'search':[1]}",
                "'args':{'cni':{'mac':5}}",
                "'runtimeConfig':[]",
            })
    void valueOfTheWrongTypeIsRefused(String keys) {
        assertRefused(6, keys);
    }

    private static void assertRefused(int code, String keys) {
        assertThatThrownBy(() -> Configs.read(keys))
                .asInstanceOf(type(CniException.class))
                .satisfies(refusal -> {
                    assertThat(refusal.code()).as(refusal.text()).isEqualTo(code);
                    String named = refusal.text() + refusal.details();
                    String key = keys.substring(1, keys.indexOf('\'', 1));
                    boolean told =
                            named.contains(key) || named.contains("mac") || named.contains("hairp");
                    assertThat(told).as(named).isTrue();
                });
    }

    @Test
    void nullAndUnknownKeysAreNothing() {
        BridgeConfig config =
                Configs.read("'mtu':null,'vlanTrunk':null,'bridge':'','promiscMode':null,'x':{}");
        assertThat(config.bridge()).isEqualTo("cni0");
        assertThat(config.trunk()).isNull();
        assertThat(flags(config)).containsOnly(false);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "MAC=02:00:00:00:00:01 | '' | 02:00:00:00:00:01",
                "IgnoreUnknown=1;K8S_POD_NAME=p;MAC=02-00-00-00-00-0A | '' | 02:00:00:00:00:0a",
                "MAC=02:00:00:00:00:01 | 'args':{'cni':{'mac':'0200.0000.0002'}} | 02:00:00:00:00:02",
                "MAC=bad | 'args':{'cni':{'mac':'02:00:00:00:00:02'}} | 02:00:00:00:00:02",
                "MAC=02:00:00:00:00:01 | 'args':{'cni':{'mac':''}} | 02:00:00:00:00:01",
                "MAC=02:00:00:00:00:01 | 'args':{'cni':{'mac':'02:00:00:00:00:02'}},"
                        + "'runtimeConfig':{'mac':'02:00:00:00:00:03'} | 02:00:00:00:00:03",
                "'' | 'runtimeConfig':{'mac':'02:00:00:00:00:03'} | 02:00:00:00:00:03",
            })
    void runtimeConfigsMacComesFirstAndTheEnvironmentsLast(String args, String keys, String mac) {
        String some = keys.equals("''") ? "" : keys;
        byte[] read = Configs.read(some, args.equals("''") ? "" : args).mac();
        assertThat(read).isNotNull();
        assertThat(MacAddress.format(read)).isEqualTo(mac);
    }

    @ParameterizedTest
    @ValueSource(strings = {"MAC=zz", "K8S_POD_NAME=x", "MAC", "IgnoreUnknown=yes"})
    void wrongArgumentsOfTheEnvironmentAreCode4(String args) {
        assertThatThrownBy(() -> Configs.read("", args))
                .asInstanceOf(type(CniException.class))
                .extracting(CniException::code)
                .isEqualTo(4);
    }

    @Test
    void statusLooksAtNoContainersWishes() {
        var config = BridgeConfig.read(Configs.network("'runtimeConfig':{'mac':'zz'}"));
        assertThat(config.mac()).isNull();
        assertThatThrownBy(() -> BridgeConfig.read(Configs.network("'vlan':5000")))
                .isInstanceOf(CniException.class);
    }
}
