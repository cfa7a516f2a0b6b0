package dev.pontoon.ptp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.pontoon.attachment.MasqueradeBackend;
import dev.pontoon.protocol.CniException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PtpConfigTest {
    @Test
    void nothingIsAskedForByDefault() {
        PtpConfig config = Configs.read("");
        assertThat(config.masquerade()).isEqualTo(MasqueradeBackend.NONE);
        assertThat(config.masquerades()).isFalse();
        assertThat(config.mtu()).isZero();
        assertThat(config.dns()).isNull();
    }

    @Test
    void valuesAreReadAsTheyStand() {
        PtpConfig config = Configs.read("'MTU':1400,'ipMasq':true,'dns':{'domain':'d'}");
        assertThat(config.mtu()).isEqualTo(1400);
        assertThat(config.masquerade()).isEqualTo(MasqueradeBackend.NFTABLES);
        assertThat(config.dns()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "'ipam':null", "'ipam':{}", "'ipam':{'type':''}"})
    void addressesAreNeeded(String keys) {
        assertRefused(7, () -> Configs.readAlone(keys), "ipam");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "7 | 'mtu':-1 | mtu",
                "7 | 'mtu':67 | mtu",
                "7 | 'mtu':65536 | mtu",
                "7 | 'ipMasqBackend':'foo' | ipMasqBackend",
                "6 | 'mtu':'1400' | mtu",
                "6 | 'ipMasq':'true' | ipMasq",
                "6 | 'dns':{'search':[1]} | dns.search",
            })
    void senselessValueIsRefused(int code, String keys, String named) {
        assertRefused(code, () -> Configs.read(keys), named);
    }

    private static void assertRefused(int code, Runnable reading, String named) {
        assertThatThrownBy(reading::run)
                .asInstanceOf(type(CniException.class))
                .satisfies(refusal -> {
                    assertThat(refusal.code()).isEqualTo(code);
                    assertThat(refusal.text()).contains(named);
                });
    }
}
