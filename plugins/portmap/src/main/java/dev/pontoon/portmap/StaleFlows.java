package dev.pontoon.portmap;

import dev.pontoon.linux.ConnectionTracking;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Routes;
import dev.pontoon.linux.TrackedConnection;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Log;
import dev.pontoon.protocol.Ip;
import java.util.List;
import java.util.function.Predicate;

/**
 * Flows of UDP that the kernel leads where a port led before: as long as a client goes on sending,
 * no rule is asked again. That they cannot be forgotten fails no call; they end by themselves.
 */
final class StaleFlows {
    private final HostSockets host;
    private final Log log;

    StaleFlows(HostSockets host, Log log) {
        this.host = host;
        this.log = log;
    }

    /** Forgets those to a newly mapped port of the host that somebody else answers. */
    void forgetElsewhere(List<Forward> forwards) {
        for (Forward forward : forwards) {
            forget(forward, flow -> !leadsTo(forward, flow) && isToHost(forward, flow));
        }
    }

    /** Forgets those that a port led to its container which leads nowhere now. */
    void forgetLed(List<Forward> forwards) {
        for (Forward forward : forwards) {
            forget(forward, flow -> leadsTo(forward, flow));
        }
    }

    private void forget(Forward forward, Predicate<TrackedConnection> stale) {
        if (forward.protocol() != TransportProtocol.UDP) {
            return;
        }
        try {
            ConnectionTracking tracking = new ConnectionTracking(host.netfilter());
            int family = forward.isV4() ? Netlink.AF_INET : Netlink.AF_INET6;
            int udp = forward.protocol().number();
            for (TrackedConnection each : tracking.to(family, udp, forward.hostPort())) {
                if (isToAddress(forward, each) && stale.test(each)) {
                    tracking.forget(each);
                }
            }
        } catch (KernelException e) {
            log.line("cannot forget old flows to " + forward.port() + ": " + e.getMessage());
        }
    }

    private static boolean isToAddress(Forward forward, TrackedConnection flow) {
        return forward.hostIp() == null || forward.hostIp().equals(Ip.of(flow.destination()));
    }

    private static boolean leadsTo(Forward forward, TrackedConnection flow) {
        return flow.answeringPort() == forward.targetPort()
                && forward.target().equals(Ip.of(flow.answering()));
    }

    /** A flow through the host, to the same port of another machine, is none of our business. */
    private boolean isToHost(Forward forward, TrackedConnection flow) {
        return forward.hostIp() != null
                || new Routes(host.route())
                        .find(flow.destination())
                        .filter(way -> way.type() == RtNetlink.RTN_LOCAL)
                        .isPresent();
    }
}
