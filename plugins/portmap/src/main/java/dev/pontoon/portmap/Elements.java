package dev.pontoon.portmap;

import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Forwards as keys and data of the maps of a {@link Dispatch}. */
final class Elements {
    // A part of a key fills registers of four bytes.
    private static final int REGISTER = 4;

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
    static Value portKey(Forward forward) {
        return Value.concat(
                Value.protocol(forward.protocol().number()),
                host(forward.target()),
                Value.port(forward.targetPort()));
    }

    /** The sets that have a port whose connections are masqueraded like that, each with its key. */
    static Map<String, Value> sources(Dispatch dispatch, Value portKey, Masquerade masquerade) {
        Map<String, Value> sources = new LinkedHashMap<>();
        Ip target = target(portKey);
        if (masquerade.any()) {
            Ip own = new Cidr(target, masquerade.prefixLength()).network().address();
            sources.put(dispatch.from(masquerade), sourceKey(portKey, own));
        }
        if (masquerade.namesLocalhost(dispatch.isV4())) {
            Ip local = Dispatch.LOCALHOST.address();
            sources.put(dispatch.localSources().name(), sourceKey(portKey, local));
        }
        return sources;
    }

    /** The same for an element of {@link Dispatch#ports}. */
    static Map<String, Value> sources(Dispatch dispatch, SetElement port) {
        return sources(dispatch, port.key(), Masquerade.parse(port.counter()));
    }

    private static Value sourceKey(Value portKey, Ip subnet) {
        byte[] key = portKey.bytes();
        return Value.concat(
                host(target(portKey)),
                host(subnet),
                Value.of(Arrays.copyOf(key, REGISTER)),
                Value.of(Arrays.copyOfRange(key, key.length - REGISTER, key.length)));
    }

    /** What stands between protocol and port, which fill a register each. */
    private static Ip target(Value portKey) {
        byte[] key = portKey.bytes();
        return Ip.of(Arrays.copyOfRange(key, REGISTER, key.length - REGISTER));
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
