package dev.pontoon.linux;

import static dev.pontoon.linux.Inside.ip;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.linux.uapi.IfAddr;
import dev.pontoon.linux.uapi.IfFlags;
import dev.pontoon.linux.uapi.RtNetlink;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel once said is understood, and nonsense in its place does no harm. */
class MessagesTest {
    @Test
    void aPortOfABridge() {
        Link link = Link.read(Captured.message("link-veth-port"));
        assertThat(link.index()).isEqualTo(3);
        assertThat(link.name()).isEqualTo("veth0");
        assertThat(link.isVeth()).isTrue();
        assertThat(link.macText()).isEqualTo("0a:00:00:00:00:01");
        assertThat(link.mtu()).isEqualTo(1400);
        assertThat(link.txQueueLength()).isZero();
        assertThat(link.alias()).isEqualTo("pontoon");
        assertThat(link.master()).isEqualTo(2);
        assertThat(link.peer()).isEqualTo(2);
        assertThat(link.peerNamespaceId()).isZero();
        assertThat(link.operState()).isEqualTo(IfFlags.IF_OPER_UP);
        assertThat(link.up()).isTrue();
        assertThat(link.running()).isTrue();
        assertThat(link.promiscuous()).isFalse();
        assertThat(link.hairpin()).isTrue();
        assertThat(link.isolated()).isTrue();
        assertThat(link.vlanFiltering()).isFalse();
    }

    @Test
    void anAddress() {
        Address address = Address.read(Captured.message("address"));
        assertThat(address)
                .isEqualTo(
                        new Address(
                                2,
                                ip("10.1.0.1"),
                                24,
                                IfAddr.IFA_F_PERMANENT,
                                RtNetlink.RT_SCOPE_UNIVERSE));
    }

    @Test
    void aRoute() {
        assertThat(RouteMessage.read(Captured.message("route-ipv4")))
                .isEqualTo(
                        Route.to(ip("10.9.0.0"), 16, 2)
                                .gateway(ip("10.1.0.2"))
                                .metric(77)
                                .mtu(1300)
                                .build());
    }

    @Test
    void aRouteWithSeveralWays() {
        Route route = RouteMessage.read(Captured.message("route-ipv6-multipath"));
        assertThat(route.leadsTo(ip("fd09::"), 32)).isTrue();
        assertThat(route.metric()).isEqualTo(1024);
        assertThat(route.link()).isZero();
        assertThat(route.nextHops())
                .containsExactly(
                        new Route.NextHop(ip("fd00::a"), 2), new Route.NextHop(ip("fd00::b"), 2));
    }

    @Test
    void theKernelsOwnWordsForAFailure() {
        NetlinkRequest mtu = new NetlinkRequest(RtNetlink.RTM_NEWLINK, 0, "set MTU 1 on cni0");
        assertThat(NetlinkSocket.failure(Captured.message("error-mtu"), mtu).orElseThrow())
                .hasMessage(
                        "set MTU 1 on cni0: Invalid argument (EINVAL): mtu less than device minimum");
        NetlinkRequest route = new NetlinkRequest(RtNetlink.RTM_NEWROUTE, 0, "add route default");
        assertThat(NetlinkSocket.failure(Captured.message("error-route"), route).orElseThrow())
                .hasMessage(
                        "add route default: Network is unreachable (ENETUNREACH):"
                                + " Nexthop has invalid gateway");
    }

    @ParameterizedTest
    @ValueSource(strings = {"link-veth-port", "address", "route-ipv4", "route-ipv6-multipath"})
    void aMessageCutAnywhereBehindItsHeaderIsStillRead(String name) {
        NetlinkMessage whole = Captured.message(name);
        for (int length = Link.HEADER_LENGTH; length < whole.payload().length; length++) {
            read(new NetlinkMessage(whole.type(), 0, 1, Arrays.copyOf(whole.payload(), length)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"link-veth-port", "address", "route-ipv6-multipath"})
    void aMessageWithBrokenAttributesIsReadOrRefusedButNeverRunOver(String name) {
        NetlinkMessage whole = Captured.message(name);
        Random random = new Random(4711);
        for (int round = 0; round < 2000; round++) {
            byte[] payload = whole.payload().clone();
            int at = Link.HEADER_LENGTH + random.nextInt(payload.length - Link.HEADER_LENGTH);
            payload[at & ~3] = (byte) random.nextInt(256);
            try {
                read(new NetlinkMessage(whole.type(), 0, 1, payload));
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("bytes");
            }
        }
    }

    private static void read(NetlinkMessage message) {
        switch (message.type()) {
            case RtNetlink.RTM_NEWLINK -> assertThat(Link.read(message).name()).isNotNull();
            case RtNetlink.RTM_NEWADDR -> assertThat(Address.read(message).address()).isNotNull();
            default -> assertThat(RouteMessage.read(message).nextHops()).isNotNull();
        }
    }
}
