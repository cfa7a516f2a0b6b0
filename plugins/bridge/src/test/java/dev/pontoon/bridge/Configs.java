package dev.pontoon.bridge;

import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkConfig;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Configurations from keys in which {@code '} stands for {@code "}. */
final class Configs {
    private Configs() {}

    static NetworkConfig network(String keys) {
        String more = keys.isEmpty() ? "" : "," + keys;
        String json = "{'cniVersion':'1.1.0','name':'n','type':'bridge'" + more + "}";
        return NetworkConfig.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    static BridgeConfig read(String keys) {
        return read(keys, "");
    }

    static BridgeConfig read(String keys, String args) {
        Environment environment =
                Environment.read(
                        Map.of(
                                "CNI_COMMAND", "ADD",
                                "CNI_CONTAINERID", "c",
                                "CNI_NETNS", "/run/netns/c",
                                "CNI_IFNAME", "eth0",
                                "CNI_PATH", "/opt/cni/bin",
                                "CNI_ARGS", args));
        return BridgeConfig.read(network(keys), environment);
    }
}
