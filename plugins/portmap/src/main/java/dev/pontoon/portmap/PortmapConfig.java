package dev.pontoon.portmap;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The plugin's keys, read and checked before anything is touched (code 7, or 6 for a value of the
 * wrong type).
 *
 * @param backend what ports are mapped with
 * @param snat whether connections from the container itself, its siblings and 127.0.0.1 work
 * @param masqAll whether the container sees every connection come from the host
 * @param markMasqBit for iptables: which bit of a packet's mark says that it is to be masqueraded
 * @param externalSetMarkChain for iptables: somebody else's chain that sets such a mark; empty for
 *     our own
 * @param conditionsV4 which packets of IPv4 are led to the container
 * @param conditionsV6 which packets of IPv6 are
 * @param mappings the ports
 */
record PortmapConfig(
        Backend backend,
        boolean snat,
        boolean masqAll,
        int markMasqBit,
        String externalSetMarkChain,
        Conditions conditionsV4,
        Conditions conditionsV6,
        List<PortMapping> mappings) {
    // Kubernetes uses 14 and 15, Calico 20 to 31.
    private static final int STANDARD_MARK_BIT = 13;
    private static final int LAST_MARK_BIT = 31;
    private static final String EXTERNAL_CHAIN = "externalSetMarkChain";
    private static final String MARK_BIT = "markMasqBit";

    static PortmapConfig read(NetworkConfig config) {
        ConfigObject keys = config.object();
        String externalSetMarkChain = keys.text(EXTERNAL_CHAIN, "");
        if (keys.has(MARK_BIT) && keys.has(EXTERNAL_CHAIN)) {
            throw invalid("Cannot specify externalSetMarkChain and markMasqBit");
        }
        int bit = keys.integer(MARK_BIT, STANDARD_MARK_BIT);
        if (bit < 0 || bit > LAST_MARK_BIT) {
            throw invalid("MasqMarkBit must be between 0 and 31");
        }
        Conditions v4 = Conditions.read(keys, "conditionsV4", true);
        Conditions v6 = Conditions.read(keys, "conditionsV6", false);
        Backend backend = backend(keys, v4, v6);
        return new PortmapConfig(
                backend,
                keys.flag("snat", true),
                keys.flag("masqAll"),
                bit,
                externalSetMarkChain,
                v4,
                v6,
                mappings(config));
    }

    private static Backend backend(ConfigObject keys, Conditions v4, Conditions v6) {
        List<String> ofIptables = new ArrayList<>();
        List<String> ofNftables = new ArrayList<>();
        if (!keys.text(EXTERNAL_CHAIN, "").isEmpty()) {
            ofIptables.add(EXTERNAL_CHAIN);
        }
        for (Conditions each : List.of(v4, v6)) {
            if (!each.isEmpty()) {
                (each.isForIptables() ? ofIptables : ofNftables).add(each.key());
            }
        }
        if (!ofIptables.isEmpty() && !ofNftables.isEmpty()) {
            throw invalid(
                    "configuration mixes iptables-specific options "
                            + told(ofIptables)
                            + " and nftables-specific options "
                            + told(ofNftables));
        }
        String asked = keys.text("backend", "");
        if (asked.equals(Backend.NFTABLES.text())) {
            refuse(asked, Backend.IPTABLES, ofIptables);
            return Backend.NFTABLES;
        }
        if (asked.equals(Backend.IPTABLES.text())) {
            refuse(asked, Backend.NFTABLES, ofNftables);
            return Backend.IPTABLES;
        }
        if (!asked.isEmpty()) {
            throw invalid("unrecognized backend \"" + asked + "\"");
        }
        // A mark is of use to rules of iptables only; nftables needs none.
        boolean wantsIptables =
                !ofIptables.isEmpty() || (keys.has(MARK_BIT) && ofNftables.isEmpty());
        return wantsIptables ? Backend.IPTABLES : Backend.NFTABLES;
    }

    private static void refuse(String asked, Backend other, List<String> options) {
        if (!options.isEmpty()) {
            throw invalid(
                    asked
                            + " backend was requested but configuration contains "
                            + other.text()
                            + "-specific options "
                            + told(options));
        }
    }

    private static String told(List<String> options) {
        return "[" + String.join(" ", options) + "]";
    }

    private static CniException invalid(String message) {
        return new CniException(ErrorCode.INVALID_CONFIG, message);
    }

    private static List<PortMapping> mappings(NetworkConfig config) {
        List<PortMapping> mappings = PortMapping.list(config);
        for (PortMapping each : mappings) {
            boolean unreachable =
                    each.hostIp() != null
                            && each.hostIp().isLoopback()
                            && !config.object().flag("snat", true);
            if (unreachable) {
                throw invalid(
                        "port "
                                + each.hostPort()
                                + " of "
                                + each.hostIp()
                                + " cannot be mapped with snat off: the container's answers would"
                                + " not come back");
            }
        }
        return mappings;
    }

    /** Those for packets of that IP version. */
    Conditions conditions(boolean v4) {
        return v4 ? conditionsV4 : conditionsV6;
    }
}
