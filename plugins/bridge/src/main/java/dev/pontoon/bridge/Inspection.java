package dev.pontoon.bridge;

import dev.pontoon.attachment.ContainerInspection;
import dev.pontoon.attachment.Forwarding;
import dev.pontoon.attachment.Masquerading;
import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.MacAddress;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.VlanRange;
import dev.pontoon.plugin.Findings;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
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
    private final ContainerInspection inside;
    private final Attachment attachment;
    private final Findings findings;

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
        this.inside = new ContainerInspection(request, previous, container);
        this.attachment = request.attachment();
        this.findings = new Findings(attachment);
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
        NetworkInterface listed = inside.listedInterface();
        List<IpConfig> ips = inside.ownAddresses(listed);
        Link link = inside.requireLink(listed, config.disableContainerInterface());
        inside.requireVeth(link);
        inside.requireAddresses(link, ips);
        inside.requireListedRoutes(inside.routes());
        Link bridge = inspectBridge();
        Link port = inspectPort(link, bridge);
        inspectGateway(bridge, ips);
        inspectMasquerade(ips);
        inspectSpoofCheck(port, link.mac());
    }

    private void inspectEarlierLink(EarlierLinkRecord record) {
        byte[] mac = record.record().containerMac();
        if (record.reachesContainer()) {
            NetworkInterface listed = inside.listedInterface();
            Link link = inside.requireLink(listed, config.disableContainerInterface());
            inside.requireAddresses(link, inside.ownAddresses(listed));
            inside.requireListedRoutes(inside.routes());
            mac = link.mac();
        }
        Link bridge = inspectBridge();
        Link port =
                new Links(host.route())
                        .find(record.record().hostVeth())
                        .filter(record::isHost)
                        .orElseThrow(() ->
                                findings.failed(
                                        "the link " + record.record().hostVeth() + " is gone"));
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

    private Link inspectBridge() {
        Link bridge =
                new HostBridge(config, host.route())
                        .find()
                        .orElseThrow(() ->
                                findings.failed("the bridge " + config.bridge() + " is gone"));
        if (!bridge.up()) {
            throw findings.failed("the bridge " + bridge.name() + " is down");
        }
        if (config.promiscuous() && !bridge.promiscuous()) {
            throw findings.failed("the bridge " + bridge.name() + " is no longer promiscuous");
        }
        for (NetworkInterface each : previous.interfaces()) {
            if (each.name().equals(bridge.name()) && each.sandbox().isEmpty()) {
                findings.requireEqual("the MAC of " + bridge.name(), each.mac(), bridge.macText());
            }
        }
        if (config.usesVlans() && !bridge.vlanFiltering()) {
            throw findings.failed("the bridge " + bridge.name() + " does not filter VLANs");
        }
        return bridge;
    }

    private Link inspectPort(Link link, Link bridge) {
        Optional<Link> peer = new Links(host.route()).find(link.peer());
        if (peer.isEmpty() || !peer.get().isVeth() || !inside.listsOnHost(peer.get().name())) {
            throw findings.failed("the host's end of " + link.name() + " is gone");
        }
        Link port = peer.get();
        inspectPortSettings(port, bridge);
        if (config.mtu() != 0) {
            findings.requireEqual(
                    "the MTU of " + port.name(),
                    Integer.toString(config.mtu()),
                    Integer.toString(port.mtu()));
        }
        return port;
    }

    private void inspectPortSettings(Link port, Link bridge) {
        if (port.master() != bridge.index()) {
            throw findings.failed(port.name() + " is no port of the bridge " + bridge.name());
        }
        if (!port.up()) {
            throw findings.failed(port.name() + " is down");
        }
        findings.requireEqual(
                "hairpin mode of " + port.name(),
                Boolean.toString(config.hairpin()),
                Boolean.toString(port.hairpin()));
        findings.requireEqual(
                "isolation of " + port.name(),
                Boolean.toString(config.portIsolation()),
                Boolean.toString(port.isolated()));
        inspectVlans(port);
    }

    private void inspectVlans(Link port) {
        List<VlanRange> wanted = PortVlans.wanted(config);
        if (wanted.isEmpty()) {
            return;
        }
        BitSet missing = PortVlans.missing(wanted, new Links(host.route()).vlans(port.index()));
        if (!missing.isEmpty()) {
            throw findings.failed(port.name() + " is not in the VLANs " + missing);
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
                                        findings.failed(
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
                throw findings.failed(
                        gateway.name() + " does not have the gateway address " + wanted);
            }
            Forwarding.require(findings, List.of(wanted));
        }
    }

    private void inspectMasquerade(List<IpConfig> ips) {
        if (config.masquerades()) {
            new Masquerading(host, request.environment()).require(attachment, cidrs(ips));
        }
    }

    private static List<Cidr> cidrs(List<IpConfig> ips) {
        List<Cidr> cidrs = new ArrayList<>();
        for (IpConfig ip : ips) {
            cidrs.add(ip.address());
        }
        return cidrs;
    }

    private void inspectSpoofCheck(Link port, byte[] mac) {
        if (!config.macSpoofCheck()) {
            return;
        }
        boolean checked =
                new MacSpoofCheck(host.netfilter()).has(port.name(), mac)
                        || new ReferenceSpoofCheck(host.netfilter()).has(attachment);
        if (!checked) {
            throw findings.failed(
                    "frames of "
                            + port.name()
                            + " are not checked for the MAC "
                            + MacAddress.format(mac));
        }
    }
}
