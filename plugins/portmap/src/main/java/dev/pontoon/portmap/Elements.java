package dev.pontoon.portmap;

import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.protocol.Ip;
import org.jspecify.annotations.Nullable;

/** Forwards as keys and data of the maps of a {@link Dispatch}. */
final class Elements {
    private Elements() {}

    /** The map that has the forward. */
    static SetDefinition map(Dispatch dispatch, Forward forward) {
        return forward.hostIp() == null ? dispatch.any() : dispatch.at();
    }

    /** The host's side. */
    static Value key(Forward forward) {
        Value protocol = Value.protocol(forward.protocol().number());
        Value port = Value.port(forward.hostPort());
        Ip hostIp = forward.hostIp();
        return hostIp == null
                ? Value.concat(protocol, port)
                : Value.concat(protocol, host(hostIp), port);
    }

    static Value host(Ip address) {
        return Value.address(address.bytes());
    }

    /** The container's side, as data. */
    static Value target(Forward forward) {
        return Value.concat(host(forward.target()), Value.port(forward.targetPort()));
    }

    /** The container's side, as a key. */
    static Value masqKey(Forward forward) {
        return Value.concat(
                Value.protocol(forward.protocol().number()),
                host(forward.target()),
                Value.port(forward.targetPort()));
    }

    /** The same port, at every address of the host. */
    static Forward atEvery(Forward forward) {
        return withHost(forward, null);
    }

    /** The same port, at that address of the host. */
    static Forward at(Forward forward, Ip hostIp) {
        return withHost(forward, hostIp);
    }

    private static Forward withHost(Forward forward, @Nullable Ip hostIp) {
        return new Forward(
                forward.protocol(),
                hostIp,
                forward.hostPort(),
                forward.target(),
                forward.targetPort());
    }
}
