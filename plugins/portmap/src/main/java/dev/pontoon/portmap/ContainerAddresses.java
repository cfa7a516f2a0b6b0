package dev.pontoon.portmap;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where ports lead to: the container's first address of each IP version.
 *
 * @param v4 with its network's prefix length; null if it has none
 * @param v6 with its network's prefix length; null if it has none
 */
record ContainerAddresses(@Nullable Cidr v4, @Nullable Cidr v6) {

    /** Those of a result that are the interface's, or of which it does not say whose they are. */
    static ContainerAddresses of(AddResult result, String ifname) {
        Cidr v4 = null;
        Cidr v6 = null;
        for (IpConfig each : result.ips()) {
            if (!mayBeOf(ifname, each.interfaceIndex(), result.interfaces())) {
                continue;
            }
            if (each.address().isV4() && v4 == null) {
                v4 = each.address();
            } else if (!each.address().isV4() && v6 == null) {
                v6 = each.address();
            }
        }
        return new ContainerAddresses(v4, v6);
    }

    private static boolean mayBeOf(
            String ifname, @Nullable Integer index, List<NetworkInterface> interfaces) {
        if (index == null || index >= interfaces.size()) {
            return true;
        }
        NetworkInterface listed = interfaces.get(index);
        return listed.name().equals(ifname) && !listed.sandbox().isEmpty();
    }

    /** The addresses that there are, IPv4 first. */
    List<Ip> list() {
        List<Ip> addresses = new ArrayList<>();
        for (Cidr each : new Cidr[] {v4, v6}) {
            if (each != null) {
                addresses.add(each.address());
            }
        }
        return addresses;
    }

    /** The one of that IP version. */
    @Nullable Cidr of(boolean ipv4) {
        return ipv4 ? v4 : v6;
    }
}
