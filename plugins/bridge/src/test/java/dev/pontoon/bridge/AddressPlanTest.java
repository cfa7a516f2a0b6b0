package dev.pontoon.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.Route;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPlanTest {
    private static AddResult plan(String keys, String result) {
        byte[] given = result.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return AddressPlan.of(
                AddResult.read(given, CniVersion.V1_1_0),
                Configs.read(keys + ",'ipam':{'type':'i'}"));
    }

    private static String gateway(String address) {
        AddResult plan = plan("'isGateway':true", "{'ips':[{'address':'" + address + "'}]}");
        return String.valueOf(plan.ips().getFirst().gateway());
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3/24, 10.1.2.1",
        "10.1.2.255/16, 10.1.0.1",
        "10.1.2.6/30, 10.1.2.5",
        "10.1.2.6/31, 10.1.2.7",
        "10.1.2.7/31, 10.1.2.6",
        "fd00::9/64, fd00::1",
        "fd00::/64, fd00::1",
        "fd00::6/127, fd00::7",
        "fd00::7/127, fd00::6",
        "255.255.255.254/31, 255.255.255.255",
    })
    void missingGatewayIsTheSubnetsFirstAddress(String address, String gateway) {
        assertThat(gateway(address)).isEqualTo(gateway);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.1.2.1/24",
                "10.1.2.9/32",
                "255.255.255.255/32",
                "0.0.0.0/32",
                "fd00::1/64",
                "fd00::9/128",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"
            })
    void subnetWithoutRoomForAGatewayIsRefused(String address) {
        assertThatThrownBy(() -> gateway(address))
                .asInstanceOf(type(CniException.class))
                .satisfies(refusal -> {
                    assertThat(refusal.code()).isEqualTo(7);
                    assertThat(refusal.text()).contains(address);
                });
    }

    @Test
    void withoutAGatewayNothingIsAdded() {
        AddResult plan = plan("'x':1", "{'ips':[{'address':'10.1.2.9/32','interface':7}]}");
        assertThat(plan.ips().getFirst().gateway()).isNull();
        assertThat(plan.ips()).extracting(IpConfig::interfaceIndex).containsExactly(2);
        assertThat(plan.routes()).isEmpty();
    }

    @Test
    void gatewaysThatIpamNamedAreKept() {
        AddResult plan =
                plan(
                        "'isDefaultGateway':true",
                        "{'ips':[{'address':'10.1.2.3/24','gateway':'10.1.2.250'},"
                                + "{'address':'10.1.3.3/24'}]}");
        assertThat(plan.ips())
                .extracting(ip -> String.valueOf(ip.gateway()))
                .containsExactly("10.1.2.250", "10.1.3.1");
        assertThat(destinations(plan)).containsExactly("0.0.0.0/0 via 10.1.2.250");
    }

    private static List<String> destinations(AddResult plan) {
        return plan.routes().stream().map(AddressPlanTest::text).toList();
    }

    private static String text(Route route) {
        return route.destination() + " via " + route.gateway();
    }

    private static List<String> routes(String routes) {
        return destinations(
                plan(
                        "'isDefaultGateway':true",
                        "{'ips':[{'address':'10.1.2.3/24'},{'address':'fd00::3/64'}],'routes':["
                                + routes
                                + "]}"));
    }

    @Test
    void everyFamilyHasOneDefaultRoute() {
        assertThat(routes("")).containsExactly("0.0.0.0/0 via 10.1.2.1", "::/0 via fd00::1");
        assertThat(routes("{'dst':'::/0','gw':'fd00::9'}"))
                .containsExactly("::/0 via fd00::9", "0.0.0.0/0 via 10.1.2.1");
        assertThat(routes("{'dst':'0.0.0.0/0'},{'dst':'::/0'}"))
                .containsExactly("0.0.0.0/0 via null", "::/0 via null");
    }

    @Test
    void defaultRouteOfAnotherTableIsNotTheDefaultRoute() {
        assertThat(routes("{'dst':'0.0.0.0/0','table':100}"))
                .containsExactly(
                        "0.0.0.0/0 via null", "0.0.0.0/0 via 10.1.2.1", "::/0 via fd00::1");
        assertThat(routes("{'dst':'0.0.0.0/0','table':254},{'dst':'::/0','table':0}")).hasSize(2);
    }

    @Test
    void sameGatewayIsServedOnce() {
        AddResult plan =
                plan(
                        "'isGateway':true",
                        "{'ips':[{'address':'10.1.2.3/24'},{'address':'10.1.2.4/24'},"
                                + "{'address':'fd00::3/64'}]}");
        assertThat(BridgePlugin.gateways(plan.ips()))
                .extracting(Object::toString)
                .containsExactly("10.1.2.1/24", "fd00::1/64");
    }
}
