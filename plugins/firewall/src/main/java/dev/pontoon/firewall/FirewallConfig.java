package dev.pontoon.firewall;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.ErrorCode;
import java.util.Optional;

/**
 * The plugin's own keys.
 *
 * @param backend the one that is asked for; empty leaves the choice to the plugin
 * @param adminChain the iptables chain with rules of the administrator, which come first
 * @param zone the zone of firewalld
 * @param policy who may reach the containers of the bridge
 */
record FirewallConfig(
        Optional<Backend> backend, String adminChain, String zone, IngressPolicy policy) {
    private static final String ADMIN_CHAIN = "iptablesAdminChainName";
    // What iptables takes.
    private static final int CHAIN_CHARS = 28;

    /** Reads and checks the keys. */
    static FirewallConfig read(ConfigObject keys) {
        return new FirewallConfig(
                Backend.of(keys.text("backend", "")),
                adminChain(keys),
                keys.text("firewalldZone", "trusted"),
                policy(keys));
    }

    private static IngressPolicy policy(ConfigObject keys) {
        String text = keys.text("ingressPolicy", IngressPolicy.OPEN.text());
        for (IngressPolicy each : IngressPolicy.values()) {
            if (each.text().equals(text)) {
                return each;
            }
        }
        throw new CniException(
                ErrorCode.INVALID_CONFIG,
                "unknown ingress policy: \"" + text + "\"",
                "ingressPolicy must be open, same-bridge or isolated");
    }

    private static String adminChain(ConfigObject keys) {
        String name = keys.text(ADMIN_CHAIN, "CNI-ADMIN");
        boolean usable = name.length() <= CHAIN_CHARS && isLetter(name.charAt(0));
        for (int i = 1; i < name.length(); i++) {
            usable &= isLetter(name.charAt(i)) || "0123456789-.".indexOf(name.charAt(i)) >= 0;
        }
        if (!usable) {
            throw keys.invalid(
                    ADMIN_CHAIN,
                    "must be a letter or '_', then up to 27 letters, digits, '_', '.' or '-'");
        }
        return name;
    }

    private static boolean isLetter(char character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || character == '_';
    }

    /** The bridge that the policy is about; empty if the policy needs none. */
    String bridge(AddResult previous) {
        if (policy == IngressPolicy.OPEN) {
            return "";
        }
        String bridge =
                previous.interfaces().isEmpty() ? "" : previous.interfaces().getFirst().name();
        if (bridge.isEmpty()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "interface needs to be set for ingress policy \""
                            + policy.text()
                            + "\", make sure to chain \"firewall\" plugin with \"bridge\"",
                    "the first interface of prevResult must be the bridge");
        }
        return bridge;
    }
}
