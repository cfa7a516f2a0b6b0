package dev.pontoon.bridge;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.MacAddress;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.NewLink;
import dev.pontoon.linux.uapi.IfFlags;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The veth pair of one attachment: one end a port of the bridge, the other inside the container.
 */
final class VethPair {
    private static final long[] PORT_WAITS_MS = {0, 1, 2, 5, 10, 20, 50, 100, 300, 500, 1000, 1000};

    private VethPair() {}

    /** What is written down before a pair is made, so that it can be found whatever happens. */
    record Plan(String hostName, byte[] hostMac, byte[] containerMac) implements Port {
        static Plan of(BridgeConfig config) {
            Plan random = RandomNames.pair();
            byte[] mac = config.mac();
            return mac == null ? random : new Plan(random.hostName, random.hostMac, mac);
        }

        @Override
        public boolean reachesContainer() {
            return true;
        }

        @Override
        public BridgeRecord writtenTo(BridgeRecord record) {
            return new BridgeRecord(
                    record.entry()
                            .with(BridgeRecord.HOST_VETH, hostName)
                            .with(BridgeRecord.HOST_MAC, MacAddress.format(hostMac))
                            .with(BridgeRecord.CONTAINER_MAC, MacAddress.format(containerMac)));
        }

        @Override
        public void join(
                BridgeConfig config,
                Link bridge,
                NetworkNamespace netns,
                String ifname,
                Links host) {
            create(this, config, bridge, netns, ifname, host);
        }
    }

    /**
     * Makes the pair in one request: the host's end up and a port of the bridge, the container's
     * end down, as the kernel makes it.
     */
    private static void create(
            Plan plan,
            BridgeConfig config,
            Link bridge,
            NetworkNamespace netns,
            String ifname,
            Links host) {
        NewLink inside =
                NewLink.peer(ifname).mac(plan.containerMac).mtu(config.mtu()).namespace(netns.fd());
        NewLink outside =
                NewLink.veth(plan.hostName, inside)
                        .mac(plan.hostMac)
                        .mtu(config.mtu())
                        .txQueueLength(0)
                        .master(bridge.index())
                        .up();
        try {
            host.add(outside);
        } catch (KernelException e) {
            if (e.is(Errno.EEXIST)) {
                throw alreadyThere(ifname, netns.path());
            }
            throw e;
        }
    }

    /**
     * Refuses the ADD while the container has an interface of that name; whose it is does not
     * matter.
     */
    static void requireFree(String ifname, NetworkNamespace netns, Links container) {
        if (container.find(ifname).isPresent()) {
            throw alreadyThere(ifname, netns.path());
        }
    }

    private static CniException alreadyThere(String ifname, String netns) {
        return new CniException(
                ErrorCode.ALREADY_ATTACHED,
                "create "
                        + ifname
                        + " in "
                        + netns
                        + ": the container already has an interface of that name",
                "DEL the attachment first, or use another CNI_IFNAME");
    }

    /** Settings of the port that are not its VLANs. */
    static void configurePort(BridgeConfig config, Links host, int port) {
        if (config.hairpin()) {
            host.setHairpin(port, true);
        }
        if (config.portIsolation()) {
            host.setIsolated(port, true);
        }
        PortVlans.apply(config, host, port);
    }

    /**
     * Waits until the port lets frames through, which the kernel decides a moment after both ends
     * are up. Throws code 100 if it does not within three seconds.
     */
    static Link awaitUp(String port, NetlinkSocket host) {
        Links links = new Links(host);
        int state = 0;
        for (long wait : PORT_WAITS_MS) {
            pause(wait);
            Link link =
                    links.find(port)
                            .orElseThrow(() ->
                                    new KernelException("find bridge port " + port, Errno.ENODEV));
            state = link.operState();
            if (state == IfFlags.IF_OPER_UP) {
                return link;
            }
        }
        throw new CniException(
                ErrorCode.KERNEL,
                "wait for bridge port "
                        + port
                        + " to come up: its operational state stays "
                        + state,
                "see `ip -d link show "
                        + port
                        + "`; a network daemon of the host may have set it down");
    }

    private static void pause(long milliseconds) {
        if (milliseconds > 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(milliseconds));
        }
    }
}
