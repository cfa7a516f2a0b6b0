package dev.pontoon.linux.nft;

import static dev.pontoon.linux.nft.NftHost.TABLE;
import static dev.pontoon.linux.nft.NftHost.address;
import static dev.pontoon.linux.nft.NftHost.address6;
import static dev.pontoon.linux.nft.NftHost.rule;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Containers reach a machine that knows no way back to their subnet. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class MasqueradeIT {
    private static final String SUBNET = "masq_10.22.0.0/24";
    private static final String SUBNET6 = Names.fit("masq_fd00:22::/64");
    private static final String OWNER = "net: a, if: eth0, id: b";

    private Host host;
    @AutoClose private NftHost nft;
    private MountedContainer container;
    private MountedContainer outside;

    @BeforeEach
    void connect(Host host) {
        Need.kernel("nftables nat");
        Need.kernel("veth");
        this.host = host;
        nft = new NftHost(host);
        container = host.container("c1");
        outside = host.container("outside");
        host.sh(
                """
                echo 1 > /proc/sys/net/ipv4/ip_forward
                echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
                ip link add v1 type veth peer name eth0 netns c1
                ip link add v2 type veth peer name eth0 netns outside
                ip addr add 10.22.0.1/24 dev v1
                ip addr add fd00:22::1/64 dev v1 nodad
                ip addr add 192.0.2.1/24 dev v2
                ip addr add 2001:db8::1/64 dev v2 nodad
                ip link set v1 up
                ip link set v2 up
                """);
        container.sh(
                """
                ip addr add 10.22.0.2/24 dev eth0
                ip addr add fd00:22::2/64 dev eth0 nodad
                ip link set eth0 up
                ip route add default via 10.22.0.1
                ip route add default via fd00:22::1
                """);
        outside.sh(
                """
                ip addr add 192.0.2.2/24 dev eth0
                ip addr add 2001:db8::2/64 dev eth0 nodad
                ip link set eth0 up
                """);
    }

    @Test
    void onlyOwnedAddressesAreMasqueraded() {
        nft.nftables().commit(skeleton());
        assertThat(reaches("192.0.2.2")).isFalse();
        assertThat(reaches("2001:db8::2")).isFalse();

        nft.nftables().commit(container());
        assertThat(reaches("192.0.2.2")).isTrue();
        assertThat(reaches("2001:db8::2")).isTrue();

        nft.nftables()
                .commit(
                        new NftBatch()
                                .deleteElement(TABLE, "masq_v4", address(10, 22, 0, 2))
                                .deleteElement(TABLE, "masq_v6", address6(2))
                                .deleteChain(TABLE, SUBNET)
                                .deleteChain(TABLE, SUBNET6));
        assertThat(reaches("192.0.2.2")).isFalse();
        assertThat(reaches("2001:db8::2")).isFalse();
    }

    @Test
    void theSubnetItselfSeesTheRealAddress() {
        nft.nftables().commit(skeleton());
        nft.nftables().commit(container());
        // The outside world becomes a part of the subnet: nothing is translated, so there is no way
        // back.
        outside.ok("ip", "addr", "add", "10.22.0.200/32", "dev", "eth0");
        host.ok("ip", "route", "add", "10.22.0.200/32", "dev", "v2");
        container.ok("ip", "route", "add", "10.22.0.200/32", "via", "10.22.0.1");

        assertThat(reaches("10.22.0.200")).isFalse();
        outside.ok("ip", "route", "add", "10.22.0.2", "via", "192.0.2.1", "src", "10.22.0.200");
        assertThat(reaches("10.22.0.200")).isTrue();
    }

    @Test
    void isWhatNftMakesOfTheText() {
        nft.nftables().commit(skeleton());
        nft.nftables().commit(container());
        String ours = nft.listing();

        nft.load(
                """
                table inet pontoon {
                  map masq_v4 {
                    type ipv4_addr : verdict
                    elements = { 10.22.0.2 comment "net: a, if: eth0, id: b" : jump masq_10.22.0.0/24 }
                  }
                  map masq_v6 {
                    type ipv6_addr : verdict
                    elements = { fd00:22::2 comment "net: a, if: eth0, id: b" : jump masq_fd00-22--/64 }
                  }
                  chain postrouting {
                    type nat hook postrouting priority srcnat
                    ip saddr vmap @masq_v4
                    ip6 saddr vmap @masq_v6
                  }
                  chain masq_10.22.0.0/24 {
                    ip daddr 10.22.0.0/24 return
                    ip daddr 224.0.0.0/4 return
                    masquerade
                  }
                  chain masq_fd00-22--/64 {
                    ip6 daddr fd00:22::/64 return
                    ip6 daddr ff00::/8 return
                    masquerade
                  }
                }
                """);
        assertThat(ours).isEqualTo(nft.listing());
    }

    private static NftBatch skeleton() {
        BaseChain postrouting = BaseChain.nat(Hook.POSTROUTING, BaseChain.SOURCE_NAT);
        return new NftBatch()
                .ensureTable(TABLE)
                .ensureSet(TABLE, SetDefinition.verdictMap("masq_v4", DataType.IPV4_ADDRESS))
                .ensureSet(TABLE, SetDefinition.verdictMap("masq_v6", DataType.IPV6_ADDRESS))
                .ensureBaseChain(TABLE, "postrouting", postrouting)
                .flushChain(TABLE, "postrouting")
                .addRule(
                        TABLE,
                        "postrouting",
                        rule().load(Field.IPV4_SOURCE).verdictFrom("masq_v4"),
                        "")
                .addRule(
                        TABLE,
                        "postrouting",
                        rule().load(Field.IPV6_SOURCE).verdictFrom("masq_v6"),
                        "");
    }

    private static NftBatch container() {
        NftBatch batch = new NftBatch();
        subnet(
                batch,
                SUBNET,
                Field.IPV4_DESTINATION,
                address(10, 22, 0, 0),
                24,
                address(224, 0, 0, 0),
                4);
        subnet(
                batch,
                SUBNET6,
                Field.IPV6_DESTINATION,
                address6(0),
                64,
                Value.address(multicast6()),
                8);
        return batch.addElement(
                        TABLE,
                        "masq_v4",
                        SetElement.of(address(10, 22, 0, 2))
                                .leadingTo(Verdict.jump(SUBNET))
                                .commented(OWNER))
                .addElement(
                        TABLE,
                        "masq_v6",
                        SetElement.of(address6(2))
                                .leadingTo(Verdict.jump(SUBNET6))
                                .commented(OWNER));
    }

    private static void subnet(
            NftBatch batch,
            String chain,
            Field destination,
            Value subnet,
            int length,
            Value multicast,
            int multicastLength) {
        batch.ensureChain(TABLE, chain)
                .flushChain(TABLE, chain)
                .addRule(
                        TABLE,
                        chain,
                        rule().matchSubnet(destination, subnet, length).then(Verdict.returning()),
                        "")
                .addRule(
                        TABLE,
                        chain,
                        rule().matchSubnet(destination, multicast, multicastLength)
                                .then(Verdict.returning()),
                        "")
                .addRule(TABLE, chain, rule().masquerade(), "");
    }

    private static byte[] multicast6() {
        byte[] address = new byte[16];
        address[0] = (byte) 0xff;
        return address;
    }

    private boolean reaches(String address) {
        return container.run("ping", "-c", "1", "-W", "1", address).exit() == 0;
    }
}
