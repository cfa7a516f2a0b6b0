package dev.pontoon.bridge;

import dev.pontoon.attachment.MasqueradeBackend;
import dev.pontoon.plugin.Mac;
import dev.pontoon.plugin.Mtu;
import dev.pontoon.protocol.CniArgs;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a bridge network, read and checked as a whole before anything is touched (code 7, or
 * 6 for a value of the wrong type).
 *
 * @param bridge the bridge's name
 * @param isGateway whether the bridge gets the gateway's addresses
 * @param isDefaultGateway whether the container gets default routes through it
 * @param forceAddress whether other addresses of the bridge may be removed for it
 * @param masquerade how to masquerade
 * @param mtu of bridge and veth pair in bytes; 0 leaves it to the kernel
 * @param hairpin whether a frame may leave by the port it came in
 * @param promiscuous whether the bridge takes in every frame
 * @param vlan the port's VLAN, 0 for none
 * @param trunk the VLANs that pass tagged; null if the key is missing
 * @param preserveDefaultVlan whether the port keeps VLAN 1
 * @param macSpoofCheck whether frames with another source MAC are dropped
 * @param enableDad whether IPv6 addresses are tried before use
 * @param disableContainerInterface whether the container's end stays down
 * @param portIsolation whether the port talks only to ports that are not isolated
 * @param removeUnusedBridge whether the bridge goes with its last port
 * @param mac the container's hardware address; null for a random one
 * @param dns name resolution that replaces what the IPAM plugin gives; null to keep that
 * @param hasIpam whether an IPAM plugin is asked for addresses
 */
record BridgeConfig(
        String bridge,
        boolean isGateway,
        boolean isDefaultGateway,
        boolean forceAddress,
        MasqueradeBackend masquerade,
        int mtu,
        boolean hairpin,
        boolean promiscuous,
        int vlan,
        @Nullable VlanTrunk trunk,
        boolean preserveDefaultVlan,
        boolean macSpoofCheck,
        boolean enableDad,
        boolean disableContainerInterface,
        boolean portIsolation,
        boolean removeUnusedBridge,
        byte @Nullable [] mac,
        @Nullable Dns dns,
        boolean hasIpam) {

    private static final String DEFAULT_BRIDGE = "cni0";
    private static final int IFNAME_BYTES = 15;
    private static final int HIGHEST_VLAN = 4094;

    /** Reads the configuration of an ADD or CHECK. */
    static BridgeConfig read(NetworkConfig config, Environment environment) {
        CniArgs args = CniArgs.read(environment.args(), List.of("MAC", "IP", "GATEWAY"));
        BridgeConfig read = readKeys(config, mac(config, args));
        read.requireConsistent(config.object());
        return read;
    }

    /** Reads the configuration of STATUS, which has no container. */
    static BridgeConfig read(NetworkConfig config) {
        BridgeConfig read = readKeys(config, null);
        read.requireConsistent(config.object());
        return read;
    }

    private static BridgeConfig readKeys(NetworkConfig config, byte @Nullable [] mac) {
        ConfigObject keys = config.object();
        boolean isDefaultGateway = keys.flag("isDefaultGateway");
        return new BridgeConfig(
                bridgeName(keys),
                keys.flag("isGateway") || isDefaultGateway,
                isDefaultGateway,
                keys.flag("forceAddress"),
                MasqueradeBackend.read(keys),
                Mtu.read(keys),
                keys.flag("hairpinMode"),
                keys.flag("promiscMode"),
                vlan(keys),
                VlanTrunk.read(keys),
                keys.flag("preserveDefaultVlan"),
                keys.flag("macspoofchk"),
                keys.flag("enabledad"),
                keys.flag("disableContainerInterface"),
                keys.flag("portIsolation"),
                keys.flag("removeUnusedBridge"),
                mac,
                config.dns().orElse(null),
                config.ipam().isPresent());
    }

    /** The bridge's name alone, for DEL, which must not fail over anything else. */
    static String bridgeName(ConfigObject keys) {
        String name = keys.text("bridge", DEFAULT_BRIDGE);
        boolean fits = name.getBytes(StandardCharsets.UTF_8).length <= IFNAME_BYTES;
        if (!fits || name.equals(".") || name.equals("..") || hasForbidden(name)) {
            throw keys.invalid(
                    "bridge",
                    "must be a name of at most 15 bytes without '/', ':' and white space");
        }
        return name;
    }

    /** The bridge's name, or that of the default one in place of one that is none. */
    static String readableBridgeName(ConfigObject keys) {
        try {
            return bridgeName(keys);
        } catch (CniException e) {
            return DEFAULT_BRIDGE;
        }
    }

    private static boolean hasForbidden(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '/' || c == ':' || c <= ' ' || Character.isSpaceChar(c)) {
                return true;
            }
        }
        return false;
    }

    private static int vlan(ConfigObject keys) {
        int vlan = keys.integer("vlan", 0);
        if (vlan < 0 || vlan > HIGHEST_VLAN) {
            throw keys.invalid("vlan", "must lie between 0 and " + HIGHEST_VLAN);
        }
        return vlan;
    }

    /** runtimeConfig counts more than args.cni, and that more than CNI_ARGS. */
    private static byte @Nullable [] mac(NetworkConfig config, CniArgs args) {
        for (ConfigObject source : List.of(config.runtimeConfig(), config.cniArgs())) {
            if (source.text("mac").isPresent()) {
                return Mac.read(source);
            }
        }
        return Mac.of(args);
    }

    private void requireConsistent(ConfigObject keys) {
        if (hairpin && promiscuous) {
            throw keys.invalid("hairpinMode", "cannot be set together with promiscMode");
        }
        if (disableContainerInterface && hasIpam) {
            throw keys.invalid("disableContainerInterface", "cannot be set together with ipam");
        }
        if (isGateway && vlan != 0 && gatewayLink().length() > IFNAME_BYTES) {
            throw keys.invalid(
                    "bridge",
                    "is too long: the gateway of VLAN "
                            + vlan
                            + " is the link "
                            + gatewayLink()
                            + ", which may have 15 bytes");
        }
    }

    /**
     * The link that carries the gateway's addresses: the bridge, or with a VLAN a veth beside it.
     */
    String gatewayLink() {
        return vlan == 0 ? bridge : bridge + "." + vlan;
    }

    /** Whether the bridge has to look at VLAN tags. */
    boolean usesVlans() {
        return vlan != 0 || trunk != null;
    }

    /** Whether a port needs more than to be one. */
    boolean hasPortSettings() {
        return hairpin || portIsolation || usesVlans();
    }

    /** Whether traffic is to be masqueraded. */
    boolean masquerades() {
        return masquerade != MasqueradeBackend.NONE && hasIpam;
    }
}
