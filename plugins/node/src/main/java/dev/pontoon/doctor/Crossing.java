package dev.pontoon.doctor;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.nft.Conntrack;
import dev.pontoon.linux.nft.ForwardedPacket;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;

/**
 * The packets that the host has to forward for one address of a network.
 *
 * @param network the network's name
 * @param address the address, with its subnet's prefix length
 * @param isAttached whether a container has the address; if not, one could get it
 * @param packets what it sends to the world, what is answered, and what crosses a filtered bridge
 */
record Crossing(String network, Cidr address, boolean isAttached, List<ForwardedPacket> packets) {
    /** Any machine outside will do: it is never spoken to. */
    private static final Ip OUTSIDE_V4 = Ip.of((byte) 1, (byte) 1, (byte) 1, (byte) 1);

    private static final Ip OUTSIDE_V6 = Ip.parse("2606:4700:4700::1111").orElseThrow();

    /**
     * Those of all containers; of a network that has none and no firewall plugin, which would open
     * what an ADD needs, those that its first container would have.
     */
    static List<Crossing> all(Node node) {
        Ways v4 = Ways.of(node, true);
        Ways v6 = Ways.of(node, false);
        List<Crossing> all = new ArrayList<>();
        for (AttachedContainer container : node.living()) {
            String link = container.bridge().isEmpty() ? container.hostVeth() : container.bridge();
            for (Cidr address : container.addresses()) {
                Ways ways = address.isV4() ? v4 : v6;
                boolean onBridge = !container.bridge().isEmpty();
                all.add(
                        new Crossing(
                                container.attachment().network(),
                                address,
                                true,
                                ways.packets(address, link, onBridge)));
            }
        }
        for (Network network : node.networks()) {
            boolean opensItself = network.plugin("firewall").isPresent();
            if (network.isRouted() && !opensItself && node.living(network).isEmpty()) {
                for (Subnet subnet : network.subnets()) {
                    Cidr address = new Cidr(subnet.sample(), subnet.network().prefixLength());
                    Ways ways = subnet.isV4() ? v4 : v6;
                    all.add(
                            new Crossing(
                                    network.name(),
                                    address,
                                    false,
                                    ways.packets(address, network.bridge(), network.isGateway())));
                }
            }
        }
        return all;
    }

    /**
     * How packets of one IP version leave the host.
     *
     * @param uplink the link by which they do; empty if there is no default route
     * @param outside the address of a machine there
     * @param bridgesAreFiltered whether what a bridge switches passes the filters as well
     */
    private record Ways(String uplink, Ip outside, boolean bridgesAreFiltered) {
        static Ways of(Node node, boolean v4) {
            String setting = v4 ? "bridge-nf-call-iptables" : "bridge-nf-call-ip6tables";
            return new Ways(
                    node.uplink(v4).map(Link::name).orElse(""),
                    v4 ? OUTSIDE_V4 : OUTSIDE_V6,
                    node.sysctl("net", "bridge", setting).orElse("0").equals("1"));
        }

        /** {@code link} is what the address is behind; empty if there is nothing yet. */
        List<ForwardedPacket> packets(Cidr address, String link, boolean onBridge) {
            byte[] own = address.address().bytes();
            byte[] world = outside.bytes();
            List<ForwardedPacket> packets = new ArrayList<>();
            packets.add(new ForwardedPacket(own, world, link, uplink, Conntrack.STATE_NEW));
            packets.add(new ForwardedPacket(world, own, uplink, link, Conntrack.STATE_ESTABLISHED));
            if (bridgesAreFiltered && onBridge) {
                byte[] sibling = address.last().previous().bytes();
                packets.add(new ForwardedPacket(own, sibling, link, link, Conntrack.STATE_NEW));
            }
            return packets;
        }
    }
}
