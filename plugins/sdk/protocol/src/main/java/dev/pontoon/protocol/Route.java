package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A route that a result or a configuration lists.
 *
 * @param destination the network to be reached
 * @param gateway the next hop; null means the gateway of the address of the same family
 * @param mtu path MTU in bytes; 0 if not given
 * @param advmss advertised TCP segment size in bytes; 0 if not given
 * @param priority the metric, lower is preferred; 0 if not given
 * @param table the routing table; null means main
 * @param scope 0 universe, 253 link, 254 host; null lets the kernel decide
 */
public record Route(
        Cidr destination,
        @Nullable Ip gateway,
        int mtu,
        int advmss,
        int priority,
        @Nullable Integer table,
        @Nullable Integer scope) {

    /** A route with nothing but destination and gateway. */
    public static Route to(Cidr destination, @Nullable Ip gateway) {
        return new Route(destination, gateway, 0, 0, 0, null, null);
    }

    /** The default route of the gateway's family. */
    public static Route defaultVia(Ip gateway) {
        return to(new Cidr(gateway.masked(0), 0), gateway);
    }

    /** Whether the destination is everything. */
    public boolean isDefault() {
        return destination.prefixLength() == 0;
    }

    /** Reads a route; throws code 7 if an address is none, or the families differ. */
    public static Route read(ConfigObject json) {
        Cidr destination = Fields.cidr(json, "dst");
        Ip gateway = Fields.ipOrNull(json, "gw");
        if (gateway != null && gateway.isV4() != destination.isV4()) {
            throw json.invalid("gw", "must be of the same family as dst " + destination);
        }
        return new Route(
                destination,
                gateway,
                notNegative(json, "mtu"),
                notNegative(json, "advmss"),
                notNegative(json, "priority"),
                json.integerOrNull("table"),
                json.integerOrNull("scope"));
    }

    private static int notNegative(ConfigObject json, String key) {
        int value = json.integer(key, 0);
        if (value < 0) {
            throw json.invalid(key, "must not be negative");
        }
        return value;
    }

    ObjectNode toJson() {
        ObjectNode json = shortJson();
        putUnlessZero(json, "mtu", mtu);
        putUnlessZero(json, "advmss", advmss);
        putUnlessZero(json, "priority", priority);
        if (table != null) {
            json.put("table", table);
        }
        if (scope != null) {
            json.put("scope", scope);
        }
        return json;
    }

    /** Destination and gateway only, which is all that versions before 0.3.0 know. */
    ObjectNode shortJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("dst", destination.toString());
        if (gateway != null) {
            json.put("gw", gateway.toString());
        }
        return json;
    }

    private static void putUnlessZero(ObjectNode json, String key, int value) {
        if (value != 0) {
            json.put(key, value);
        }
    }
}
