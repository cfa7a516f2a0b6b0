package dev.pontoon.ptp;

import dev.pontoon.protocol.NetworkConfig;
import java.nio.charset.StandardCharsets;

/** Configurations from keys in which {@code '} stands for {@code "}. */
final class Configs {
    private Configs() {}

    /** With an IPAM plugin. */
    static PtpConfig read(String keys) {
        return readAlone("'ipam':{'type':'host-local'}" + (keys.isEmpty() ? "" : "," + keys));
    }

    /** With these keys alone. */
    static PtpConfig readAlone(String keys) {
        String more = keys.isEmpty() ? "" : "," + keys;
        String json = "{'cniVersion':'1.1.0','name':'n','type':'ptp'" + more + "}";
        byte[] document = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return PtpConfig.read(NetworkConfig.read(document));
    }
}
