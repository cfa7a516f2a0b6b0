package dev.pontoon.bridge;

import dev.pontoon.attachment.HostIpv6;
import dev.pontoon.attachment.RandomNames;
import dev.pontoon.attachment.VethPair;
import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.MacAddress;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NewLink;
import dev.pontoon.linux.uapi.IfAddr;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The bridge of a network, shared by all its containers. It is made when it is missing and stays
 * when they leave, unless the configuration says otherwise; of one that is there, MTU and VLAN
 * filtering are left alone, and so is its MAC.
 */
final class HostBridge {
    private final BridgeConfig config;
    private final Links links;
    private final Addresses addresses;

    HostBridge(BridgeConfig config, NetlinkSocket host) {
        this.config = config;
        this.links = new Links(host);
        this.addresses = new Addresses(host);
    }

    /**
     * The bridge, up. Throws code 7 if a link of that name is no bridge, or is one that would let
     * every VLAN through.
     */
    Link ensure() {
        Link bridge = find().orElseGet(this::create);
        requireFiltering(bridge);
        if (config.promiscuous() && !bridge.promiscuous()) {
            links.setPromiscuous(bridge.index(), true);
        }
        if (!bridge.up()) {
            links.setUp(bridge.index());
        }
        return bridge;
    }

    private void requireFiltering(Link bridge) {
        if (config.usesVlans() && !bridge.vlanFiltering()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "use VLANs on " + bridge.name() + ": it does not filter VLANs",
                    "run `ip link set "
                            + bridge.name()
                            + " type bridge vlan_filtering 1`, or give the network another"
                            + " \"bridge\"");
        }
    }

    /** The bridge if it is there. Throws code 7 if a link of that name is no bridge. */
    Optional<Link> find() {
        Optional<Link> found = links.find(config.bridge());
        if (found.isPresent() && !found.get().isBridge()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "use " + config.bridge() + " as a bridge: it is a link of another kind",
                    "rename that link, or give the network another \"bridge\"");
        }
        return found;
    }

    private Link create() {
        // With a MAC of its own from the start: otherwise it would be that of whichever port is
        // lowest, and network daemons of the host would be tempted to set another.
        NewLink wanted =
                NewLink.bridge(config.bridge()).mac(RandomNames.mac()).mtu(config.mtu()).up();
        if (config.usesVlans()) {
            wanted.vlanFiltering();
        }
        try {
            links.add(wanted);
        } catch (KernelException e) {
            // Another call made it at this moment.
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
        }
        HostIpv6.refuseRouterAdvertisements(config.bridge());
        return find().orElseThrow(
                        () -> new KernelException("find bridge " + config.bridge(), Errno.ENODEV));
    }

    /**
     * Gives the bridge back the MAC it had before a port joined. A bridge that nobody gave a MAC
     * takes that of its lowest port: whoever knew its old one would lose it.
     *
     * @return the bridge as it is then; its MTU may have become that of the port
     */
    Link keepMac(Link before) {
        Link now = require(before.index());
        if (now.macText().equals(before.macText())) {
            return now;
        }
        boolean hadOne = MacAddress.isUnicast(before.mac());
        links.setMac(before.index(), hadOne ? before.mac() : RandomNames.mac());
        return require(before.index());
    }

    /**
     * Gives a link the gateway's addresses. Throws code 7 if it has a conflicting one and force was
     * not asked for; nothing is changed then.
     */
    void ensureAddresses(Link gateway, List<Cidr> wanted) {
        List<Address> present = addresses.list(gateway.index());
        List<Cidr> conflicting = conflicting(wanted, present);
        if (!conflicting.isEmpty()) {
            requireForce(gateway, wanted, conflicting);
            for (Cidr each : conflicting) {
                deleteIfPresent(gateway, each);
            }
            // With the first address of a subnet the kernel deletes the others of it.
            present = addresses.list(gateway.index());
        }
        for (Cidr each : wanted) {
            if (!isPresent(each, present)) {
                add(gateway, each);
            }
        }
    }

    private void requireForce(Link gateway, List<Cidr> wanted, List<Cidr> conflicting) {
        if (!config.forceAddress()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "give "
                            + gateway.name()
                            + " the gateway address "
                            + wanted
                            + ": it already has "
                            + conflicting,
                    "correct the subnet, remove that address, or set forceAddress");
        }
    }

    private void deleteIfPresent(Link gateway, Cidr address) {
        try {
            addresses.delete(gateway.index(), address.address().bytes(), address.prefixLength());
        } catch (KernelException e) {
            if (!e.is(Errno.EADDRNOTAVAIL)) {
                throw e;
            }
        }
    }

    private void add(Link gateway, Cidr address) {
        if (!address.isV4()) {
            HostIpv6.enable(gateway.name());
        }
        int flags = address.isV4() ? 0 : IfAddr.IFA_F_NODAD;
        try {
            addresses.add(
                    gateway.index(), address.address().bytes(), address.prefixLength(), flags);
        } catch (KernelException e) {
            // Another call added it at this moment.
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
        }
    }

    private static boolean isPresent(Cidr wanted, List<Address> present) {
        for (Address each : present) {
            if (each.is(wanted.address().bytes(), wanted.prefixLength())) {
                return true;
            }
        }
        return false;
    }

    private static List<Cidr> conflicting(List<Cidr> wanted, List<Address> present) {
        List<Cidr> conflicting = new ArrayList<>();
        for (Address each : present) {
            Cidr other = new Cidr(Ip.of(each.address()), each.prefixLength());
            if (!wanted.contains(other) && conflicts(other, wanted)) {
                conflicting.add(other);
            }
        }
        return conflicting;
    }

    /**
     * Of IPv4 a bridge has the wanted addresses only; of IPv6 several networks live side by side.
     */
    private static boolean conflicts(Cidr other, List<Cidr> wanted) {
        for (Cidr each : wanted) {
            if (each.isV4() == other.isV4() && (each.isV4() || other.overlaps(each))) {
                return true;
            }
        }
        return false;
    }

    /**
     * The link for the gateway's addresses: the bridge itself, or for a VLAN one end of a veth pair
     * whose other end is a port of the bridge in that VLAN.
     */
    Link gatewayLink(Link bridge) {
        if (config.vlan() == 0) {
            return bridge;
        }
        Link gateway = links.find(config.gatewayLink()).orElseGet(() -> createVlanGateway(bridge));
        // It is set up last: one that is down is in the making, or was left so by a killed call.
        return gateway.up() || !gateway.isVeth() ? gateway : complete(gateway, bridge);
    }

    private Link createVlanGateway(Link bridge) {
        String name = config.gatewayLink();
        VethPair random = VethPair.random();
        NewLink end = NewLink.peer(name).mac(random.containerMac()).mtu(config.mtu());
        try {
            links.add(
                    NewLink.veth(random.hostName(), end)
                            .mac(random.hostMac())
                            .mtu(config.mtu())
                            .master(bridge.index())
                            .up());
        } catch (KernelException e) {
            // Another call made it at this moment.
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
        }
        // That was one more port.
        keepMac(bridge);
        return require(name);
    }

    /** Each step may have been done already, or be done by another call at this moment. */
    private Link complete(Link gateway, Link bridge) {
        Optional<Link> port = links.find(gateway.peer());
        if (port.isPresent() && port.get().master() == bridge.index()) {
            int index = port.get().index();
            links.removeVlan(index, 1, 1);
            links.addVlan(index, config.vlan(), config.vlan(), true, true);
        }
        links.setUp(gateway.index());
        return require(gateway.name());
    }

    private Link require(int index) {
        return links.find(index)
                .orElseThrow(
                        () -> new KernelException("find bridge " + config.bridge(), Errno.ENODEV));
    }

    private Link require(String name) {
        return links.find(name)
                .orElseThrow(() -> new KernelException("find link " + name, Errno.ENODEV));
    }
}
