package dev.pontoon.tuning;

import dev.pontoon.linux.MacAddress;
import dev.pontoon.plugin.Mac;
import dev.pontoon.plugin.Mtu;
import dev.pontoon.protocol.CniArgs;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration asks for. {@code args.cni} counts more than {@code runtimeConfig}, that
 * more than CNI_ARGS, and that more than the plain keys.
 *
 * @param settings the sysctls, in their order
 * @param mac the hardware address; null to leave it
 * @param promiscuous whether the interface is to take in every frame; false leaves it
 * @param mtu in bytes; 0 to leave it
 * @param txQueueLength in packets; null to leave it
 * @param allMulticast whether the interface takes in every multicast frame; null to leave it
 * @param dataDir where the reference plugin keeps what was there before
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TuningConfig(
        List<Setting> settings,
        byte @Nullable [] mac,
        boolean promiscuous,
        int mtu,
        @Nullable Integer txQueueLength,
        @Nullable Boolean allMulticast,
        Path dataDir) {
    static final String DEFAULT_DATA_DIR = "/run/cni/tuning";

    /** Reads the configuration of an ADD or CHECK. Throws codes 4, 6 and 7. */
    static TuningConfig read(NetworkConfig config, Environment environment) {
        return read(config, environment.ifname(), macOf(environment));
    }

    /** Reads the configuration of STATUS, which concerns no interface. */
    static TuningConfig read(NetworkConfig config) {
        return read(config, "IFNAME", null);
    }

    private static TuningConfig read(
            NetworkConfig config, String ifname, byte @Nullable [] macOfArgs) {
        ConfigObject keys = config.object();
        ConfigObject args = config.cniArgs();
        return new TuningConfig(
                settings(keys, args, ifname),
                mac(config, macOfArgs),
                first("promisc", args, keys).flag("promisc"),
                Mtu.read(first("mtu", args, keys)),
                txQueueLength(first("txQLen", args, keys)),
                flagOrNull(first("allmulti", args, keys), "allmulti"),
                dataDir(keys));
    }

    /** The first of two objects that has the key; else the second. */
    private static ConfigObject first(String key, ConfigObject one, ConfigObject other) {
        return one.has(key) ? one : other;
    }

    private static List<Setting> settings(ConfigObject keys, ConfigObject args, String ifname) {
        Map<List<String>, Setting> settings = new LinkedHashMap<>();
        for (Setting each : settings(keys, ifname)) {
            settings.put(each.path(), each);
        }
        for (Setting each : settings(args, ifname)) {
            settings.put(each.path(), each);
        }
        return List.copyOf(settings.values());
    }

    private static List<Setting> settings(ConfigObject keys, String ifname) {
        ConfigObject sysctl = keys.object("sysctl").orElse(ConfigObject.empty());
        Map<List<String>, Setting> settings = new LinkedHashMap<>();
        for (String key : sysctl.keys()) {
            Setting setting = Setting.read(sysctl, key, ifname);
            Setting twin = settings.put(setting.path(), setting);
            if (twin != null || sysctl.repeatedKeys().contains(key)) {
                throw keys.invalid(
                        "sysctl",
                        "has the setting " + setting.name() + " twice; keep the one that is meant");
            }
        }
        return new ArrayList<>(settings.values());
    }

    private static byte @Nullable [] macOf(Environment environment) {
        return Mac.of(CniArgs.read(environment.args(), List.of("MAC", "IP", "GATEWAY")));
    }

    private static byte @Nullable [] mac(NetworkConfig config, byte @Nullable [] macOfArgs) {
        ConfigObject source = first("mac", config.cniArgs(), config.runtimeConfig());
        if (source.text("mac").isPresent()) {
            return Mac.read(source);
        }
        return macOfArgs != null || config.object().text("mac").isEmpty()
                ? macOfArgs
                : Mac.read(config.object());
    }

    private static @Nullable Integer txQueueLength(ConfigObject keys) {
        Integer length = keys.integerOrNull("txQLen");
        if (length != null && length < 0) {
            throw keys.invalid("txQLen", "must not be negative");
        }
        return length;
    }

    private static @Nullable Boolean flagOrNull(ConfigObject keys, String key) {
        return keys.has(key) ? (Boolean) keys.flag(key) : null;
    }

    private static Path dataDir(ConfigObject keys) {
        String folder = keys.text("dataDir", DEFAULT_DATA_DIR);
        if (!folder.startsWith("/") || folder.indexOf('\0') >= 0) {
            throw keys.invalid("dataDir", "must be an absolute path");
        }
        return Path.of(folder);
    }

    /** The folder alone, for DEL, which must not fail over anything in the configuration. */
    static Path readableDataDir(ConfigObject keys) {
        try {
            return dataDir(keys);
        } catch (CniException e) {
            return Path.of(DEFAULT_DATA_DIR);
        }
    }

    /** The attributes of the interface that are asked for, in the order in which they are set. */
    Map<LinkAttribute, String> attributes() {
        Map<LinkAttribute, String> wanted = new LinkedHashMap<>();
        if (mac != null) {
            wanted.put(LinkAttribute.MAC, MacAddress.format(mac));
        }
        if (promiscuous) {
            wanted.put(LinkAttribute.PROMISCUOUS, "true");
        }
        if (mtu != 0) {
            wanted.put(LinkAttribute.MTU, Integer.toString(mtu));
        }
        if (allMulticast != null) {
            wanted.put(LinkAttribute.ALL_MULTICAST, allMulticast.toString());
        }
        if (txQueueLength != null) {
            wanted.put(LinkAttribute.TX_QUEUE_LENGTH, txQueueLength.toString());
        }
        return wanted;
    }
}
