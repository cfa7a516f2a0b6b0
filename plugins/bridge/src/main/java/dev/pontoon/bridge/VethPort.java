package dev.pontoon.bridge;

import dev.pontoon.attachment.VethPair;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetworkNamespace;

/** A port of our own: the host's end of a veth pair that is made for the attachment. */
record VethPort(VethPair pair) implements Port {
    static VethPort of(BridgeConfig config) {
        VethPair random = VethPair.random();
        byte[] mac = config.mac();
        return new VethPort(mac == null ? random : random.withContainerMac(mac));
    }

    @Override
    public String hostName() {
        return pair.hostName();
    }

    @Override
    public byte[] containerMac() {
        return pair.containerMac();
    }

    @Override
    public boolean reachesContainer() {
        return true;
    }

    @Override
    public BridgeRecord writtenTo(BridgeRecord record) {
        return new BridgeRecord(record.common().with(pair).entry());
    }

    @Override
    public void join(
            BridgeConfig config, Link bridge, NetworkNamespace netns, String ifname, Links host) {
        pair.create(netns, ifname, config.mtu(), bridge.index(), host);
    }
}
