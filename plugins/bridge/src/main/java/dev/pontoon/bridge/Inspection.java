package dev.pontoon.bridge;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.MacAddress;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.Routes;
import dev.pontoon.linux.VlanRange;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import dev.pontoon.protocol.Route;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * CHECK: follows the path of a packet, from the container's interface through the port, the bridge
 * and its gateway address to forwarding and masquerading, and throws at the first thing that is not
 * as it should be. Reads only. What later plugins changed is in the previous result and counts as
 * right; more than there should be is nobody's fault.
 */
final class Inspection {
    private final Request.Check request;
    private final BridgeConfig config;
    private final AddResult previous;
    private final Optional<EarlierLinkRecord> earlier;
    private final HostSockets host;
    private final NetlinkSocket container;
    private final Attachment attachment;

    Inspection(
            Request.Check request,
            BridgeConfig config,
            AddResult previous,
            Ledger ledger,
            HostSockets host,
            NetlinkSocket container) {
        this.request = request;
        this.config = config;
        this.previous = previous;
        this.host = host;
        this.container = container;
        this.attachment = request.attachment();
        this.earlier =
                ledger.find(attachment, BridgePlugin.NAME)
                        .flatMap(entry -> EarlierLinkRecord.of(new BridgeRecord(entry)));
    }

    void run() {
        if (earlier.isPresent()) {
            inspectEarlierLink(earlier.get());
        } else {
            inspectVethPair();
        }
    }

    private void inspectVethPair() {
        NetworkInterface listed = listedContainerInterface();
        List<IpConfig> ips = ownAddresses(listed);
        Link inside = inspectContainerLink(listed);
        if (!inside.isVeth()) {
            throw failed(inside.name() + " is no veth but of kind " + inside.kind().name());
        }
        inspectAddresses(inside, ips);
        inspectRoutes();
        Link bridge = inspectBridge();
        Link port = inspectPort(inside, bridge);
        inspectGateway(bridge, ips);
        inspectMasquerade(ips);
        inspectSpoofCheck(port, inside.mac());
    }

    private void inspectEarlierLink(EarlierLinkRecord record) {
        byte[] mac = record.record().containerMac();
        if (record.reachesContainer()) {
            NetworkInterface listed = listedContainerInterface();
            Link inside = inspectContainerLink(listed);
            inspectAddresses(inside, ownAddresses(listed));
            inspectRoutes();
            mac = inside.mac();
        }
        Link bridge = inspectBridge();
        Link port =
                new Links(host.route())
                        .find(record.record().hostVeth())
                        .filter(record::isHost)
                        .orElseThrow(() ->
                                failed("the link " + record.record().hostVeth() + " is gone"));
        inspectPortSettings(port, bridge);
        List<IpConfig> ips = addressesGiven(record.record().addresses());
        inspectGateway(bridge, ips);
        inspectMasquerade(ips);
        inspectSpoofCheck(port, mac);
    }

    /** Earlier plugins may have given the interface others, and serve those themselves. */
    private List<IpConfig> addressesGiven(List<Cidr> given) {
        List<IpConfig> ips = new ArrayList<>();
        for (IpConfig ip : previous.ips()) {
            if (given.contains(ip.address())) {
                ips.add(ip);
            }
        }
        return ips;
    }

    private NetworkInterface listedContainerInterface() {
        for (NetworkInterface each : previous.interfaces()) {
            if (each.name().equals(attachment.ifname()) && !each.sandbox().isEmpty()) {
                if (!each.sandbox().equals(request.environment().netns())) {
                    throw failed(
                            "the previous result has "
                                    + each.name()
                                    + " in "
                                    + each.sandbox()
                                    + ", CNI_NETNS is "
                                    + request.environment().netns());
                }
                return each;
            }
        }
        throw failed(
                "the previous result does not list " + attachment.ifname() + " in a container");
    }

    /** Addresses of other interfaces in the chain's result are other plugins' business. */
    private List<IpConfig> ownAddresses(NetworkInterface listed) {
        List<IpConfig> own = new ArrayList<>();
        int index = indexOf(listed);
        for (IpConfig ip : previous.ips()) {
            if (ip.interfaceIndex() == null || ip.interfaceIndex() == index) {
                own.add(ip);
            }
        }
        return own;
    }

    /** Of two that are alike the first, as {@link List#indexOf} has it. */
    private int indexOf(NetworkInterface listed) {
        int index = 0;
        while (previous.interfaces().get(index) != listed) {
            index++;
        }
        return index;
    }

    private Link inspectContainerLink(NetworkInterface listed) {
        Link link =
                new Links(container)
                        .find(listed.name())
                        .orElseThrow(
                                () -> failed("the container has no interface " + listed.name()));
        String name = listed.name();
        if (!config.disableContainerInterface() && !link.up()) {
            throw failed(name + " is down");
        }
        requireEqual("the MAC of " + name, listed.mac(), link.macText());
        if (listed.mtu() != 0) {
            requireEqual(
                    "the MTU of " + name,
                    Integer.toString(listed.mtu()),
                    Integer.toString(link.mtu()));
        }
        return link;
    }

    private void inspectAddresses(Link inside, List<IpConfig> ips) {
        List<Address> present = new Addresses(container).list(inside.index());
        for (IpConfig ip : ips) {
            Cidr wanted = ip.address();
            boolean found = false;
            for (Address each : present) {
                found |= each.is(wanted.address().bytes(), wanted.prefixLength());
            }
            if (!found) {
                throw failed(inside.name() + " does not have the address " + wanted);
            }
        }
    }

    private void inspectRoutes() {
        List<dev.pontoon.linux.Route> present = new ArrayList<>();
        Routes routes = new Routes(container);
        present.addAll(routes.list(Netlink.AF_INET, RtNetlink.RT_TABLE_UNSPEC));
        present.addAll(routes.list(Netlink.AF_INET6, RtNetlink.RT_TABLE_UNSPEC));
        for (Route wanted : previous.routes()) {
            if (!isPresent(wanted, present)) {
                throw failed("the container has no route to " + describe(wanted));
            }
        }
    }

    private static boolean isPresent(Route wanted, List<dev.pontoon.linux.Route> present) {
        Cidr to = wanted.destination();
        Ip gateway = wanted.gateway();
        for (dev.pontoon.linux.Route each : present) {
            boolean sameDestination =
                    each.leadsTo(to.address().masked(to.prefixLength()).bytes(), to.prefixLength());
            boolean sameGateway =
                    gateway == null || wanted.isDefault() || each.via(gateway.bytes());
            boolean sameTable = isInTable(wanted, each.table());
            if (sameDestination && sameGateway && sameTable) {
                return true;
            }
        }
        return false;
    }

    /** Where no table was asked for, a later plugin may have moved the route to one. */
    private static boolean isInTable(Route wanted, int table) {
        Integer asked = wanted.table();
        if (asked == null) {
            return true;
        }
        return AddressPlan.isInMainTable(wanted)
                ? table == RtNetlink.RT_TABLE_MAIN
                : table == asked;
    }

    private static String describe(Route route) {
        return route.destination() + (route.gateway() == null ? "" : " via " + route.gateway());
    }

    private Link inspectBridge() {
        Link bridge =
                new HostBridge(config, host.route())
                        .find()
                        .orElseThrow(() -> failed("the bridge " + config.bridge() + " is gone"));
        if (!bridge.up()) {
            throw failed("the bridge " + bridge.name() + " is down");
        }
        if (config.promiscuous() && !bridge.promiscuous()) {
            throw failed("the bridge " + bridge.name() + " is no longer promiscuous");
        }
        for (NetworkInterface each : previous.interfaces()) {
            if (each.name().equals(bridge.name()) && each.sandbox().isEmpty()) {
                requireEqual("the MAC of " + bridge.name(), each.mac(), bridge.macText());
            }
        }
        if (config.usesVlans() && !bridge.vlanFiltering()) {
            throw failed("the bridge " + bridge.name() + " does not filter VLANs");
        }
        return bridge;
    }

    private Link inspectPort(Link inside, Link bridge) {
        Optional<Link> peer = new Links(host.route()).find(inside.peer());
        if (peer.isEmpty() || !peer.get().isVeth() || !isListed(peer.get())) {
            throw failed("the host's end of " + inside.name() + " is gone");
        }
        Link port = peer.get();
        inspectPortSettings(port, bridge);
        if (config.mtu() != 0) {
            requireEqual(
                    "the MTU of " + port.name(),
                    Integer.toString(config.mtu()),
                    Integer.toString(port.mtu()));
        }
        return port;
    }

    private void inspectPortSettings(Link port, Link bridge) {
        if (port.master() != bridge.index()) {
            throw failed(port.name() + " is no port of the bridge " + bridge.name());
        }
        if (!port.up()) {
            throw failed(port.name() + " is down");
        }
        requireEqual(
                "hairpin mode of " + port.name(),
                Boolean.toString(config.hairpin()),
                Boolean.toString(port.hairpin()));
        requireEqual(
                "isolation of " + port.name(),
                Boolean.toString(config.portIsolation()),
                Boolean.toString(port.isolated()));
        inspectVlans(port);
    }

    private boolean isListed(Link port) {
        for (NetworkInterface each : previous.interfaces()) {
            if (each.sandbox().isEmpty() && each.name().equals(port.name())) {
                return true;
            }
        }
        return false;
    }

    private void inspectVlans(Link port) {
        List<VlanRange> wanted = PortVlans.wanted(config);
        if (wanted.isEmpty()) {
            return;
        }
        BitSet missing = PortVlans.missing(wanted, new Links(host.route()).vlans(port.index()));
        if (!missing.isEmpty()) {
            throw failed(port.name() + " is not in the VLANs " + missing);
        }
    }

    private void inspectGateway(Link bridge, List<IpConfig> ips) {
        if (!config.isGateway() || ips.isEmpty()) {
            return;
        }
        Link gateway =
                config.vlan() == 0
                        ? bridge
                        : new Links(host.route())
                                .find(config.gatewayLink())
                                .orElseThrow(() ->
                                        failed(
                                                "the gateway link "
                                                        + config.gatewayLink()
                                                        + " is gone"));
        List<Address> present = new Addresses(host.route()).list(gateway.index());
        for (Cidr wanted : BridgePlugin.gateways(ips)) {
            boolean found = false;
            for (Address each : present) {
                found |= each.is(wanted.address().bytes());
            }
            if (!found) {
                throw failed(gateway.name() + " does not have the gateway address " + wanted);
            }
            inspectForwarding(wanted);
        }
    }

    private void inspectForwarding(Cidr address) {
        if (!HostBridge.isForwarding(address)) {
            throw failed(
                    "the host does not forward packets: "
                            + String.join(".", HostBridge.forwardingSetting(address))
                            + " is not 1");
        }
    }

    private void inspectMasquerade(List<IpConfig> ips) {
        if (!config.masquerades()) {
            return;
        }
        for (IpConfig ip : ips) {
            if (!isMasqueraded(ip.address())) {
                throw failed("traffic of " + ip.address() + " is not masqueraded");
            }
        }
    }

    /**
     * By whichever backend: the container may have been attached before the configuration changed.
     */
    private boolean isMasqueraded(Cidr address) {
        if (Nftables.isAvailable(host.netfilter())) {
            Masquerade masquerade = new Masquerade(host.netfilter());
            if (masquerade.isHooked() && masquerade.has(attachment, address)) {
                return true;
            }
            if (new ReferenceArtefacts(host.netfilter()).masquerades(attachment, address)) {
                return true;
            }
        }
        String path = BridgePlugin.searchPath(request.environment());
        return !ReferenceArtefacts.legacyNat().isEmpty()
                && Program.find("iptables-legacy", path).isPresent()
                && IptablesMasquerade.ofXtables(path).has(attachment, address);
    }

    private void inspectSpoofCheck(Link port, byte[] mac) {
        if (!config.macSpoofCheck()) {
            return;
        }
        boolean checked =
                new MacSpoofCheck(host.netfilter()).has(port.name(), mac)
                        || new ReferenceArtefacts(host.netfilter()).checksMacs(attachment);
        if (!checked) {
            throw failed(
                    "frames of "
                            + port.name()
                            + " are not checked for the MAC "
                            + MacAddress.format(mac));
        }
    }

    private void requireEqual(String what, String wanted, String found) {
        if (!wanted.isEmpty() && !wanted.equalsIgnoreCase(found)) {
            throw failed(what + " is " + found + " and should be " + wanted);
        }
    }

    private CniException failed(String what) {
        return new CniException(
                ErrorCode.CHECK_FAILED,
                "check " + attachment + ": " + what,
                "detach and attach the container again");
    }
}
