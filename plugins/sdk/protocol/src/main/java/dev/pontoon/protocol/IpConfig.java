package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * An address that a result lists.
 *
 * @param address the address with its network's prefix length
 * @param gateway the network's gateway; null if it has none
 * @param interfaceIndex which of the result's interfaces carries it; null if it is not told
 */
public record IpConfig(Cidr address, @Nullable Ip gateway, @Nullable Integer interfaceIndex) {

    /** The same address, carried by that interface of the result. */
    public IpConfig on(int interfaceIndex) {
        return new IpConfig(address, gateway, interfaceIndex);
    }

    /** The same address with that gateway. */
    public IpConfig via(Ip gateway) {
        return new IpConfig(address, gateway, interfaceIndex);
    }

    static IpConfig read(ConfigObject json) {
        Integer index = json.integerOrNull("interface");
        return new IpConfig(
                Fields.cidr(json, "address"),
                Fields.ipOrNull(json, "gateway"),
                index == null || index < 0 ? null : index);
    }

    ObjectNode toJson(CniVersion version) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (!version.atLeast(CniVersion.V1_0_0)) {
            json.put("version", address.isV4() ? "4" : "6");
        }
        if (interfaceIndex != null) {
            json.put("interface", interfaceIndex);
        }
        json.put("address", address.toString());
        if (gateway != null) {
            json.put("gateway", gateway.toString());
        }
        return json;
    }
}
