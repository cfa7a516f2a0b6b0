package dev.pontoon.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** The layouts of spec section 5 and of the tags spec-v0.2.0 and spec-v0.4.0. */
class AddResultTest {
    private static Cidr cidr(String text) {
        return Cidr.parse(text).orElseThrow();
    }

    private static Ip ip(String text) {
        return Ip.parse(text).orElseThrow();
    }

    private static AddResult read(String json, CniVersion version) {
        return AddResult.read(json.getBytes(UTF_8), version);
    }

    /** Uses every field there is. */
    private static AddResult everything() {
        return new AddResult(
                List.of(
                        NetworkInterface.ofHost("cni0", "aa:bb:cc:dd:ee:00", 1500),
                        new NetworkInterface(
                                "eth0", "aa:bb:cc:dd:ee:01", 1400, "/run/netns/x", "/s", "0:1")),
                List.of(
                        new IpConfig(cidr("10.1.0.2/24"), ip("10.1.0.1"), 1),
                        new IpConfig(cidr("10.1.0.3/24"), null, 0),
                        new IpConfig(cidr("fd00::2/64"), ip("fd00::1"), null)),
                List.of(
                        Route.to(cidr("0.0.0.0/0"), ip("10.1.0.1")),
                        new Route(cidr("fd01::/64"), null, 1300, 1200, 7, 0, 0)),
                new Dns(List.of("1.1.1.1"), "d", List.of("s"), List.of("ndots:1")));
    }

    private static AddResult nothing() {
        return new AddResult(List.of(), List.of(), List.of(), Dns.NONE);
    }

    private static final String DNS =
            "\"dns\":{\"nameservers\":[\"1.1.1.1\"],\"domain\":\"d\",\"search\":[\"s\"],\"options\":[\"ndots:1\"]}}";
    private static final String ROUTES =
            "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.1.0.1\"},{\"dst\":\"fd01::/64\",\"mtu\":1300,"
                    + "\"advmss\":1200,\"priority\":7,\"table\":0,\"scope\":0}],";

    @ParameterizedTest
    @EnumSource(names = {"V0_1_0", "V0_2_0"})
    void oldestLayoutHasOneAddressPerFamily(CniVersion version) {
        assertThat(everything().toJson(version))
                .isEqualTo(
                        "{\"cniVersion\":\""
                                + version
                                + "\",\"ip4\":{\"ip\":\"10.1.0.2/24\",\"gateway\":\"10.1.0.1\","
                                + "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.1.0.1\"}]},"
                                + "\"ip6\":{\"ip\":\"fd00::2/64\",\"gateway\":\"fd00::1\","
                                + "\"routes\":[{\"dst\":\"fd01::/64\"}]},"
                                + DNS);
    }

    @ParameterizedTest
    @EnumSource(names = {"V0_3_0", "V0_3_1", "V0_4_0"})
    void middleLayoutNamesTheFamily(CniVersion version) {
        assertThat(everything().toJson(version))
                .isEqualTo(
                        "{\"cniVersion\":\""
                                + version
                                + "\",\"interfaces\":[{\"name\":\"cni0\",\"mac\":\"aa:bb:cc:dd:ee:00\"},"
                                + "{\"name\":\"eth0\",\"mac\":\"aa:bb:cc:dd:ee:01\",\"sandbox\":\"/run/netns/x\"}],"
                                + "\"ips\":[{\"version\":\"4\",\"interface\":1,\"address\":\"10.1.0.2/24\","
                                + "\"gateway\":\"10.1.0.1\"},"
                                + "{\"version\":\"4\",\"interface\":0,\"address\":\"10.1.0.3/24\"},"
                                + "{\"version\":\"6\",\"address\":\"fd00::2/64\",\"gateway\":\"fd00::1\"}],"
                                + ROUTES
                                + DNS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "V1_0_0|''|''",
                "V1_1_0|'\"mtu\":1500'|'\"mtu\":1400,\"socketPath\":\"/s\",\"pciID\":\"0:1\",'"
            })
    void newestLayoutHasNoFamily(CniVersion version, String hostExtra, String containerExtra) {
        String comma = hostExtra.isEmpty() ? "" : ",";
        assertThat(everything().toJson(version))
                .isEqualTo(
                        "{\"cniVersion\":\""
                                + version
                                + "\",\"interfaces\":[{\"name\":\"cni0\",\"mac\":\"aa:bb:cc:dd:ee:00\""
                                + comma
                                + hostExtra
                                + "},{\"name\":\"eth0\",\"mac\":\"aa:bb:cc:dd:ee:01\","
                                + containerExtra
                                + "\"sandbox\":\"/run/netns/x\"}],"
                                + "\"ips\":[{\"interface\":1,\"address\":\"10.1.0.2/24\",\"gateway\":\"10.1.0.1\"},"
                                + "{\"interface\":0,\"address\":\"10.1.0.3/24\"},"
                                + "{\"address\":\"fd00::2/64\",\"gateway\":\"fd00::1\"}],"
                                + ROUTES
                                + DNS);
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"V0_1_0", "V0_2_0"})
    void resultWithoutAnything(CniVersion version) {
        String dns = version.atLeast(CniVersion.V1_0_0) ? "" : ",\"dns\":{}";
        assertThat(nothing().toJson(version))
                .isEqualTo("{\"cniVersion\":\"" + version + "\"" + dns + "}");
    }

    @ParameterizedTest
    @EnumSource(names = {"V0_1_0", "V0_2_0"})
    void oldestLayoutCannotTellOfNoAddress(CniVersion version) {
        CniException refused = Failures.of(() -> nothing().toJson(version));

        assertThat(refused.code()).isEqualTo(7);
        assertThat(refused.text()).contains("address");
    }

    @Test
    void oldestLayoutDropsRoutesOfAFamilyWithoutAddress() {
        AddResult result =
                AddResult.ofIpam(
                        List.of(new IpConfig(cidr("fd00::2/64"), null, null)),
                        List.of(Route.to(cidr("0.0.0.0/0"), null)),
                        Dns.NONE);

        assertThat(result.toJson(CniVersion.V0_2_0))
                .isEqualTo("{\"cniVersion\":\"0.2.0\",\"ip6\":{\"ip\":\"fd00::2/64\"},\"dns\":{}}");
    }

    @ParameterizedTest
    @EnumSource(CniVersion.class)
    void everyLayoutIsReadBack(CniVersion version) {
        String written = everything().toJson(version);

        assertThat(read(written, version).toJson(version)).isEqualTo(written);
        assertThat(read(written, CniVersion.V1_1_0)).isEqualTo(read(written, version));
    }

    @Test
    void newestLayoutLosesNothing() {
        assertThat(read(everything().toJson(CniVersion.V1_1_0), CniVersion.V1_1_0))
                .isEqualTo(everything());
        assertThat(read(nothing().toJson(CniVersion.V1_1_0), CniVersion.V1_1_0))
                .isEqualTo(nothing());
    }

    @Test
    void familiesBecomeListsWithIpv4First() {
        AddResult result =
                read(
                        "{\"ip6\":{\"ip\":\"fd00::2/64\",\"routes\":[{\"dst\":\"::/0\",\"gw\":\"fd00::1\"}]},"
                                + "\"ip4\":{\"ip\":\"10.0.0.2/8\",\"gateway\":\"10.0.0.1\",\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}}",
                        CniVersion.V0_2_0);

        assertThat(result.toJson(CniVersion.V0_4_0))
                .isEqualTo(
                        "{\"cniVersion\":\"0.4.0\",\"ips\":["
                                + "{\"version\":\"4\",\"address\":\"10.0.0.2/8\",\"gateway\":\"10.0.0.1\"},"
                                + "{\"version\":\"6\",\"address\":\"fd00::2/64\"}],"
                                + "\"routes\":[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"::/0\",\"gw\":\"fd00::1\"}],"
                                + "\"dns\":{}}");
    }

    @Test
    void prevResultOfAnotherLayoutIsConverted() {
        String old = "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.0.0.2/8\"}}";

        assertThat(read(old, CniVersion.V1_0_0).toJson(CniVersion.V1_0_0))
                .isEqualTo("{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.0.0.2/8\"}]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"cniVersion\":\"\",", "\"cniVersion\":null,"})
    void resultWithoutVersionHasTheConfigurations(String version) {
        assertThat(
                        read("{" + version + "\"ip4\":{\"ip\":\"10.0.0.2/8\"}}", CniVersion.V0_1_0)
                                .ips())
                .hasSize(1);
        assertThat(
                        read(
                                        "{" + version + "\"ips\":[{\"address\":\"10.0.0.2/8\"}]}",
                                        CniVersion.V1_0_0)
                                .ips())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"version\":\"\",", "\"version\":\"6\",", "\"version\":4,"})
    void familyIsThatOfTheAddress(String version) {
        AddResult result =
                read("{\"ips\":[{" + version + "\"address\":\"10.0.0.2/8\"}]}", CniVersion.V0_4_0);

        assertThat(result.toJson(CniVersion.V0_4_0)).contains("\"version\":\"4\"");
    }

    @ParameterizedTest
    @CsvSource({"-1, false", "0, true", "7, true", "null, false"})
    void indexIsKeptUnlessNegative(String index, boolean kept) {
        AddResult result =
                read(
                        "{\"ips\":[{\"address\":\"10.0.0.2/8\",\"interface\":" + index + "}]}",
                        CniVersion.V1_0_0);

        assertThat(result.toJson(CniVersion.V1_0_0).contains("\"interface\":" + index))
                .isEqualTo(kept);
    }

    @Test
    void emptyAndNullMeanNotGiven() {
        AddResult result =
                read(
                        "{\"interfaces\":[{\"name\":\"eth0\",\"mac\":\"\",\"sandbox\":null,\"mtu\":0}],"
                                + "\"ips\":[{\"address\":\"10.0.0.2/8\",\"gateway\":\"\"}],"
                                + "\"routes\":[{\"dst\":\"10.0.0.0/8\",\"gw\":null,\"mtu\":0,\"advmss\":0,"
                                + "\"priority\":0,\"table\":null}],\"dns\":null,\"unknown\":{}}",
                        CniVersion.V1_1_0);

        assertThat(result.toJson(CniVersion.V1_1_0))
                .isEqualTo(
                        "{\"cniVersion\":\"1.1.0\",\"interfaces\":[{\"name\":\"eth0\"}],"
                                + "\"ips\":[{\"address\":\"10.0.0.2/8\"}],\"routes\":[{\"dst\":\"10.0.0.0/8\"}]}");
    }

    @ParameterizedTest
    @CsvSource({"254, 255", "0, 0", "'', 0", "0, ''", "100, 253"})
    void tableAndScopeTellZeroFromNothing(String table, String scope) {
        String keys =
                (table.isEmpty() ? "" : ",\"table\":" + table)
                        + (scope.isEmpty() ? "" : ",\"scope\":" + scope);
        String json =
                "{\"cniVersion\":\"1.1.0\",\"routes\":[{\"dst\":\"10.0.0.0/8\"" + keys + "}]}";

        assertThat(read(json, CniVersion.V1_1_0).toJson(CniVersion.V1_1_0)).isEqualTo(json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"dst\":\"10.0.0.0/8\",\"gw\":\"fd00::1\"}",
                "{\"dst\":\"::/0\",\"gw\":\"10.0.0.1\"}",
                "{\"dst\":\"10.0.0.0/8\",\"mtu\":-1}",
                "{\"dst\":\"10.0.0.0/8\",\"advmss\":-1}",
                "{\"dst\":\"10.0.0.0/8\",\"priority\":-1}",
                "{\"gw\":\"10.0.0.1\"}",
                "{\"dst\":\"10.0.0.1\"}"
            })
    void impossibleRouteIsInvalid(String route) {
        assertThat(
                        Failures.of(() -> read("{\"routes\":[" + route + "]}", CniVersion.V1_1_0))
                                .code())
                .isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{{", "[]", "null", "\"\"", "{} {}"})
    void whatIsNoResultIsUndecodable(String printed) {
        assertThat(Failures.of(() -> read(printed, CniVersion.V1_0_0)).code()).isEqualTo(6);
    }

    @Test
    void unknownVersionOfAResultIsIncompatible() {
        assertThat(Failures.of(() -> read("{\"cniVersion\":\"2.0.0\"}", CniVersion.V1_0_0)).code())
                .isEqualTo(1);
    }

    @Test
    void defaultRouteIsOfTheGatewaysFamily() {
        assertThat(Route.defaultVia(ip("10.0.0.1")).destination()).hasToString("0.0.0.0/0");
        assertThat(Route.defaultVia(ip("fd00::1")).destination()).hasToString("::/0");
        assertThat(Route.defaultVia(ip("fd00::1")).isDefault()).isTrue();
    }

    @Test
    void ipConfigIsChangedInOnePlace() {
        IpConfig address = new IpConfig(cidr("10.0.0.2/8"), null, null);

        assertThat(address.on(2).via(ip("10.0.0.1")))
                .isEqualTo(new IpConfig(cidr("10.0.0.2/8"), ip("10.0.0.1"), 2));
    }
}
