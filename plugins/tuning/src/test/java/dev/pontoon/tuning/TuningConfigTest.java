package dev.pontoon.tuning;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TuningConfigTest {
    private static TuningConfig read(String keys, String args) {
        String document = "{'cniVersion':'1.1.0','name':'n','type':'tuning'," + keys + "}";
        return TuningConfig.read(
                NetworkConfig.read(document.replace('\'', '"').getBytes(UTF_8)),
                Environment.read(
                        Map.of(
                                "CNI_COMMAND", "ADD",
                                "CNI_CONTAINERID", "c1",
                                "CNI_NETNS", "/run/netns/c1",
                                "CNI_IFNAME", "eth0.5",
                                "CNI_PATH", "/opt/cni/bin",
                                "CNI_ARGS", args)));
    }

    private static List<String> names(String sysctl) {
        return read("'sysctl':{" + sysctl + "}", "").settings().stream()
                .map(Setting::name)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "net.core.somaxconn, net/core/somaxconn",
        "net/core/somaxconn, net/core/somaxconn",
        "net.ipv4.conf.IFNAME.arp_notify, net/ipv4/conf/eth0.5/arp_notify",
        "net/ipv4/conf/eth0.7/arp_notify, net/ipv4/conf/eth0.7/arp_notify",
        "net.ipv4.conf/all.arp_notify, net/ipv4/conf/all/arp_notify"
    })
    void namesAreReadAsSysctlReadsThem(String key, String name) {
        assertThat(names("'" + key + "':'1'")).containsExactly(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kernel.shmmax",
                "net",
                "net..core",
                "net/../kernel/shmmax",
                "net.core.",
                "/net/core/somaxconn",
                ""
            })
    void otherSettingsAreRefused(String key) {
        assertThatThrownBy(() -> names("'" + key + "':'1'"))
                .isInstanceOfSatisfying(CniException.class, e -> assertThat(e.code()).isEqualTo(7))
                .hasMessageContaining("no setting of a container's network");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'net.core.somaxconn':'1','net.core.somaxconn':'1'",
                "'net.core.somaxconn':'1','net/core/somaxconn':'2'",
                "'net.ipv4.conf.IFNAME.arp_notify':'1','net/ipv4/conf/eth0.5/arp_notify':'1'"
            })
    void aSettingThatStandsTwiceIsRefused(String sysctl) {
        assertThatThrownBy(() -> names(sysctl)).hasMessageContaining("twice");
    }

    @Test
    void argumentsOfTheCallCountMoreThanTheConfiguration() {
        String keys = "'mac':'02:00:00:00:00:01','mtu':1300,'promisc':true,'sysctl':{'net.a':'1'}";
        String runtime = ",'runtimeConfig':{'mac':'02:00:00:00:00:03'}";
        String args =
                ",'args':{'cni':{'mac':'02:00:00:00:00:04','mtu':1200,'promisc':false,"
                        + "'allmulti':true,'txQLen':7,'sysctl':{'net/a':'2','net.b':'3'}}}";
        String env = "IgnoreUnknown=1;MAC=02:00:00:00:00:02;K8S_POD_NAME=p";
        assertThat(macOf(keys, "")).isEqualTo("02:00:00:00:00:01");
        assertThat(macOf(keys, env)).isEqualTo("02:00:00:00:00:02");
        assertThat(macOf(keys + runtime, env)).isEqualTo("02:00:00:00:00:03");
        assertThat(macOf(keys + runtime + args, env)).isEqualTo("02:00:00:00:00:04");

        TuningConfig config = read(keys + args, "");
        assertThat(config.attributes())
                .containsEntry(LinkAttribute.MTU, "1200")
                .containsEntry(LinkAttribute.ALL_MULTICAST, "true")
                .containsEntry(LinkAttribute.TX_QUEUE_LENGTH, "7")
                .doesNotContainKey(LinkAttribute.PROMISCUOUS);
        assertThat(config.settings().stream().map(each -> each.name() + "=" + each.value()))
                .containsExactly("net/a=2", "net/b=3");
    }

    private static String macOf(String keys, String args) {
        return read(keys, args).attributes().getOrDefault(LinkAttribute.MAC, "none");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "'mac':'02:00:00:00:00' | 7",
                "'mac':'ff:ff:ff:ff:ff:ff' | 7",
                "'mtu':67 | 7",
                "'mtu':65536 | 7",
                "'mtu':'1500' | 6",
                "'txQLen':-1 | 7",
                "'allmulti':'yes' | 6",
                "'dataDir':'run' | 7",
                "'sysctl':{'net.a':1} | 6"
            })
    void whatMakesNoSenseIsRefused(String keys, int code) {
        assertThatThrownBy(() -> read(keys, ""))
                .isInstanceOfSatisfying(
                        CniException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void keysMatchWithoutRegardToCase() {
        TuningConfig config = read("'MTU':1400,'AllMulti':false,'TXQLEN':5,'Promisc':true", "");
        assertThat(config.attributes()).hasSize(4).containsEntry(LinkAttribute.MTU, "1400");
    }

    @Test
    void expressionsOfTheAllowlistMatchAnyPartOfAKey() {
        Allowlist list = Allowlist.of(List.of("  ^net.core ", "", "tcp_[rw]mem"));
        list.require(
                read("'sysctl':{'net.core.somaxconn':'1','net.ipv4.tcp_rmem':'1'}", "").settings());
        assertThatThrownBy(() ->
                        list.require(read("'sysctl':{'net.ipv4.ip_forward':'1'}", "").settings()))
                .hasMessageContaining("net.ipv4.ip_forward")
                .hasMessageContaining("does not permit it");
        assertThatThrownBy(() -> Allowlist.of(List.of("net[")))
                .hasMessageContaining("no regular expression");
    }
}
