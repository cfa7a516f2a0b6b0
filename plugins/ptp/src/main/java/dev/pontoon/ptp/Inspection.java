package dev.pontoon.ptp;

import dev.pontoon.attachment.ContainerInspection;
import dev.pontoon.attachment.Forwarding;
import dev.pontoon.attachment.Masquerading;
import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.Route;
import dev.pontoon.linux.Routes;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.plugin.Findings;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/**
 * CHECK: follows the path of a packet, from the container's interface by its gateway to the host's
 * end, and back by the host's route, and throws at the first thing that is not as it should be.
 */
final class Inspection {
    private final Request.Check request;
    private final PtpConfig config;
    private final HostSockets host;
    private final ContainerInspection inside;
    private final Findings findings;

    Inspection(
            Request.Check request,
            PtpConfig config,
            AddResult previous,
            HostSockets host,
            NetlinkSocket container) {
        this.request = request;
        this.config = config;
        this.host = host;
        this.inside = new ContainerInspection(request, previous, container);
        this.findings = new Findings(request.attachment());
    }

    void run() {
        NetworkInterface listed = inside.listedInterface();
        List<IpConfig> ips = inside.ownAddresses(listed);
        Link link = inside.requireLink(listed, false);
        inside.requireVeth(link);
        inside.requireAddresses(link, ips);
        inspectRoutes(link, ips);
        Link end = inspectHostEnd(link);
        inspectGateways(end, ips);
        inspectWayBack(end, ips);
        Forwarding.require(findings, AddressPlan.cidrs(ips));
        if (config.masquerades()) {
            new Masquerading(host, request.environment())
                    .require(request.attachment(), AddressPlan.cidrs(ips));
        }
    }

    private void inspectRoutes(Link link, List<IpConfig> ips) {
        List<Route> present = inside.routes();
        for (ContainerRoute each : ContainerRoute.allOf(ips)) {
            inside.requireRoute(present, link, each.to(), each.gateway());
        }
        inside.requireListedRoutes(present);
    }

    private Link inspectHostEnd(Link link) {
        Optional<Link> peer = new Links(host.route()).find(link.peer());
        if (peer.isEmpty() || !peer.get().isVeth() || !inside.listsOnHost(peer.get().name())) {
            throw findings.failed("the host's end of " + link.name() + " is gone");
        }
        Link end = peer.get();
        if (!end.up()) {
            throw findings.failed(end.name() + " is down");
        }
        if (config.mtu() != 0) {
            findings.requireEqual(
                    "the MTU of " + end.name(),
                    Integer.toString(config.mtu()),
                    Integer.toString(end.mtu()));
        }
        return end;
    }

    private void inspectGateways(Link end, List<IpConfig> ips) {
        List<Address> present = new Addresses(host.route()).list(end.index());
        for (Ip wanted : AddressPlan.gateways(ips)) {
            boolean found = false;
            for (Address each : present) {
                found |= each.is(wanted.bytes());
            }
            if (!found) {
                throw findings.failed(end.name() + " does not have the gateway address " + wanted);
            }
        }
    }

    private void inspectWayBack(Link end, List<IpConfig> ips) {
        for (IpConfig ip : ips) {
            if (!isReached(AddressPlan.alone(ip.address().address()), end)) {
                throw findings.failed(
                        "the host has no route to "
                                + ip.address().address()
                                + " over "
                                + end.name());
            }
        }
    }

    private boolean isReached(Cidr address, Link end) {
        int family = address.isV4() ? Netlink.AF_INET : Netlink.AF_INET6;
        for (Route each : new Routes(host.route()).list(family, RtNetlink.RT_TABLE_MAIN)) {
            if (each.leadsTo(address.address().bytes(), address.prefixLength())
                    && each.over(end.index())) {
                return true;
            }
        }
        return false;
    }
}
