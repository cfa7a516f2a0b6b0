package dev.pontoon.bandwidth;

import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.Optional;

/**
 * The host's end of the veth pair whose other end is the container's interface, by the kernel's
 * word: what earlier plugins say they made may be incomplete.
 */
final class HostVeth {
    private final Links host;
    private final Links container;
    private final String ifname;
    private final String netns;

    /** {@code netns} is the path of the container's namespace, for messages. */
    HostVeth(NetlinkSocket host, NetlinkSocket container, String ifname, String netns) {
        this.host = new Links(host);
        this.container = new Links(container);
        this.ifname = ifname;
        this.netns = netns;
    }

    /** Empty if the container has no such interface, or it leads elsewhere. */
    Optional<Link> find() {
        return container.find(ifname).filter(Link::isVeth).flatMap(this::peer);
    }

    /** Throws code 7 if there is none. */
    Link require() {
        Link inside =
                container
                        .find(ifname)
                        .orElseThrow(() -> missing(netns + " has no interface " + ifname));
        if (!inside.isVeth()) {
            throw missing(ifname + " is no veth but of kind " + inside.kind().name());
        }
        return peer(inside)
                .orElseThrow(() ->
                        missing("the other end of " + ifname + " is not in the host's namespace"));
    }

    /** Indexes count in one namespace only, so its number decides whether they mean anything. */
    private Optional<Link> peer(Link inside) {
        if (inside.peerNamespaceId() < 0) {
            return Optional.empty();
        }
        try (NetworkNamespace own = NetworkNamespace.current()) {
            if (container.namespaceId(own) != inside.peerNamespaceId()) {
                return Optional.empty();
            }
        }
        return host.find(inside.peer()).filter(Link::isVeth);
    }

    private CniException missing(String why) {
        return new CniException(
                ErrorCode.INVALID_CONFIG,
                "limit the bandwidth of " + ifname + ": " + why,
                "an earlier plugin of the chain must have made it as a veth pair, such as bridge or"
                        + " ptp");
    }
}
