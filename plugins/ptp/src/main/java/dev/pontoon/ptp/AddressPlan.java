package dev.pontoon.ptp;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import java.util.ArrayList;
import java.util.List;

/** What an IPAM plugin gave, if a link between two can be made of it. */
final class AddressPlan {
    private static final int LEAST_IPV6_MTU = 1280;

    private AddressPlan() {}

    /**
     * The addresses on the container's interface. Throws code 7 if there is none, or one without a
     * gateway that the host can be, or one that the MTU is too small for.
     */
    static AddResult of(AddResult given, PtpConfig config) {
        if (given.ips().isEmpty()) {
            throw refused("the ipam plugin gave no address", "configure addresses in ipam");
        }
        List<IpConfig> ips = new ArrayList<>();
        for (IpConfig ip : given.ips()) {
            requireGateway(ip);
            requireMtu(ip.address(), config.mtu());
            ips.add(ip.on(PtpPlugin.CONTAINER_INDEX));
        }
        return new AddResult(List.of(), ips, given.routes(), given.dns());
    }

    private static void requireGateway(IpConfig ip) {
        Cidr address = ip.address();
        Ip gateway = ip.gateway();
        if (gateway == null) {
            throw refused(
                    "ipam gave " + address + " without a gateway, which the host is to be",
                    "name a gateway in ipam: all traffic of a ptp link goes through it");
        }
        if (gateway.isV4() != address.isV4() || gateway.equals(address.address())) {
            throw refused(
                    "ipam gave " + address + " with the gateway " + gateway,
                    "the gateway must be another address of the same IP version");
        }
    }

    private static void requireMtu(Cidr address, int mtu) {
        if (!address.isV4() && mtu != 0 && mtu < LEAST_IPV6_MTU) {
            throw refused(
                    "mtu " + mtu + " is too small for the address " + address,
                    "IPv6 needs an mtu of at least " + LEAST_IPV6_MTU);
        }
    }

    private static CniException refused(String why, String wayOut) {
        return new CniException(
                ErrorCode.INVALID_CONFIG, "make a point-to-point link: " + why, wayOut);
    }

    /** The addresses alone. */
    static List<Cidr> cidrs(List<IpConfig> ips) {
        List<Cidr> cidrs = new ArrayList<>();
        for (IpConfig ip : ips) {
            cidrs.add(ip.address());
        }
        return cidrs;
    }

    /** The gateways, each once, in the order of the addresses. */
    static List<Ip> gateways(List<IpConfig> ips) {
        List<Ip> gateways = new ArrayList<>();
        for (IpConfig ip : ips) {
            Ip gateway = ip.gateway();
            if (gateway != null && !gateways.contains(gateway)) {
                gateways.add(gateway);
            }
        }
        return gateways;
    }

    /** An address as a network of its own: /32 or /128. */
    static Cidr alone(Ip address) {
        return new Cidr(address, address.bits());
    }
}
