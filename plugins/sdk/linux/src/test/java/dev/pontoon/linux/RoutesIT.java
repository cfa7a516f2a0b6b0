package dev.pontoon.linux;

import static dev.pontoon.linux.Inside.ip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.linux.uapi.IfAddr;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class RoutesIT {
    private Inside here;
    private int link;

    @BeforeEach
    void enter(Host host) {
        host.sh(
                "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up;"
                        + " ip addr add 10.1.0.2/24 dev v0; ip addr add fd00::2/64 dev v0 nodad");
        here = Inside.of(host);
        link = here.index("v0");
    }

    @AfterEach
    void leave() {
        here.close();
    }

    private static JsonNode seen(Host host, String... words) {
        List<String> all = new java.util.ArrayList<>(List.of("ip", "-j"));
        all.addAll(List.of(words));
        return host.command(all).json();
    }

    @Test
    void aDefaultRouteOfEachFamily(Host host) {
        here.routes.add(Route.defaultVia(ip("10.1.0.1"), link).build());
        here.routes.add(Route.defaultVia(ip("fd00::1"), link).build());

        JsonNode four = seen(host, "-d", "-4", "route", "show", "default").get(0);
        assertThat(four.path("gateway").asText()).isEqualTo("10.1.0.1");
        assertThat(four.path("dev").asText()).isEqualTo("v0");
        assertThat(four.path("protocol").asText()).isEqualTo("boot");
        assertThat(four.path("scope").asText()).isEqualTo("global");
        JsonNode six = seen(host, "-6", "route", "show", "default").get(0);
        assertThat(six.path("gateway").asText()).isEqualTo("fd00::1");
        assertThat(six.path("metric").asInt()).isEqualTo(1024);
    }

    @Test
    void everyDetailOfARouteIsProgrammedAndReadBack(Host host) {
        Route route =
                Route.to(ip("10.9.0.0"), 16, link)
                        .gateway(ip("10.99.0.1"))
                        .source(ip("10.1.0.2"))
                        .metric(77)
                        .table(1000)
                        .mtu(1300)
                        .advmss(1200)
                        .protocol(RtNetlink.RTPROT_STATIC)
                        .onLink()
                        .build();
        here.routes.add(route);

        JsonNode programmed = seen(host, "route", "show", "table", "1000").get(0);
        assertThat(programmed.path("dst").asText()).isEqualTo("10.9.0.0/16");
        assertThat(programmed.path("gateway").asText()).isEqualTo("10.99.0.1");
        assertThat(programmed.path("prefsrc").asText()).isEqualTo("10.1.0.2");
        assertThat(programmed.path("metric").asInt()).isEqualTo(77);
        assertThat(programmed.at("/metrics/0/mtu").asInt()).isEqualTo(1300);
        assertThat(programmed.at("/metrics/0/advmss").asInt()).isEqualTo(1200);
        assertThat(programmed.path("protocol").asText()).isEqualTo("static");
        assertThat(programmed.path("flags").toString()).contains("onlink");
        assertThat(here.routes.list(Netlink.AF_INET, 1000)).containsExactly(route);

        here.routes.delete(route);
        assertThat(host.ok("ip", "route", "show", "table", "1000")).isEmpty();
    }

    @Test
    void aRouteWithoutGatewayHasLinkScopeUnlessToldOtherwise(Host host) {
        here.routes.add(Route.to(ip("10.5.0.0"), 24, link).build());
        here.routes.add(Route.to(ip("10.5.1.1"), 32, link).scope(RtNetlink.RT_SCOPE_HOST).build());
        assertThat(seen(host, "route", "show", "10.5.0.0/24").get(0).path("scope").asText())
                .isEqualTo("link");
        assertThat(seen(host, "route", "show", "10.5.1.1/32").get(0).path("scope").asText())
                .isEqualTo("host");
    }

    @Test
    void theRoutesOfPtpReplaceTheSubnetRoute(Host host) {
        byte[] gateway = ip("10.1.0.1");
        byte[] own = ip("10.1.0.2");
        here.routes.delete(Route.to(ip("10.1.0.0"), 24, link).build());
        here.routes.add(Route.to(gateway, 32, link).source(own).build());
        here.routes.add(Route.to(ip("10.1.0.0"), 24, link).gateway(gateway).source(own).build());
        assertThat(host.ok("ip", "-4", "route").lines().map(String::strip))
                .containsExactly(
                        "10.1.0.0/24 via 10.1.0.1 dev v0 src 10.1.0.2",
                        "10.1.0.1 dev v0 scope link src 10.1.0.2");
    }

    @Test
    void addPrependAppendAndReplaceDiffer(Host host) {
        here.routes.add(to9("10.1.0.10"));
        assertThatThrownBy(() -> here.routes.add(to9("10.1.0.11")))
                .isInstanceOf(KernelException.class)
                .hasMessageStartingWith(
                        "add route 10.9.0.0/16 via 10.1.0.11 on v0: File exists (EEXIST)");
        here.routes.prepend(to9("10.1.0.9"));
        here.routes.append(to9("10.1.0.12"));
        assertThat(gateways(host)).containsExactly("10.1.0.9", "10.1.0.10", "10.1.0.12");
        here.routes.replace(to9("10.1.0.8"));
        assertThat(gateways(host)).containsExactly("10.1.0.8", "10.1.0.10", "10.1.0.12");
        here.routes.delete(to9("10.1.0.10"));
        assertThat(gateways(host)).containsExactly("10.1.0.8", "10.1.0.12");
    }

    private Route to9(String gateway) {
        return Route.to(ip("10.9.0.0"), 16, link).gateway(ip(gateway)).build();
    }

    private static List<String> gateways(Host host) {
        return seen(host, "route", "show", "10.9.0.0/16").findValuesAsText("gateway");
    }

    @Test
    void sixJoinsEqualRoutesIntoOneWithSeveralWays(Host host) {
        here.routes.add(Route.to(ip("fd09::"), 32, link).gateway(ip("fd00::a")).build());
        here.routes.append(Route.to(ip("fd09::"), 32, link).gateway(ip("fd00::b")).build());

        assertThat(seen(host, "-6", "route", "show", "fd09::/32").get(0).path("nexthops"))
                .hasSize(2);
        Route joined =
                find(here.routes.list(Netlink.AF_INET6, RtNetlink.RT_TABLE_MAIN), "fd09::", 32);
        assertThat(joined.nextHops())
                .containsExactly(
                        new Route.NextHop(ip("fd00::a"), link),
                        new Route.NextHop(ip("fd00::b"), link));
        assertThat(joined.gateway()).isNull();
        assertThat(joined.via(ip("fd00::b"))).isTrue();
        assertThat(joined.via(ip("fd00::c"))).isFalse();
        assertThat(joined.over(link)).isTrue();
    }

    @Test
    void aMultipathRouteReadIsWrittenBackAsItWas(Host host) {
        host.sh(
                "ip route add 10.9.0.0/16 nexthop via 10.1.0.10 dev v0 nexthop via 10.1.0.11 dev v0");
        String before = seen(host, "route", "show", "10.9.0.0/16").toString();
        Route route =
                find(here.routes.list(Netlink.AF_INET, RtNetlink.RT_TABLE_MAIN), "10.9.0.0", 16);
        here.routes.delete(route);
        assertThat(host.ok("ip", "route", "show", "10.9.0.0/16")).isEmpty();
        here.routes.add(route);
        assertThat(seen(host, "route", "show", "10.9.0.0/16")).hasToString(before);
    }

    private static Route find(List<Route> routes, String destination, int prefixLength) {
        return routes.stream()
                .filter(each -> each.leadsTo(ip(destination), prefixLength))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anIpv4RouteOverAnIpv6Gateway(Host host) {
        Route route = Route.to(ip("10.9.0.0"), 16, link).gateway(ip("fd00::1")).build();
        here.routes.add(route);
        assertThat(seen(host, "route", "show", "10.9.0.0/16").get(0).at("/via/host").asText())
                .isEqualTo("fd00::1");
        assertThat(here.routes.list(Netlink.AF_INET, RtNetlink.RT_TABLE_MAIN)).contains(route);
    }

    @Test
    void blackholesNeedNoLink(Host host) {
        here.routes.add(Route.to(ip("10.66.0.0"), 16, 0).type(RtNetlink.RTN_BLACKHOLE).build());
        assertThat(seen(host, "route", "show", "10.66.0.0/16").get(0).path("type").asText())
                .isEqualTo("blackhole");
    }

    @Test
    void listsOneTableOrAll(Host host) {
        host.ok("ip", "route", "add", "10.8.0.0/16", "dev", "v0", "table", "5000");
        assertThat(here.routes.list(Netlink.AF_INET, 5000)).hasSize(1);
        assertThat(here.routes.list(Netlink.AF_INET, 5001)).isEmpty();
        assertThat(here.routes.list(Netlink.AF_INET6, 5001)).isEmpty();
        assertThat(here.routes.list(Netlink.AF_INET, RtNetlink.RT_TABLE_MAIN))
                .hasSize(seen(host, "-4", "route").size());
        assertThat(here.routes.list(Netlink.AF_INET, 0))
                .hasSize(seen(host, "-4", "route", "show", "table", "all").size());
        assertThat(here.routes.list(Netlink.AF_INET6, 0))
                .hasSize(seen(host, "-6", "route", "show", "table", "all").size());
    }

    @Test
    void anUnreachableGatewayIsTold() {
        assertThatThrownBy(() -> here.routes.add(Route.defaultVia(ip("10.200.0.1"), link).build()))
                .hasMessage(
                        "add route default via 10.200.0.1 on v0: Network is unreachable (ENETUNREACH):"
                                + " Nexthop has invalid gateway");
    }

    @Test
    void aBatchTravelsTogetherAndEveryFailureIsTold(Host host) {
        host.ok("ip", "addr", "flush", "dev", "v1");
        int other = here.index("v1");
        Batch batch = new Batch(here.route);
        batch.links().setUp(other);
        batch.addresses().add(other, ip("10.2.0.2"), 24, 0);
        batch.addresses().add(other, ip("fd02::2"), 64, IfAddr.IFA_F_NODAD);
        batch.routes().add(Route.defaultVia(ip("10.2.0.1"), other).build());
        batch.routes().add(Route.defaultVia(ip("10.2.0.3"), other).build());
        batch.addresses().add(other, ip("10.2.0.2"), 24, 0);
        batch.routes().add(Route.defaultVia(ip("fd02::1"), other).build());

        assertThatThrownBy(batch::execute)
                .isInstanceOf(KernelException.class)
                .hasMessageStartingWith(
                        "add route default via 10.2.0.3 on v1: File exists (EEXIST)")
                .satisfies(e ->
                        assertThat(e.getSuppressed()[0])
                                .hasMessageStartingWith("add address 10.2.0.2/24 to "));
        assertThat(seen(host, "-4", "route", "show", "default").findValuesAsText("gateway"))
                .containsExactly("10.2.0.1");
        assertThat(seen(host, "-6", "route", "show", "default").findValuesAsText("gateway"))
                .containsExactly("fd02::1");
        batch.execute();
    }
}
