package dev.pontoon.ptp;

import dev.pontoon.attachment.HostIpv6;
import dev.pontoon.linux.Batch;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.Route;
import dev.pontoon.linux.uapi.IfAddr;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import java.util.List;

/**
 * The host's end: it has the gateways' addresses, as other ends on the host may have, and the
 * routes to the container's:
 *
 * <pre>
 *   10.1.2.1/32 on veth12ab34cd
 *   10.1.2.2 dev veth12ab34cd scope host
 * </pre>
 *
 * All of it goes with the link.
 */
final class HostEnd {
    private final Link veth;
    private final NetlinkSocket host;

    HostEnd(Link veth, NetlinkSocket host) {
        this.veth = veth;
        this.host = host;
    }

    /**
     * Makes the host the gateway of these addresses. Throws code 102 if the host has another route
     * to one of them.
     */
    void serve(List<IpConfig> ips) {
        HostIpv6.refuseRouterAdvertisements(veth.name());
        if (hasV6(ips)) {
            HostIpv6.skipDetection(veth.name());
            HostIpv6.enable(veth.name());
        }
        Batch batch = new Batch(host);
        for (Ip gateway : AddressPlan.gateways(ips)) {
            int flags = gateway.isV4() ? 0 : IfAddr.IFA_F_NODAD;
            batch.addresses().add(veth.index(), gateway.bytes(), gateway.bits(), flags);
        }
        for (IpConfig ip : ips) {
            batch.routes().add(routeTo(ip.address().address()));
        }
        try {
            batch.execute();
        } catch (KernelException e) {
            throw e.is(Errno.EEXIST) ? taken(e) : e;
        }
    }

    private static boolean hasV6(List<IpConfig> ips) {
        for (IpConfig ip : ips) {
            if (!ip.address().isV4()) {
                return true;
            }
        }
        return false;
    }

    /** With the scope that the reference plugins give it, which IPv6 does not know. */
    private Route routeTo(Ip address) {
        Cidr to = AddressPlan.alone(address);
        Route.Builder route = Route.to(to.address().bytes(), to.prefixLength(), veth.index());
        return address.isV4() ? route.scope(RtNetlink.RT_SCOPE_HOST).build() : route.build();
    }

    private static CniException taken(KernelException refusal) {
        return new CniException(
                        ErrorCode.ALREADY_ATTACHED,
                        String.valueOf(refusal.getMessage()),
                        "the host routes this address elsewhere: DEL the container that has it, or"
                                + " give the networks of this host different subnets")
                .because(refusal);
    }
}
