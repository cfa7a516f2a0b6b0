package dev.pontoon.bridge;

import dev.pontoon.linux.Links;
import dev.pontoon.linux.VlanRange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The VLANs of a container's bridge port: what they should be, and setting them so. */
final class PortVlans {
    private static final int DEFAULT_VLAN = 1;

    private PortVlans() {}

    /**
     * The VLANs that the configuration gives a port, in order; none if it says nothing of VLANs.
     */
    static List<VlanRange> wanted(BridgeConfig config) {
        List<VlanRange> wanted = new ArrayList<>();
        if (config.vlan() != 0) {
            wanted.add(new VlanRange(config.vlan(), config.vlan(), true, true));
        }
        VlanTrunk trunk = config.trunk();
        if (trunk != null && !trunk.isEmpty()) {
            wanted.addAll(trunk.ranges());
            if (config.vlan() == 0) {
                wanted.add(new VlanRange(DEFAULT_VLAN, DEFAULT_VLAN, true, true));
            }
        }
        return wanted;
    }

    /** Gives a new port its VLANs, in place of the default one unless that is to be kept. */
    static void apply(BridgeConfig config, Links links, int port) {
        List<VlanRange> wanted = wanted(config);
        if (wanted.isEmpty()) {
            return;
        }
        if (!config.preserveDefaultVlan()) {
            for (VlanRange each : links.vlans(port)) {
                links.removeVlan(port, each.from(), each.to());
            }
        }
        for (VlanRange each : wanted) {
            links.addVlan(port, each.from(), each.to(), each.pvid(), each.untagged());
        }
    }

    /** The VLANs of {@code wanted} that the port does not have; empty if it has all. */
    static BitSet missing(List<VlanRange> wanted, List<VlanRange> present) {
        BitSet missing = ids(wanted);
        missing.andNot(ids(present));
        return missing;
    }

    private static BitSet ids(List<VlanRange> ranges) {
        BitSet ids = new BitSet();
        for (VlanRange each : ranges) {
            ids.set(each.from(), each.to() + 1);
        }
        return ids;
    }
}
