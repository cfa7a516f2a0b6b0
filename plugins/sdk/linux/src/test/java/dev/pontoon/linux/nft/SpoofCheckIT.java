package dev.pontoon.linux.nft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A container on a bridge sends with its own Ethernet address or not at all. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class SpoofCheckIT {
    private static final Table TABLE = new Table(Family.BRIDGE, "pontoon");

    @AutoClose private NftHost nft;
    private MountedContainer container;

    @BeforeEach
    void connect(Host host) {
        Need.kernel("bridge");
        Need.kernel("veth");
        Need.kernel(
                "nftables in bridges",
                "nft 'add table bridge t; add chain bridge t c { type filter hook prerouting priority 0; }'");
        nft = new NftHost(host);
        container = host.container("c1");
        MountedContainer other = host.container("c2");
        host.sh(
                """
                ip link add br0 type bridge
                ip link set br0 up
                ip link add v1 type veth peer name eth0 netns c1
                ip link add v2 type veth peer name eth0 netns c2
                ip link set v1 up master br0
                ip link set v2 up master br0
                """);
        container.sh(
                """
                ip link set eth0 up address 02:00:00:00:00:0a
                ip addr add 10.22.0.2/24 dev eth0
                """);
        other.sh("ip link set eth0 up; ip addr add 10.22.0.3/24 dev eth0");
    }

    @Test
    void aSpoofedAddressIsDropped() {
        nft.nftables().commit(checks());
        awaitReaching();

        container.sh("ip link set eth0 address 02:00:00:00:00:0b; ip neigh flush all");
        assertThat(reaches()).isFalse();

        container.sh("ip link set eth0 address 02:00:00:00:00:0a; ip neigh flush all");
        awaitReaching();
    }

    @Test
    void afterTheCheckIsGoneAnyAddressPasses() {
        nft.nftables().commit(checks());
        container.sh("ip link set eth0 address 02:00:00:00:00:0b; ip neigh flush all");
        assertThat(reaches()).isFalse();

        nft.nftables()
                .commit(
                        new NftBatch()
                                .deleteElement(TABLE, "checked", Value.interfaceName("v1"))
                                .deleteElement(TABLE, "allowed", allowed()));

        awaitReaching();
    }

    @Test
    void isWhatNftMakesOfTheText() {
        nft.nftables().commit(checks());
        String ours = nft.listing();
        String ourExpressions = nft.expressions();

        nft.load(
                """
                table bridge pontoon {
                  set checked { type ifname; elements = { "v1" comment "owner" } }
                  set allowed { type ifname . ether_addr; elements = { "v1" . 02:00:00:00:00:0a comment "owner" } }
                  chain prerouting {
                    type filter hook prerouting priority dstnat
                    iifname @checked iifname . ether saddr != @allowed drop
                  }
                }
                """);
        assertThat(ours).isEqualTo(nft.listing());
        assertThat(ourExpressions).isEqualTo(nft.expressions());
    }

    private static NftBatch checks() {
        BaseChain prerouting = BaseChain.filter(Hook.PREROUTING, BaseChain.BRIDGE_DESTINATION_NAT);
        Expressions check =
                new Expressions(Family.BRIDGE)
                        .load(Field.INPUT_INTERFACE)
                        .in("checked")
                        .load(Field.INPUT_INTERFACE)
                        .load(Field.ETHER_SOURCE)
                        .notIn("allowed")
                        .then(Verdict.drop());
        SetElement port = SetElement.of(Value.interfaceName("v1")).commented("owner");
        return new NftBatch()
                .ensureTable(TABLE)
                .ensureSet(TABLE, SetDefinition.set("checked", DataType.INTERFACE_NAME))
                .ensureSet(
                        TABLE,
                        SetDefinition.set(
                                "allowed", DataType.INTERFACE_NAME, DataType.ETHER_ADDRESS))
                .ensureBaseChain(TABLE, "prerouting", prerouting)
                .addRule(TABLE, "prerouting", check, "")
                .addElement(TABLE, "checked", port)
                .addElement(TABLE, "allowed", SetElement.of(allowed()).commented("owner"));
    }

    private static Value allowed() {
        Value mac = Value.mac(new byte[] {2, 0, 0, 0, 0, 10});
        return Value.concat(Value.interfaceName("v1"), mac);
    }

    /** A neighbour that could not be found a moment ago may be asked for a little later only. */
    private void awaitReaching() {
        Await.until("the other container to be reached", this::reaches);
    }

    private boolean reaches() {
        return container.run("ping", "-c", "1", "-W", "1", "10.22.0.3").exit() == 0;
    }
}
