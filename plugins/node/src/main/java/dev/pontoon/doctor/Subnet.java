package dev.pontoon.doctor;

import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A range of host-local's, as much of it as concerns the host.
 *
 * @param network the subnet
 * @param text the subnet as it stands in the file
 * @param first the first address that is given out
 * @param gateway the host's own address in it
 * @param isPlain whether the configuration says nothing about it but the subnet
 * @param isInList whether it stands in {@code ranges}, and not in {@code ipam} itself
 */
record Subnet(Cidr network, String text, Ip first, Ip gateway, boolean isPlain, boolean isInList) {
    /** The ranges of an {@code ipam} object; those that host-local would refuse are left out. */
    static List<Subnet> all(ConfigObject ipam) {
        List<Subnet> subnets = new ArrayList<>();
        if (ipam.has("subnet")) {
            boolean plain =
                    !ipam.has("rangeStart") && !ipam.has("rangeEnd") && !ipam.has("gateway");
            read(ipam, plain && !ipam.has("ranges"), false).ifPresent(subnets::add);
        }
        for (List<ConfigObject> set : ipam.objectLists("ranges")) {
            for (ConfigObject range : set) {
                read(range, range.keys().size() == 1, true).ifPresent(subnets::add);
            }
        }
        return subnets;
    }

    private static Optional<Subnet> read(ConfigObject range, boolean plain, boolean inList) {
        String text = range.text("subnet", "");
        return Cidr.parse(text)
                .map(Cidr::network)
                .filter(network -> network.address().bits() - network.prefixLength() >= 2)
                .map(network ->
                        new Subnet(
                                network,
                                text,
                                address(range, "rangeStart", network.address().next()),
                                address(range, "gateway", network.address().next()),
                                plain,
                                inList));
    }

    private static Ip address(ConfigObject range, String key, Ip otherwise) {
        return Ip.parse(range.text(key, "")).orElse(otherwise);
    }

    boolean isV4() {
        return network.isV4();
    }

    /** The gateway with the subnet's prefix length, as a link has it. */
    Cidr gatewayAddress() {
        return new Cidr(gateway, network.prefixLength());
    }

    /** An address that it could give out; not the gateway's. */
    Ip sample() {
        return first.equals(gateway) ? first.next() : first;
    }
}
