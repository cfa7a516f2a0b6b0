package dev.pontoon.ptp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.IpConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressPlanTest {
    private static AddResult given(String result) {
        byte[] json = result.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return AddResult.read(json, CniVersion.V1_1_0);
    }

    private static List<String> routes(String ips) {
        return ContainerRoute.allOf(given("{'ips':[" + ips + "]}").ips()).stream()
                .map(route -> route.to() + " via " + route.gateway() + " src " + route.source())
                .toList();
    }

    @Test
    void addressesBelongToTheContainersInterface() {
        AddResult plan =
                AddressPlan.of(
                        given(
                                "{'ips':[{'address':'10.1.2.2/24','gateway':'10.1.2.1'},"
                                        + "{'address':'fd00::2/64','gateway':'fd00::1',"
                                        + "'interface':7}],'routes':[{'dst':'0.0.0.0/0'}],"
                                        + "'dns':{'domain':'d'}}"),
                        Configs.read(""));
        assertThat(plan.ips()).extracting(IpConfig::interfaceIndex).containsExactly(1, 1);
        assertThat(plan.routes()).hasSize(1);
        assertThat(plan.dns().isEmpty()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'x':1 | '' | no address",
                "'x':1 | {'address':'10.1.2.2/24'} | 10.1.2.2/24",
                "'x':1 | {'address':'10.1.2.2/24','gateway':'fd00::1'} | fd00::1",
                "'x':1 | {'address':'10.1.2.2/32','gateway':'10.1.2.2'} | 10.1.2.2",
                "'mtu':1279 | {'address':'fd00::2/64','gateway':'fd00::1'} | 1280",
            })
    void whatMakesNoLinkIsRefused(String keys, String ips, String named) {
        String list = ips.equals("''") ? "" : ips;
        assertThatThrownBy(
                        () -> AddressPlan.of(given("{'ips':[" + list + "]}"), Configs.read(keys)))
                .asInstanceOf(type(CniException.class))
                .satisfies(refusal -> {
                    assertThat(refusal.code()).isEqualTo(7);
                    assertThat(refusal.text() + refusal.details()).contains(named);
                });
    }

    @Test
    void gatewayComesBeforeTheSubnetThatItLeadsTo() {
        assertThat(routes("{'address':'10.1.2.2/24','gateway':'10.1.2.1'}"))
                .containsExactly(
                        "10.1.2.1/32 via null src 10.1.2.2",
                        "10.1.2.0/24 via 10.1.2.1 src 10.1.2.2");
        assertThat(routes("{'address':'fd00::2/64','gateway':'fd00::1'}"))
                .containsExactly(
                        "fd00::1/128 via null src fd00::2", "fd00::/64 via fd00::1 src fd00::2");
    }

    @Test
    void addressWithoutASubnetReachesItsGatewayOnly() {
        assertThat(routes("{'address':'10.1.2.2/32','gateway':'169.254.1.1'}"))
                .containsExactly("169.254.1.1/32 via null src 10.1.2.2");
    }

    @Test
    void addressesThatShareGatewayAndSubnetShareRoutes() {
        assertThat(
                        routes(
                                "{'address':'10.1.2.2/24','gateway':'10.1.2.1'},"
                                        + "{'address':'10.1.2.3/24','gateway':'10.1.2.1'},"
                                        + "{'address':'10.1.3.3/24','gateway':'10.1.2.1'}"))
                .containsExactly(
                        "10.1.2.1/32 via null src 10.1.2.2",
                        "10.1.2.0/24 via 10.1.2.1 src 10.1.2.2",
                        "10.1.3.0/24 via 10.1.2.1 src 10.1.3.3");
        assertThat(
                        AddressPlan.gateways(
                                given(
                                                "{'ips':[{'address':'10.1.2.2/24','gateway':'10.1.2.1'},"
                                                        + "{'address':'10.1.2.3/24','gateway':'10.1.2.1'}]}")
                                        .ips()))
                .hasSize(1);
    }

    @Test
    void onlyWhatStandsBesideTheContainersInterfaceIsItsHostEnd() {
        AddResult chain =
                given(
                        "{'interfaces':[{'name':'wg0'},{'name':'veth1'},"
                                + "{'name':'eth0','sandbox':'/x'},{'name':'ifb0'}]}");
        assertThat(Removal.madeFor("eth0", chain))
                .extracting(each -> each.name())
                .containsExactly("veth1", "eth0");
        assertThat(Removal.madeFor("eth1", chain)).isEmpty();
    }
}
