package dev.pontoon.bridge;

import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.Route;
import dev.pontoon.linux.Routes;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.IpConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * A container's interface that an earlier plugin of the chain made: what it has already is that
 * plugin's, and only what it lacks is added, and taken back again.
 */
final class ForeignInterface {
    private final NetlinkSocket socket;
    private final Link link;

    ForeignInterface(NetlinkSocket socket, Link link) {
        this.socket = socket;
        this.link = link;
    }

    /** The addresses among these that the interface does not have yet. */
    List<Cidr> missingAddresses(List<IpConfig> ips) {
        List<Address> present = new Addresses(socket).list(link.index());
        List<Cidr> missing = new ArrayList<>();
        for (IpConfig ip : ips) {
            byte[] wanted = ip.address().address().bytes();
            int prefixLength = ip.address().prefixLength();
            if (!isAmong(present, wanted, prefixLength)) {
                missing.add(ip.address());
            }
        }
        return missing;
    }

    private static boolean isAmong(List<Address> present, byte[] wanted, int prefixLength) {
        for (Address each : present) {
            if (each.is(wanted, prefixLength)) {
                return true;
            }
        }
        return false;
    }

    /** The routes among these that the container does not have yet. */
    List<Route> missingRoutes(List<Route> wanted) {
        Routes routes = new Routes(socket);
        List<Route> missing = new ArrayList<>();
        for (Route each : wanted) {
            if (!isAmong(routes.list(each.family(), each.table()), each)) {
                missing.add(each);
            }
        }
        return missing;
    }

    private static boolean isAmong(List<Route> present, Route wanted) {
        for (Route each : present) {
            if (isSame(each, wanted)) {
                return true;
            }
        }
        return false;
    }

    /** The kernel gives IPv6 routes a metric where none was asked for. */
    private static boolean isSame(Route present, Route wanted) {
        byte[] gateway = wanted.gateway();
        return present.leadsTo(wanted.destination(), wanted.prefixLength())
                && present.over(wanted.link())
                && (gateway == null ? present.gateway() == null : present.via(gateway))
                && (wanted.metric() == 0 || wanted.metric() == present.metric());
    }
}
