package dev.pontoon.portmap;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A port of the host that the runtime wants to lead to the container.
 *
 * @param protocol of transport
 * @param hostIp the host's address; unspecified for every address of its IP version, null for every
 *     address of either version
 * @param hostPort the host's port
 * @param containerPort the container's
 */
record PortMapping(
        TransportProtocol protocol, @Nullable Ip hostIp, int hostPort, int containerPort) {
    private static final int LAST_PORT = 0xffff;

    /** Those of {@code runtimeConfig.portMappings}. Throws code 7 for one that makes no sense. */
    static List<PortMapping> list(NetworkConfig config) {
        List<PortMapping> mappings = new ArrayList<>();
        for (ConfigObject each : config.runtimeConfig().objects("portMappings")) {
            mappings.add(read(each));
        }
        return mappings;
    }

    private static PortMapping read(ConfigObject keys) {
        int containerPort = port(keys, "containerPort", "container");
        int hostPort = port(keys, "hostPort", "host");
        TransportProtocol protocol =
                TransportProtocol.of(keys.text("protocol", "tcp"))
                        .orElseThrow(() -> keys.invalid("protocol", "must be tcp, udp or sctp"));
        return new PortMapping(protocol, hostIp(keys), hostPort, containerPort);
    }

    private static int port(ConfigObject keys, String key, String whose) {
        int port = keys.integer(key, 0);
        if (port < 1 || port > LAST_PORT) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "Invalid " + whose + " port number: " + port,
                    keys.pathOf(key) + " must be from 1 to " + LAST_PORT);
        }
        return port;
    }

    private static @Nullable Ip hostIp(ConfigObject keys) {
        String text = keys.text("hostIP", "");
        if (text.isEmpty()) {
            return null;
        }
        Ip address = Ip.parse(text).orElseThrow(() -> keys.invalid("hostIP", "is no IP address"));
        if (address.isLoopback() && !address.isV4()) {
            throw keys.invalid(
                    "hostIP",
                    "no kernel routes packets between ::1 and a container; use 127.0.0.1, or another"
                            + " address of the host");
        }
        return address;
    }

    /** Whether it is for addresses of the host of that IP version. */
    boolean concerns(boolean v4) {
        return hostIp == null || hostIp.isV4() == v4;
    }

    /** The one address of the host that it is for; null for all of an IP version. */
    @Nullable Ip onlyHostIp() {
        return hostIp == null || hostIp.isUnspecified() ? null : hostIp;
    }
}
