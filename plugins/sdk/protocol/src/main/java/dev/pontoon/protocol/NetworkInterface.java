package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A link that a result lists.
 *
 * @param name the link's name
 * @param mac its hardware address in lower case with colons; empty if it has none
 * @param mtu its MTU in bytes; 0 if it is not told
 * @param sandbox the container's namespace path exactly as the runtime gave it; empty for a link of
 *     the host
 * @param socketPath an absolute path, for userspace devices; else empty
 * @param pciId a PCI device; else empty
 */
public record NetworkInterface(
        String name, String mac, int mtu, String sandbox, String socketPath, String pciId) {

    /** A link of the host. */
    public static NetworkInterface ofHost(String name, String mac, int mtu) {
        return new NetworkInterface(name, mac, mtu, "", "", "");
    }

    /** A link inside the container. */
    public static NetworkInterface ofContainer(String name, String mac, int mtu, String sandbox) {
        return new NetworkInterface(name, mac, mtu, sandbox, "", "");
    }

    static NetworkInterface read(ConfigObject json) {
        return new NetworkInterface(
                json.text("name", ""),
                json.text("mac", ""),
                json.integer("mtu", 0),
                json.text("sandbox", ""),
                json.text("socketPath", ""),
                json.text("pciID", ""));
    }

    ObjectNode toJson(CniVersion version) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", name);
        putUnlessEmpty(json, "mac", mac);
        if (version.atLeast(CniVersion.V1_1_0)) {
            if (mtu > 0) {
                json.put("mtu", mtu);
            }
            putUnlessEmpty(json, "socketPath", socketPath);
            putUnlessEmpty(json, "pciID", pciId);
        }
        putUnlessEmpty(json, "sandbox", sandbox);
        return json;
    }

    private static void putUnlessEmpty(ObjectNode json, String key, String text) {
        if (!text.isEmpty()) {
            json.put(key, text);
        }
    }
}
