package dev.pontoon.portmap;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One mapping for one IP version: what is to become one element of a map, or one rule.
 *
 * @param protocol of transport
 * @param hostIp the host's address; null for all of the target's IP version
 * @param hostPort the host's port
 * @param target the container's address
 * @param targetPort the container's port
 */
record Forward(
        TransportProtocol protocol, @Nullable Ip hostIp, int hostPort, Ip target, int targetPort) {
    private static final String ANY = "*";
    private static final int FIELDS = 5;

    /**
     * What the mappings mean for a container with these addresses. Throws code 7 for a mapping that
     * none of them can serve, and for two that contradict each other.
     */
    static List<Forward> of(List<PortMapping> mappings, ContainerAddresses container) {
        List<Forward> forwards = new ArrayList<>();
        for (PortMapping mapping : mappings) {
            boolean served = false;
            for (Ip target : container.list()) {
                if (mapping.concerns(target.isV4())) {
                    add(forwards, of(mapping, target));
                    served = true;
                }
            }
            if (!served) {
                throw unserved(mapping);
            }
        }
        return forwards;
    }

    private static Forward of(PortMapping mapping, Ip target) {
        return new Forward(
                mapping.protocol(),
                mapping.onlyHostIp(),
                mapping.hostPort(),
                target,
                mapping.containerPort());
    }

    private static void add(List<Forward> forwards, Forward next) {
        for (Forward each : forwards) {
            if (each.hasPortOf(next)) {
                if (each.targetPort == next.targetPort) {
                    return;
                }
                throw new CniException(
                        ErrorCode.INVALID_CONFIG,
                        "map "
                                + next.port()
                                + ": it is to lead to port "
                                + each.targetPort
                                + " and to port "
                                + next.targetPort
                                + " of the container",
                        "runtimeConfig.portMappings names it twice");
            }
        }
        forwards.add(next);
    }

    private boolean hasPortOf(Forward other) {
        return Objects.equals(hostIp, other.hostIp)
                && protocol == other.protocol
                && hostPort == other.hostPort
                && isV4() == other.isV4();
    }

    private static CniException unserved(PortMapping mapping) {
        Ip hostIp = mapping.hostIp();
        String kind = hostIp == null ? "" : hostIp.isV4() ? "IPv4 " : "IPv6 ";
        return new CniException(
                ErrorCode.INVALID_CONFIG,
                "map port "
                        + mapping.hostPort()
                        + (hostIp == null ? "" : " of " + hostIp)
                        + ": prevResult has no "
                        + kind
                        + "address of the container",
                "another IP version's packets cannot be led there");
    }

    /** The IP version. */
    boolean isV4() {
        return target.isV4();
    }

    /** Whether an address of the host and a port are the same in both, or can be. */
    boolean overlaps(Forward other) {
        boolean hosts =
                hostIp == null || other.hostIp == null || Objects.equals(hostIp, other.hostIp);
        return hosts
                && protocol == other.protocol
                && hostPort == other.hostPort
                && isV4() == other.isV4();
    }

    /** The host's side for messages: "port 8080/tcp of 10.0.0.1". */
    String port() {
        String version = isV4() ? "IPv4" : "IPv6";
        return "port "
                + hostPort
                + "/"
                + protocol.text()
                + (hostIp == null ? " of every " + version + " address" : " of " + hostIp);
    }

    /** As the ledger has it. */
    String toText() {
        return String.join(
                ",",
                protocol.text(),
                hostIp == null ? ANY : hostIp.toString(),
                Integer.toString(hostPort),
                target.toString(),
                Integer.toString(targetPort));
    }

    /** Reads what {@link #toText} wrote; empty for anything else. */
    static Optional<Forward> parse(String text) {
        String[] fields = text.split(",", -1);
        if (fields.length != FIELDS) {
            return Optional.empty();
        }
        Optional<TransportProtocol> protocol = TransportProtocol.of(fields[0]);
        Ip hostIp = fields[1].equals(ANY) ? null : Ip.parse(fields[1]).orElse(null);
        Optional<Ip> target = Ip.parse(fields[3]);
        boolean readable =
                protocol.isPresent()
                        && target.isPresent()
                        && (hostIp != null || fields[1].equals(ANY))
                        && isNumber(fields[2])
                        && isNumber(fields[4]);
        return readable
                ? Optional.of(
                        new Forward(
                                protocol.get(),
                                hostIp,
                                Integer.parseInt(fields[2]),
                                target.get(),
                                Integer.parseInt(fields[4])))
                : Optional.empty();
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(Character::isDigit);
    }
}
