package dev.pontoon.attachment;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.Routes;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.plugin.Findings;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import dev.pontoon.protocol.Route;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The container's half of a CHECK. Every part throws code 103 at the first thing that is not as it
 * should be. Reads only. What later plugins changed is in the previous result and counts as right;
 * more than there should be is nobody's fault.
 */
public final class ContainerInspection {
    private final Request.Check request;
    private final AddResult previous;
    private final NetlinkSocket socket;
    private final Findings findings;

    /**
     * @param previous the result of the last ADD
     * @param socket a socket into the container's namespace
     */
    public ContainerInspection(Request.Check request, AddResult previous, NetlinkSocket socket) {
        this.request = request;
        this.previous = previous;
        this.socket = socket;
        this.findings = new Findings(request.attachment());
    }

    /** The container's interface as the previous result lists it, in this very namespace. */
    public NetworkInterface listedInterface() {
        String ifname = request.attachment().ifname();
        for (NetworkInterface each : previous.interfaces()) {
            if (each.name().equals(ifname) && !each.sandbox().isEmpty()) {
                if (!each.sandbox().equals(request.environment().netns())) {
                    throw findings.failed(
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
        throw findings.failed("the previous result does not list " + ifname + " in a container");
    }

    /** Addresses of other interfaces in the chain's result are other plugins' business. */
    public List<IpConfig> ownAddresses(NetworkInterface listed) {
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

    /** The interface with the MAC and MTU that are listed, and up unless it need not be. */
    public Link requireLink(NetworkInterface listed, boolean mayBeDown) {
        String name = listed.name();
        Link link =
                new Links(socket)
                        .find(name)
                        .orElseThrow(
                                () -> findings.failed("the container has no interface " + name));
        if (!mayBeDown && !link.up()) {
            throw findings.failed(name + " is down");
        }
        findings.requireEqual("the MAC of " + name, listed.mac(), link.macText());
        if (listed.mtu() != 0) {
            findings.requireEqual(
                    "the MTU of " + name,
                    Integer.toString(listed.mtu()),
                    Integer.toString(link.mtu()));
        }
        return link;
    }

    /** That the interface is an end of a veth pair. */
    public void requireVeth(Link inside) {
        if (!inside.isVeth()) {
            throw findings.failed(
                    inside.name() + " is no veth but of kind " + inside.kind().name());
        }
    }

    /** Whether the previous result has a link of that name on the host. */
    public boolean listsOnHost(String name) {
        for (NetworkInterface each : previous.interfaces()) {
            if (each.sandbox().isEmpty() && each.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /** That the interface has these addresses. */
    public void requireAddresses(Link inside, List<IpConfig> ips) {
        List<Address> present = new Addresses(socket).list(inside.index());
        for (IpConfig ip : ips) {
            Cidr wanted = ip.address();
            boolean found = false;
            for (Address each : present) {
                found |= each.is(wanted.address().bytes(), wanted.prefixLength());
            }
            if (!found) {
                throw findings.failed(inside.name() + " does not have the address " + wanted);
            }
        }
    }

    /** All routes of the container, of both IP versions and in every table. */
    public List<dev.pontoon.linux.Route> routes() {
        Routes routes = new Routes(socket);
        List<dev.pontoon.linux.Route> present = new ArrayList<>();
        present.addAll(routes.list(Netlink.AF_INET, RtNetlink.RT_TABLE_UNSPEC));
        present.addAll(routes.list(Netlink.AF_INET6, RtNetlink.RT_TABLE_UNSPEC));
        return present;
    }

    /** That the routes of the previous result are among these. */
    public void requireListedRoutes(List<dev.pontoon.linux.Route> present) {
        for (Route wanted : previous.routes()) {
            if (!isAmong(present, wanted)) {
                throw noRouteTo(wanted.destination(), wanted.gateway());
            }
        }
    }

    /** That there is a route to a network over this link, by this gateway; null for none. */
    public void requireRoute(
            List<dev.pontoon.linux.Route> present, Link inside, Cidr to, @Nullable Ip gateway) {
        for (dev.pontoon.linux.Route each : present) {
            if (each.leadsTo(to.address().bytes(), to.prefixLength())
                    && each.over(inside.index())
                    && each.type() == RtNetlink.RTN_UNICAST
                    && (gateway == null ? each.gateway() == null : each.via(gateway.bytes()))) {
                return;
            }
        }
        throw noRouteTo(to, gateway);
    }

    private CniException noRouteTo(Cidr to, @Nullable Ip gateway) {
        return findings.failed(
                "the container has no route to " + to + (gateway == null ? "" : " via " + gateway));
    }

    private static boolean isAmong(List<dev.pontoon.linux.Route> present, Route wanted) {
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

    /**
     * Where no table was asked for, a later plugin may have moved the route to one. The kernel
     * takes table 0 for the main one.
     */
    private static boolean isInTable(Route wanted, int table) {
        Integer asked = wanted.table();
        if (asked == null) {
            return true;
        }
        return asked == RtNetlink.RT_TABLE_UNSPEC
                ? table == RtNetlink.RT_TABLE_MAIN
                : table == asked;
    }
}
