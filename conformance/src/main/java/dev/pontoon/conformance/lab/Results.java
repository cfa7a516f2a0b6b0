package dev.pontoon.conformance.lab;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.spec.CniVersion;

/** Results as plugins of each version print them, for stubs and as prevResult. */
final class Results {

    private Results() {}

    /** What an IPAM plugin answers; the second address may be empty. */
    static ObjectNode ipam(CniVersion version, String address4, String address6) {
        ObjectNode result = Json.object().put("cniVersion", version.toString());
        if (version.before(CniVersion.V0_3_0)) {
            old(result, "ip4", address4, "10.88.0.1", "0.0.0.0/0");
            old(result, "ip6", address6, "fd00:88::1", "::/0");
            result.putObject("dns");
            return result;
        }
        ArrayNode ips = result.putArray("ips");
        ArrayNode routes = result.putArray("routes");
        address(version, ips, routes, "4", address4, "10.88.0.1", "0.0.0.0/0");
        address(version, ips, routes, "6", address6, "fd00:88::1", "::/0");
        result.putObject("dns");
        return result;
    }

    private static void old(
            ObjectNode result, String key, String address, String gateway, String everything) {
        if (!address.isEmpty()) {
            ObjectNode family = result.putObject(key).put("ip", address).put("gateway", gateway);
            family.putArray("routes").addObject().put("dst", everything);
        }
    }

    private static void address(
            CniVersion version,
            ArrayNode ips,
            ArrayNode routes,
            String family,
            String address,
            String gateway,
            String everything) {
        if (address.isEmpty()) {
            return;
        }
        ObjectNode entry = ips.addObject();
        if (version.before(CniVersion.V1_0_0)) {
            entry.put("version", family);
        }
        entry.put("address", address).put("gateway", gateway);
        routes.addObject().put("dst", everything);
    }
}
