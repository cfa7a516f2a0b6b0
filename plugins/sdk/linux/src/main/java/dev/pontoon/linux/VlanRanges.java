package dev.pontoon.linux;

import dev.pontoon.linux.uapi.IfBridge;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** VLANs on the wire: struct bridge_vlan_info { u16 flags; u16 vid }, two of them for a range. */
final class VlanRanges {
    private VlanRanges() {}

    static List<VlanRange> read(Attributes specification) {
        List<VlanRange> ranges = new ArrayList<>();
        int begin = 0;
        for (byte[] each : specification.repeated(IfBridge.IFLA_BRIDGE_VLAN_INFO)) {
            ByteBuffer in = ByteBuffer.wrap(each).order(ByteOrder.nativeOrder());
            int flags = in.getShort(0) & 0xffff;
            int vlan = in.getShort(2) & 0xffff;
            if ((flags & IfBridge.BRIDGE_VLAN_INFO_RANGE_BEGIN) != 0) {
                begin = vlan;
                continue;
            }
            boolean end = (flags & IfBridge.BRIDGE_VLAN_INFO_RANGE_END) != 0;
            ranges.add(
                    new VlanRange(
                            end ? begin : vlan,
                            vlan,
                            (flags & IfBridge.BRIDGE_VLAN_INFO_PVID) != 0,
                            (flags & IfBridge.BRIDGE_VLAN_INFO_UNTAGGED) != 0));
        }
        return ranges;
    }

    static void write(NetlinkRequest request, int from, int to, int flags) {
        if (from == to) {
            write(request, from, flags);
            return;
        }
        write(request, from, flags | IfBridge.BRIDGE_VLAN_INFO_RANGE_BEGIN);
        write(request, to, flags | IfBridge.BRIDGE_VLAN_INFO_RANGE_END);
    }

    private static void write(NetlinkRequest request, int vlan, int flags) {
        byte[] info = new byte[4];
        ByteBuffer.wrap(info)
                .order(ByteOrder.nativeOrder())
                .putShort((short) flags)
                .putShort((short) vlan);
        request.put(IfBridge.IFLA_BRIDGE_VLAN_INFO, info);
    }
}
